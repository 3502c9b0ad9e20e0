import type { ContactStatus, CustomValues } from '../db/schema/contacts.ts';
import type { CsvRow } from '../lib/csv-read.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { parseAddress } from '../mail/address.ts';
import { readCustomValue } from './custom-fields.ts';
import type { ContactFieldId } from './fields.ts';
import { CONTACT_FIELDS } from './fields.ts';
import type { Header } from './import-columns.ts';
import { LineReader, quote, readLocale, readText, splitList } from './import-line.ts';

/** A person as a line of a file describes them. */
export interface StagedContact extends Readonly<Record<ContactFieldId, string | null>> {
  readonly line: number;
  /** How a report calls the line. */
  readonly label: string;
  readonly customer: string;
  readonly isMainSiteUser: boolean;
  readonly status: ContactStatus;
  /** ISO 8601. */
  readonly deactivatedUntil: string | null;
  readonly relatedDevices: readonly string[];
  readonly custom: CustomValues;
  readonly cleared: readonly string[];
  /** In the order of the line, each once. */
  readonly addresses: readonly EmailAddress[];
  readonly problems: readonly string[];
}

/** What the desk knows that the lines of a file are held against. */
export interface ContactRules {
  readonly isOfDesk: (address: EmailAddress) => boolean;
  /** By their name in lower case. */
  readonly departments: ReadonlyMap<string, string>;
  readonly nearest: (written: string, names: readonly string[]) => string | null;
}

const MAX_ADDRESSES = 100;
const MAX_DEVICES = 100;
const MAX_DEVICE = 200;
const MAX_CUSTOMER = 200;

/** Reads one line of a file of people; what is wrong with it is in `problems`. */
export function readContactLine(header: Header, row: CsvRow, rules: ContactRules): StagedContact {
  const line = new LineReader(header, row);
  const customer = line.read('customer', '', (written) => required(readText(written, MAX_CUSTOMER)));
  const addresses = readAddresses(line, rules);
  const texts = Object.fromEntries(
    CONTACT_FIELDS.map((field) => [
      field.id,
      line.read<string | null>(field.header, null, (written) => {
        const text = readText(written, field.max, field.isLong);
        const rule = FIELD_RULES[field.id];
        return text.ok && rule !== undefined ? rule(text.value, rules) : text;
      }),
    ]),
  ) as Record<ContactFieldId, string | null>;
  const name = [texts.firstName, texts.lastName].filter(Boolean).join(' ');
  return {
    ...texts,
    line: row.line,
    label: addresses[0] ?? name,
    customer,
    isMainSiteUser: line.read('main_site_user', false, readFlag),
    ...readStatus(line),
    relatedDevices: line.read('related_devices', [], readDevices),
    ...line.custom(),
    addresses,
    problems: line.problems,
  };
}

/** Fields that are more than a text. */
const FIELD_RULES: Partial<
  Record<ContactFieldId, (text: string, rules: ContactRules) => Result<string | null, string>>
> = {
  userName: (text) => (text.includes('@') ? err(`has no @ in it: ${quote(text)}`) : ok(text === '' ? null : text)),
  locale: readLocale,
  department: (text, { departments, nearest }) => {
    if (text === '') return ok(null);
    const department = departments.get(text.toLowerCase());
    if (department !== undefined) return ok(department);
    const meant = nearest(text, [...departments.values()]);
    return err(
      `is not one of the departments: ${quote(text)}${meant === null ? '' : `; did you mean ${quote(meant)}?`}`,
    );
  },
};

const required = (text: Result<string, string>): Result<string, string> =>
  text.ok && text.value === '' ? err('is empty') : text;

function readAddresses(line: LineReader, { isOfDesk }: ContactRules): readonly EmailAddress[] {
  const written = splitList(line.text('addresses'));
  if (written.length === 0) line.problems.push('addresses is empty: give at least one');
  if (written.length > MAX_ADDRESSES) line.problems.push(`addresses is more than ${MAX_ADDRESSES} of them`);
  const addresses = written.slice(0, MAX_ADDRESSES).flatMap((one) => {
    const address = parseAddress(one);
    if (address === null) {
      line.problems.push(
        `addresses is e-mail addresses such as ana@customer.example with blanks between, not ${quote(one)}`,
      );
    } else if (isOfDesk(address)) {
      line.problems.push(`${address} is a mailbox of the desk itself`);
    }
    return address ?? [];
  });
  return [...new Set(addresses)];
}

const FLAG = { key: 'main_site_user', label: 'Main site user', kind: 'checkbox', choices: [] } as const;

function readFlag(written: string): Result<boolean, string> {
  const flag = readCustomValue(FLAG, written);
  return flag.ok ? ok(flag.value === true) : flag;
}

const WRITTEN_STATUSES: readonly ContactStatus[] = ['active', 'deactivated', 'deactivated_until'];

/** Empty is active, unless there is a date. A date that is over is taken: by itself it means nothing any more. */
function readStatus(line: LineReader): Pick<StagedContact, 'status' | 'deactivatedUntil'> {
  const deactivatedUntil = line.read('deactivated_until', null, readInstant);
  const fallback = deactivatedUntil === null ? 'active' : 'deactivated_until';
  const status = line.read<ContactStatus>('status', fallback, (written) => {
    const word = written.trim().toLowerCase();
    const found = word === '' ? fallback : WRITTEN_STATUSES.find((one) => one === word);
    return found === undefined ? err(`is ${WRITTEN_STATUSES.join(' or ')}, not ${quote(written)}`) : ok(found);
  });
  if ((status === 'deactivated_until') === (deactivatedUntil !== null)) return { status, deactivatedUntil };
  if (line.problems.every((problem) => !/^(status|deactivated_until) /.test(problem))) {
    line.problems.push(
      deactivatedUntil === null
        ? 'status deactivated_until needs a date in deactivated_until'
        : `deactivated_until has a date, and status is ${status}`,
    );
  }
  return { status: fallback, deactivatedUntil };
}

function readInstant(written: string): Result<string | null, string> {
  const text = written.trim();
  if (text === '') return ok(null);
  const [, day] = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d))?$/.exec(text) ?? [];
  const isDay = day !== undefined && isCalendarDay(day);
  const at = isDay ? new Date(text) : null;
  return at === null || Number.isNaN(at.getTime())
    ? err(`is a date such as 2030-01-31, not ${quote(written)}`)
    : ok(at.toISOString());
}

/** 2030-02-30 would become a day of March. */
function isCalendarDay(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}

/** Names with "|" between them; "\|" is one that is part of a name, "\\" a backslash. Other backslashes are themselves. */
function readDevices(written: string): Result<readonly string[], string> {
  const names = [...written.matchAll(/(?:\\[\\|]|[^|])+/g)]
    .map(([name]) => headerText(name.replace(/\\([\\|])/g, '$1')))
    .filter((name) => name !== '');
  if (names.length > MAX_DEVICES) return err(`is more than ${MAX_DEVICES} of them`);
  return names.some((name) => name.length > MAX_DEVICE)
    ? err(`has a name of more than ${MAX_DEVICE} characters`)
    : ok(names);
}

const headerText = (written: string): string => {
  const text = readText(written, Number.POSITIVE_INFINITY);
  return text.ok ? text.value : '';
};
