import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import type { CsvFormat, CsvSource, CsvTrouble } from './csv-format.ts';

/** One record. Blank ones are left out. */
export interface CsvRow {
  /** Where it begins in the file, from 1; its cells may have lines of their own. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** The rows of a file, or why it cannot be read any further: what comes behind a lost quotation mark means anything. */
export type CsvItem =
  { readonly is: 'row'; readonly row: CsvRow } | ({ readonly is: 'broken'; readonly line: number } & CsvTrouble);

const MAX_RECORD_BYTES = 1024 * 1024;

/**
 * Reads a file, one row after the other, the header first; it is never in memory as a whole.
 *
 * @param onBytes told how many have been read, from time to time
 */
export async function* readCsv(
  source: CsvSource,
  { encoding, delimiter }: CsvFormat,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<CsvItem, void> {
  let endOfLast = 0;
  const parser = parse({
    delimiter,
    record_delimiter: '\n',
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_BYTES,
    // The row's line goes before its cells: a record of this parser is strings.
    on_record: (cells: string[], { lines }) => {
      endOfLast = lines;
      if (cells.every((cell) => cell.trim() === '')) return null;
      return [String(lines - cells.reduce((sum, cell) => sum + countOf(cell, '\n'), 0)), ...cells];
    },
  });
  const text = Readable.from(decoded(source.open(), encoding, onBytes), { objectMode: true, highWaterMark: 2 });
  // What goes wrong in between arrives at the reader, who is the last in line.
  const done = pipeline(text, parser).catch(() => {});
  try {
    for await (const [line, ...cells] of parser as AsyncIterable<readonly string[]>) {
      yield { is: 'row', row: { line: Number(line), cells } };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    yield { is: 'broken', ...brokenBy(error, endOfLast + 1) };
  }
  await done;
}

/** As text, with one sort of line end, so that lines are counted right. */
async function* decoded(
  chunks: AsyncIterable<Uint8Array>,
  encoding: CsvFormat['encoding'],
  onBytes: (bytes: number) => void,
): AsyncGenerator<string, void> {
  const decoder = new TextDecoder(encoding);
  let bytes = 0;
  let held = '';
  for await (const chunk of chunks) {
    const text = held + decoder.decode(chunk, { stream: true });
    // The second half of a line end may be in the next chunk.
    held = text.endsWith('\r') ? '\r' : '';
    const whole = text.slice(0, text.length - held.length);
    if (whole !== '') yield whole.replace(/\r\n?/g, '\n');
    onBytes((bytes += chunk.byteLength));
  }
  const rest = (held + decoder.decode()).replace(/\r\n?/g, '\n');
  if (rest !== '') yield rest;
}

function brokenBy(error: CsvError, recordLine: number): { readonly line: number } & CsvTrouble {
  const inLine = typeof error['lines'] === 'number' ? error['lines'] : recordLine;
  const mend =
    'A cell with quotation marks, delimiters or lines in it is put in quotation marks, those inside doubled.';
  const row = TROUBLES.find(({ code }) => code === error.code);
  const line = row?.isInLine === true ? inLine : recordLine;
  return { line, says: `Line ${line}: ${row?.says ?? error.message}.`, mend };
}

const TROUBLES: readonly { readonly code: string; readonly isInLine: boolean; readonly says: string }[] = [
  {
    code: 'CSV_QUOTE_NOT_CLOSED',
    isInLine: false,
    says: 'a quotation mark in the record that begins here is never closed',
  },
  { code: 'CSV_INVALID_CLOSING_QUOTE', isInLine: true, says: 'more is written behind a closing quotation mark' },
  {
    code: 'INVALID_OPENING_QUOTE',
    isInLine: true,
    says: 'a quotation mark is inside a cell that does not begin with one',
  },
  {
    code: 'CSV_MAX_RECORD_SIZE',
    isInLine: false,
    says: `the record that begins here is longer than ${MAX_RECORD_BYTES} bytes; a quotation mark may not be closed`,
  },
];

function countOf(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count += 1;
  return count;
}
