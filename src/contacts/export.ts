import { BYTE_ORDER_MARK, csvText } from '../lib/csv-write.ts';
import type { CustomValues } from '../db/schema/contacts.ts';
import type { ExportedContact, ExportedCustomer } from './export-store.ts';
import { CONTACT_FIELDS } from './fields.ts';
import type { ImportColumn, ImportField } from './import-columns.ts';

/** Takes a piece of the file; ready for the next when it resolves. */
export type Sink = (text: string) => Promise<void>;

/**
 * Writes rows as a CSV file that an import reads back exactly.
 *
 * @returns how many lines there are below the header
 */
export async function writeRows<Row>(
  columns: readonly ImportColumn[],
  pieces: AsyncIterable<readonly Row[]>,
  cellsOf: (row: Row) => readonly string[],
  write: Sink,
): Promise<number> {
  let lines = 0;
  await write(BYTE_ORDER_MARK + csvText([columns.map(({ header }) => header)]));
  for await (const rows of pieces) {
    await write(csvText(rows.map(cellsOf)));
    lines += rows.length;
  }
  return lines;
}

/** The columns of a file, and one line that shows what they hold. */
export const sampleText = (columns: readonly ImportColumn[]): string =>
  BYTE_ORDER_MARK + csvText([columns.map(({ header }) => header), columns.map(({ sample }) => sample)]);

/** A person's cells, in the order of the columns. */
export const contactCells =
  (fields: readonly ImportField[]) =>
  (contact: ExportedContact): readonly string[] => [
    contact.customer,
    contact.addresses.join(' '),
    ...CONTACT_FIELDS.map(({ header }) => contact.texts[header] ?? ''),
    contact.isMainSiteUser ? 'yes' : 'no',
    contact.status,
    contact.deactivatedUntil === null ? '' : instant(contact.deactivatedUntil),
    contact.relatedDevices.map((name) => name.replace(/[\\|]/g, '\\$&')).join(' | '),
    ...customCells(fields, contact.custom),
  ];

/** A company's cells, in the order of the columns. */
export const customerCells =
  (fields: readonly ImportField[]) =>
  (customer: ExportedCustomer): readonly string[] => [
    customer.name,
    customer.domains.join(' '),
    customer.locale ?? '',
    customer.comment,
    customer.mainContact ?? '',
    ...customCells(fields, customer.custom),
  ];

/** A day where it is midnight, in UTC. */
const instant = (at: Date): string => at.toISOString().replace(/T00:00:00\.000Z$/, '');

const customCells = (fields: readonly ImportField[], custom: CustomValues): readonly string[] =>
  fields.map(({ key }) => {
    const value = custom[key];
    if (typeof value === 'boolean') return value ? 'yes' : 'no';
    return typeof value === 'number' ? PLAIN_NUMBER.format(value) : (value ?? '');
  });

/** Never 1e-7, which an import would not read. */
const PLAIN_NUMBER = new Intl.NumberFormat('en', { useGrouping: false, maximumFractionDigits: 20 });
