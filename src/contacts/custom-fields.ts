import type { CustomFieldKind } from '../db/schema/contacts.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { headerText } from '../mail/compose.ts';

/** A field that operators have added to customers or contacts, as far as its values depend on it. */
export interface CustomField {
  readonly key: string;
  readonly label: string;
  readonly kind: CustomFieldKind;
  /** Of a `choice`; empty for the others. */
  readonly choices: readonly string[];
}

const MAX_TEXT = 1000;
const MAX_QUOTED = 60;

/**
 * What somebody wrote for a custom field; "" is null: no value.
 *
 * @returns else what it should be, to be read after the field's name: `is a number such as 12.5, not "many"`
 */
export function readCustomValue(field: CustomField, written: string): Result<string | number | boolean | null, string> {
  const text = headerText(written, written.length + 1);
  return text === '' ? ok(null) : READERS[field.kind](text, field);
}

type Reader = (text: string, field: CustomField) => Result<string | number | boolean, string>;

const READERS: Readonly<Record<CustomFieldKind, Reader>> = {
  text: (text) => (text.length > MAX_TEXT ? err(`is longer than ${MAX_TEXT} characters`) : ok(text)),
  number: (text) => {
    // At most 15 digits: as many as a number keeps exactly.
    const isNumber = /^[+-]?\d+(\.\d+)?$/.test(text) && text.replace(/\D/g, '').length <= 15;
    return isNumber ? ok(Number(text) + 0) : err(`is a number such as 12.5, not ${quote(text)}`);
  },
  date: (text) => {
    const at = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : null;
    // 2030-02-30 would become a day of March.
    const isDay = at !== null && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
    return isDay ? ok(text) : err(`is a date such as 2030-01-31, not ${quote(text)}`);
  },
  choice: (text, { choices }) => {
    const chosen = choices.find((one) => one.toLowerCase() === text.toLowerCase());
    return chosen === undefined ? err(`is one of ${choices.join(', ')}; not ${quote(text)}`) : ok(chosen);
  },
  checkbox: (text) => {
    const is = CHECKBOX_WORDS.get(text.toLowerCase());
    return is === undefined ? err(`is yes or no, not ${quote(text)}`) : ok(is);
  },
};

const CHECKBOX_WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['yes', 'on', 'true', '1'].map((word) => [word, true] as const),
  ...['no', 'off', 'false', '0'].map((word) => [word, false] as const),
]);

const quote = (text: string): string => `"${headerText(text, MAX_QUOTED)}"`;
