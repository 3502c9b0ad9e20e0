import type { CustomFieldKind } from '../db/schema/contacts.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { bodyText, headerText } from '../mail/compose.ts';

/** A field that operators have added to customers or contacts, as far as its values depend on it. */
export interface CustomField {
  readonly key: string;
  readonly label: string;
  readonly kind: CustomFieldKind;
  /** Of a `choice`; empty for the others. */
  readonly choices: readonly string[];
}

const MAX_TEXT = 5000;
const MAX_QUOTED = 60;

/**
 * A value of the field as a person writes it; null: none.
 *
 * @returns else why not, to read on after the field's name: `is a date such as 2030-01-31, not "tomorrow"`
 */
export function readCustomValue(field: CustomField, written: string): Result<string | number | boolean | null, string> {
  const text = written.trim();
  return text === '' ? ok(null) : KINDS[field.kind](text, field);
}

type Reader = (text: string, field: CustomField) => Result<string | number | boolean, string>;

const KINDS: Readonly<Record<CustomFieldKind, Reader>> = {
  text: (text) => {
    const clean = bodyText(text).trim();
    return clean.length <= MAX_TEXT ? ok(clean) : err(`is longer than ${MAX_TEXT} characters`);
  },
  number: (text) => {
    const value = /^[+-]?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : Number.NaN;
    return Number.isFinite(value)
      ? ok(value === 0 ? 0 : value)
      : err(`is a number such as 12 or 0.5, not ${quote(text)}`);
  },
  date: (text) => {
    const at = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : null;
    // 2030-02-30 would become a day of March.
    const isDay = at !== null && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
    return isDay ? ok(text) : err(`is a date such as 2030-01-31, not ${quote(text)}`);
  },
  choice: (text, { choices }) => {
    const chosen = choices.find((one) => one.toLowerCase() === text.toLowerCase());
    return chosen === undefined ? err(`is ${choices.join(' or ')}, not ${quote(text)}`) : ok(chosen);
  },
  checkbox: (text) => {
    const value = readYesNo(text);
    return value === null ? err(`is yes or no, not ${quote(text)}`) : ok(value);
  },
};

const YES_NO: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['true', true],
  ['1', true],
  ['on', true],
  ['no', false],
  ['false', false],
  ['0', false],
  ['off', false],
]);

/** What a person calls yes or no; null when it is neither. */
export const readYesNo = (text: string): boolean | null => YES_NO.get(text.trim().toLowerCase()) ?? null;

const quote = (text: string): string => `"${headerText(text, MAX_QUOTED)}"`;
