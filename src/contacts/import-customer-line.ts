import type { CustomValues } from '../db/schema/contacts.ts';
import type { CsvRow } from '../lib/csv-read.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { parseAddress, parseDomain } from '../mail/address.ts';
import type { Header } from './import-columns.ts';
import { LineReader, quote, readLocale, readText, splitList } from './import-line.ts';
import { PUBLIC_MAIL_DOMAINS } from './model.ts';

/** A company as a line of a file describes it. */
export interface StagedCustomer {
  readonly line: number;
  readonly label: string;
  readonly name: string;
  readonly locale: string | null;
  readonly comment: string;
  readonly mainContact: EmailAddress | null;
  readonly custom: CustomValues;
  readonly cleared: readonly string[];
  /** Each once. */
  readonly domains: readonly string[];
  readonly problems: readonly string[];
}

const MAX_NAME = 200;
const MAX_COMMENT = 5000;
const MAX_DOMAINS = 100;

/** Reads one line of a file of companies; what is wrong with it is in `problems`. */
export function readCustomerLine(header: Header, row: CsvRow): StagedCustomer {
  const line = new LineReader(header, row);
  const name = line.read('name', '', (written) => {
    const text = readText(written, MAX_NAME);
    return text.ok && text.value === '' ? err('is empty') : text;
  });
  return {
    line: row.line,
    label: name,
    name,
    domains: readDomains(line),
    locale: line.read('locale', null, readLocale),
    comment: line.read('comment', '', (written) => readText(written, MAX_COMMENT, true)),
    mainContact: line.read<EmailAddress | null>('main_contact', null, (written) => {
      const text = written.trim();
      const address = parseAddress(text);
      return text === '' || address !== null
        ? ok(address)
        : err(`is an e-mail address such as ana@customer.example, not ${quote(text)}`);
    }),
    ...line.custom(),
    problems: line.problems,
  };
}

function readDomains(line: LineReader): readonly string[] {
  const written = splitList(line.text('domains'));
  if (written.length > MAX_DOMAINS) line.problems.push(`domains is more than ${MAX_DOMAINS} of them`);
  const domains = written.slice(0, MAX_DOMAINS).flatMap((one) => {
    const domain = parseDomain(one.replace(/^@/, ''));
    if (domain === null) {
      line.problems.push(`domains is domains such as customer.example with blanks between, not ${quote(one)}`);
      return [];
    }
    if (PUBLIC_MAIL_DOMAINS.has(domain)) {
      line.problems.push(`anybody can have an address at ${domain}, so it says nothing about the company`);
    }
    return [domain];
  });
  return [...new Set(domains)];
}
