import type { CustomFieldKind, CustomFieldOwner, CustomValues } from '../db/schema/contacts.ts';
import { nearest } from '../lib/nearest.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { headerText } from '../mail/compose.ts';
import { CONTACT_FIELDS } from './fields.ts';

/** A field that operators have added to customers or contacts (FEATURES P-04, P-05). */
export interface CustomField {
  readonly key: string;
  readonly label: string;
  readonly kind: CustomFieldKind;
  /** Of a `choice`; empty for the others. */
  readonly choices: readonly string[];
}

export interface DefinedField extends CustomField {
  /** By hand, that is: mail never knows. */
  readonly isRequired: boolean;
}

export type CustomValue = string | number | boolean;

const MAX_TEXT = 1000;
const MAX_LISTED = 20;

/**
 * What somebody wrote for a custom field; "" is null: no value.
 *
 * @returns else what it should be, to be read after the field's name: `is a number such as 12.5, not "many"`
 */
export function readCustomValue(field: CustomField, written: string): Result<CustomValue | null, string> {
  const text = headerText(written, written.length + 1).normalize('NFC');
  return text === '' ? ok(null) : READERS[field.kind](text, field);
}

const READERS: Readonly<Record<CustomFieldKind, (text: string, field: CustomField) => Result<CustomValue, string>>> = {
  text: (text) => (text.length > MAX_TEXT ? err(`is longer than ${MAX_TEXT} characters`) : ok(text)),
  number: (text) => {
    // At most 15 digits: as many as a number keeps exactly.
    const isNumber = /^[+-]?\d+(\.\d+)?$/.test(text) && text.replace(/\D/g, '').length <= 15;
    return isNumber ? ok(Number(text) + 0) : err(`is a number such as 12.5, not ${shown(text)}`);
  },
  date: (text) => (isDate(text) ? ok(text) : err(`is a date such as 2030-01-31, not ${shown(text)}`)),
  checkbox: (text) => {
    const is = CHECKBOX_WORDS.get(text.toLowerCase());
    return is === undefined ? err(`is yes or no, not ${shown(text)}`) : ok(is);
  },
  choice: (text, { choices }) => {
    const chosen = choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
    if (chosen !== undefined) return ok(chosen);
    const near = nearest(text, choices);
    const listed = choices.slice(0, MAX_LISTED).join(', ') + (choices.length > MAX_LISTED ? ' …' : '');
    return err(`is one of ${listed}; not ${shown(text)}${near === null ? '' : `: did you mean "${near}"?`}`);
  },
};

const CHECKBOX_WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['yes', 'on', 'true', '1'].map((word) => [word, true] as const),
  ...['no', 'off', 'false', '0'].map((word) => [word, false] as const),
]);

const shown = (text: string): string => `"${headerText(text, 60)}"`;

/** A day of the calendar, as ISO 8601 writes it. */
function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/**
 * The values after an edit: what is not given stays, null goes.
 *
 * @param given by the fields' keys, as written
 * @param isNew a record made by hand, which has what is required; later only nothing required is taken away
 * @returns else every problem, each to be read after "custom field": `floor is a number such as 12.5, not "high"`
 */
export function changeCustomValues(
  fields: readonly DefinedField[],
  given: ReadonlyMap<string, string>,
  before: CustomValues,
  isNew: boolean,
): Result<CustomValues, readonly string[]> {
  const problems: string[] = [];
  const values = new Map<string, CustomValue>(Object.entries(before));
  for (const [key, written] of given) {
    const field = fields.find((one) => one.key === key);
    if (field === undefined) {
      problems.push(noField(fields, key));
      continue;
    }
    const value = readCustomValue(field, written);
    if (!value.ok) problems.push(`${key} ${value.error}`);
    else if (value.value !== null) values.set(key, value.value);
    else if (field.isRequired && !isNew) problems.push(`${key} (${field.label}) is required: it cannot be empty`);
    else values.delete(key);
  }
  const missing = fields.filter(({ key, isRequired }) => isRequired && !values.has(key) && isNew);
  problems.push(...missing.filter(({ key }) => (given.get(key) ?? '').trim() === '').map(isMissing));
  return problems.length > 0 ? err(problems) : ok(Object.fromEntries(values));
}

const isMissing = ({ key, label }: DefinedField): string => `${key} (${label}) is missing: it is required`;

function noField(fields: readonly DefinedField[], key: string): string {
  const near = nearest(
    key,
    fields.map((one) => one.key),
  );
  const hint = near === null ? 'see all with: deskbell field list' : `did you mean ${near}?`;
  return `${headerText(key, 60)} is no custom field here: ${hint}`;
}

const OWN_COLUMNS: Readonly<Record<CustomFieldOwner, readonly string[]>> = {
  contact: [
    ...CONTACT_FIELDS.map(({ header }) => header),
    ...['number', 'customer', 'address', 'addresses', 'main_site_user', 'related_devices', 'picture'],
    ...['status', 'deactivated_until', 'version'],
  ],
  customer: ['number', 'name', 'domains', 'main_contact', 'locale', 'comment', 'version'],
};

/** Why a field of that owner may not have this key; null: it may. The key heads a column beside our own. */
export function whyNotKey(owner: CustomFieldOwner, key: string): string | null {
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(key)) {
    return 'is 1 to 40 small letters, digits and underscores, the first a letter: floor, contract_end';
  }
  return OWN_COLUMNS[owner].includes(key) ? `cannot be ${key}: every ${owner} has that already` : null;
}
