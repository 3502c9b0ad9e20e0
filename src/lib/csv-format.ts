import { isAscii } from 'node:buffer';
import type { Result } from './result.ts';
import { err, ok } from './result.ts';

/** A file of values, which can be read from its beginning again and again. */
export interface CsvSource {
  /** Without its folder. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly open: () => AsyncIterable<Uint8Array>;
}

export type CsvEncoding = 'utf-8' | 'windows-1252' | 'utf-16le' | 'utf-16be';

/** How a file is written. */
export interface CsvFormat {
  readonly encoding: CsvEncoding;
  readonly delimiter: string;
}

/** What is wrong with a file as a whole: a sentence, and what to do. */
export interface CsvTrouble {
  readonly says: string;
  readonly mend: string;
}

/** In the order in which they are believed where a header could have been written with each. */
const DELIMITERS = [',', ';', '\t'];
const HEAD_BYTES = 256 * 1024;
const SAVE_AS_CSV = 'Save it as CSV UTF-8, which every spreadsheet program offers, and try again.';

/**
 * Finds out how a file is written: UTF-8 or UTF-16 by its byte order mark, else UTF-8 if all of it is, else
 * Windows-1252, which Excel writes; a file that is UTF-8 but for some bytes is damaged, and refused.
 *
 * @param isKnown whether a column is called so: the delimiter is the one that makes the most columns of the first line
 */
export async function inspectCsv(
  source: CsvSource,
  isKnown: (header: string) => boolean,
): Promise<Result<CsvFormat, CsvTrouble>> {
  const head: Uint8Array[] = [];
  let headBytes = 0;
  const scan = new Utf8Scan();
  for await (const chunk of source.open()) {
    if (headBytes < HEAD_BYTES) head.push(chunk.slice(0, HEAD_BYTES - headBytes));
    headBytes += chunk.byteLength;
    scan.feed(chunk);
  }
  const start = Buffer.concat(head);
  const encoding = encodingOf(start, scan);
  if (!encoding.ok) return encoding;
  const text = new TextDecoder(encoding.value).decode(start, { stream: true });
  return ok({ encoding: encoding.value, delimiter: delimiterOf(text, isKnown) });
}

const startsWith = (bytes: Uint8Array, ...first: readonly number[]): boolean =>
  first.every((byte, index) => bytes[index] === byte);

function encodingOf(start: Uint8Array, scan: Utf8Scan): Result<CsvEncoding, CsvTrouble> {
  if (start.byteLength === 0) return err({ says: 'The file is empty.', mend: 'Its first line names the columns.' });
  if (startsWith(start, 0xff, 0xfe)) return ok('utf-16le');
  if (startsWith(start, 0xfe, 0xff)) return ok('utf-16be');
  if (startsWith(start, 0x50, 0x4b, 0x03, 0x04) || startsWith(start, 0xd0, 0xcf, 0x11, 0xe0)) {
    return err({ says: 'The file is a spreadsheet or an archive, not CSV.', mend: SAVE_AS_CSV });
  }
  if (scan.nulLine !== null) {
    return err({ says: `The file is not text: it has a zero byte in line ${scan.nulLine}.`, mend: SAVE_AS_CSV });
  }
  const { firstBad } = scan.end();
  if (firstBad === null) return ok('utf-8');
  // A lone letter above ASCII is what Windows-1252 is made of, and two that look like UTF-8 are rare in it.
  if (!startsWith(start, 0xef, 0xbb, 0xbf) && scan.badCount > scan.goodCount && !scan.hasControls) {
    return ok('windows-1252');
  }
  const { line, offset } = firstBad;
  const says = `The file is not UTF-8: byte ${offset + 1} of it, in line ${line}, belongs to no character.`;
  return err({ says, mend: `Correct that line. ${SAVE_AS_CSV}` });
}

interface Place {
  readonly line: number;
  /** Bytes before it. */
  readonly offset: number;
}

/** Reads bytes as UTF-8 (RFC 3629) in any number of pieces, and counts what is it and what is not. */
class Utf8Scan {
  goodCount = 0;
  badCount = 0;
  /** Bytes that stand for nothing in Windows-1252. */
  hasControls = false;
  nulLine: number | null = null;
  #firstBad: Place | null = null;
  /** Where the character under way begins. */
  #start: Place = { line: 1, offset: 0 };
  #line = 1;
  #offset = 0;
  /** Of the character under way: how many bytes are to come, and the bounds of the next. */
  #missing = 0;
  #low = 0x80;
  #high = 0xbf;

  feed(chunk: Uint8Array): void {
    const isPlain = this.#missing === 0 && isAscii(chunk);
    for (const byte of chunk) {
      if (byte === 0x0a) this.#line += 1;
      if (byte === 0) this.nulLine ??= this.#line;
      if (!isPlain) this.#step(byte);
      this.#offset += 1;
    }
  }

  end(): { readonly firstBad: Place | null } {
    if (this.#missing > 0) this.#bad();
    this.#missing = 0;
    return { firstBad: this.#firstBad };
  }

  #step(byte: number): void {
    if (this.#missing > 0) {
      if (byte >= this.#low && byte <= this.#high) {
        this.#missing -= 1;
        [this.#low, this.#high] = [0x80, 0xbf];
        if (this.#missing === 0) this.goodCount += 1;
        return;
      }
      this.#bad();
      this.#missing = 0;
    }
    if (byte < 0x80) return;
    this.#start = { line: this.#line, offset: this.#offset };
    if (UNDEFINED_IN_1252.has(byte)) this.hasControls = true;
    const lead = LEADS.find(({ from, to }) => byte >= from && byte <= to);
    if (lead === undefined) return this.#bad();
    this.#missing = lead.more;
    [this.#low, this.#high] = [lead.low, lead.high];
  }

  #bad(): void {
    this.badCount += 1;
    this.#firstBad ??= this.#start;
  }
}

const UNDEFINED_IN_1252: ReadonlySet<number> = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);

/** RFC 3629 4: which bytes begin a character, how many follow, and what the first of those may be. */
const LEADS = [
  { from: 0xc2, to: 0xdf, more: 1, low: 0x80, high: 0xbf },
  { from: 0xe0, to: 0xe0, more: 2, low: 0xa0, high: 0xbf },
  { from: 0xe1, to: 0xec, more: 2, low: 0x80, high: 0xbf },
  { from: 0xed, to: 0xed, more: 2, low: 0x80, high: 0x9f },
  { from: 0xee, to: 0xef, more: 2, low: 0x80, high: 0xbf },
  { from: 0xf0, to: 0xf0, more: 3, low: 0x90, high: 0xbf },
  { from: 0xf1, to: 0xf3, more: 3, low: 0x80, high: 0xbf },
  { from: 0xf4, to: 0xf4, more: 3, low: 0x80, high: 0x8f },
];

/** The one that makes the most known columns of the first line; of equals the first. */
function delimiterOf(text: string, isKnown: (header: string) => boolean): string {
  const line = /[^\r\n]*/.exec(text.replace(/^\ufeff?[\r\n]*/, ''))?.[0] ?? '';
  const scored = DELIMITERS.map((delimiter) => {
    const cells = line.split(delimiter).map((cell) => headerName(cell.replace(/^"|"$/g, '')));
    return { delimiter, known: cells.filter(isKnown).length, count: cells.length };
  });
  return scored.toSorted((a, b) => b.known - a.known || b.count - a.count)[0]?.delimiter ?? ',';
}

/** A column's name as it is compared. */
export const headerName = (cell: string): string => cell.trim().toLowerCase();
