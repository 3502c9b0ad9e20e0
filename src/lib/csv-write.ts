import { stringify } from 'csv-stringify/sync';

/** What a spreadsheet program calculates instead of showing it, also behind blanks and quotation marks. */
const LIVE = /^[\s'"\u2018\u2019\u201c\u201d]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/** An apostrophe before whatever would be calculated: shown as text. `unguarded` takes exactly this one off again. */
export const guarded = (cell: string): string => (LIVE.test(cell) ? `'${cell}` : cell);

/** What the cell says. No other cell loses its apostrophe: "'tis" is as it was. */
export const unguarded = (cell: string): string =>
  cell.startsWith("'") && LIVE.test(cell.slice(1)) ? cell.slice(1) : cell;

/** So that spreadsheet programs know it is UTF-8. */
export const BYTE_ORDER_MARK = '\ufeff';

/** Rows as CSV (RFC 4180), safe to be opened by a spreadsheet program. */
export const csvText = (rows: readonly (readonly string[])[]): string =>
  stringify(
    rows.map((cells) => cells.map(guarded)),
    { record_delimiter: '\r\n', quoted_match: [/[,;\t\r\n]/] },
  );
