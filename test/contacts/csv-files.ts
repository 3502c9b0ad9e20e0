import type { CsvSource } from '../../src/lib/csv-format.ts';
import type { ImportReport, LineReport } from '../../src/contacts/import.ts';
import { exportContacts, exportCustomers } from '../../src/contacts/export-operations.ts';
import { importContacts, importCustomers } from '../../src/contacts/import-operations.ts';
import type { PeopleKind } from '../../src/contacts/import-columns.ts';
import type { TestDesk } from '../access/desk.ts';

/** A file in memory, called like what it holds. */
export function csvFile(content: string | Uint8Array, name = 'people.csv'): CsvSource {
  const bytes = Buffer.from(content);
  return {
    name,
    sizeBytes: bytes.byteLength,
    async *open() {
      yield await Promise.resolve(bytes);
    },
  };
}

const IMPORTS = { contacts: importContacts, customers: importCustomers };
const EXPORTS = { contacts: exportContacts, customers: exportCustomers };

/** Imports lines below a header. */
export async function importLines(
  desk: TestDesk,
  kind: PeopleKind,
  lines: readonly string[],
  options: { readonly dryRun?: boolean; readonly skipBad?: boolean } = {},
): Promise<ImportReport> {
  return desk.done(IMPORTS[kind], { file: csvFile(`${lines.join('\n')}\n`), ...options });
}

/** What a dry run says of each line, in short: `3 rejected: why`. */
export async function rehearse(desk: TestDesk, kind: PeopleKind, lines: readonly string[]): Promise<readonly string[]> {
  const reports: LineReport[] = [];
  const watch = { onProgress: () => {}, onLine: (report: LineReport) => void reports.push(report) };
  await desk.done(IMPORTS[kind], { file: csvFile(`${lines.join('\n')}\n`), dryRun: true, watch });
  return reports.map(({ line, outcome, changed, says }) => {
    const more = [...changed, ...says].join('; ');
    return `${line} ${outcome}${more === '' ? '' : `: ${more}`}`;
  });
}

/** The whole file that an export writes. */
export async function exported(desk: TestDesk, kind: PeopleKind, customer?: string): Promise<string> {
  let text = '';
  const write = (piece: string): Promise<void> => Promise.resolve(void (text += piece));
  await desk.done(EXPORTS[kind], { write, ...(customer === undefined ? {} : { customer }) });
  return text;
}
