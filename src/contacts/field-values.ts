import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { bodyText, headerText } from '../mail/compose.ts';
import type { ContactField, ContactFieldId } from './fields.ts';
import { readLocale } from '../mail/locale.ts';

const MAX_QUOTED = 60;

/**
 * What somebody wrote for a text field of CONTACT_FIELDS, cleaned; "" clears it. Whether a department is on the list,
 * and whether a user name is free, the database knows.
 *
 * @returns else what it should be, to be read after the field's name: `is longer than 50 characters`
 */
export function readContactField(field: ContactField, written: string): Result<string, string> {
  const text = (field.isLong ? bodyText(written).trim() : headerText(written, written.length + 1)).normalize('NFC');
  if (text.length > field.max) return err(`is longer than ${field.max} characters`);
  return READERS.get(field.id)?.(text) ?? ok(text);
}

const READERS: ReadonlyMap<string, (text: string) => Result<string, string>> = new Map<
  ContactFieldId,
  (text: string) => Result<string, string>
>([
  ['locale', readLocale],
  [
    'userName',
    (text) => {
      if (!text.includes('@')) return ok(text);
      return err(`has no "@" in it, not "${headerText(text, MAX_QUOTED)}": their addresses sign them in anyway`);
    },
  ],
]);
