/** A file within a text. */
export interface UuencodedFile {
  readonly name: string;
  readonly content: Buffer;
  /** Whether its end was there. */
  readonly isWhole: boolean;
}

/** How many files of one text are taken out. */
const MAX_FILES = 50;
/** POSIX uuencode: a mode in octal and a name. */
const BEGIN = /^begin(?:-base64)?[ \t]+[0-7]{3,4}(?:[ \t]+(\S.{0,254}))?$/;
const MAX_LINE_LENGTH = 100;
const BYTES_PER_LINE = 45;

/**
 * Takes files out of a text that holds them uuencoded ("begin 644 name" to "end"), as programs without MIME send them.
 * What stands around them stays. Linear.
 */
export function takeUuencoded(text: string): { readonly text: string; readonly files: readonly UuencodedFile[] } {
  if (!text.startsWith('begin') && !text.includes('\nbegin')) return { text, files: [] };
  const lines = text.split('\n');
  const kept: string[] = [];
  const files: UuencodedFile[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const begin = files.length < MAX_FILES ? BEGIN.exec(line.trimEnd()) : null;
    const found = begin === null ? null : fileAt(lines, at + 1, line.startsWith('begin-base64'));
    if (begin === null || found === null) kept.push(line);
    else {
      files.push({ name: begin[1]?.trim() ?? '', content: found.content, isWhole: found.isWhole });
      at = found.last;
    }
  }
  return files.length === 0 ? { text, files } : { text: kept.join('\n'), files };
}

/** The bytes of uuencoded lines, from a "begin" line or without one. */
export function decodeUuencoded(text: string): Buffer {
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => BEGIN.test(line.trimEnd()));
  const isBase64 = lines[begin]?.startsWith('begin-base64') === true;
  return fileAt(lines, begin + 1, isBase64, 1)?.content ?? Buffer.alloc(0);
}

/** The lines of a file from there on; null if not one of them is one. */
function fileAt(
  lines: readonly string[],
  from: number,
  isBase64: boolean,
  minLineBytes = BYTES_PER_LINE,
): { readonly content: Buffer; readonly last: number; readonly isWhole: boolean } | null {
  const pieces: Buffer[] = [];
  let at = from;
  for (; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').replace(/\r$/, '');
    if (line.trimEnd() === 'end' || (isBase64 && line.trimEnd() === '====')) {
      return pieces.length === 0 ? null : { content: Buffer.concat(pieces), last: at, isWhole: true };
    }
    const piece = isBase64 ? Buffer.from(line, 'base64') : decodeLine(line);
    // A line of no bytes is the last one.
    if (piece === null || pieces.at(-1)?.length === 0) break;
    pieces.push(piece);
  }
  const content = Buffer.concat(pieces);
  // Without its end, only what has a full line is taken for a file, not for words.
  return pieces.some((piece) => piece.length >= minLineBytes) ? { content, last: at - 1, isWhole: false } : null;
}

/** The first character tells how many bytes follow; blanks at its end may have been lost. null: it is no such line. */
function decodeLine(line: string): Buffer | null {
  if (line.length > MAX_LINE_LENGTH) return null;
  const size = line.trimEnd() === '' ? 0 : valueOf(line, 0);
  const expected = Math.ceil(size / 3) * 4 + 1;
  // Some programs end each line with one more character, as a check.
  if (size < 0 || size > BYTES_PER_LINE || line.trimEnd().length > expected + 1) return null;
  const bytes = Buffer.alloc(Math.ceil(size / 3) * 3);
  for (let at = 1, to = 0; to < size; at += 4, to += 3) {
    const [a, b, c, d] = [valueOf(line, at), valueOf(line, at + 1), valueOf(line, at + 2), valueOf(line, at + 3)];
    if (a < 0 || b < 0 || c < 0 || d < 0) return null;
    bytes[to] = (a << 2) | (b >> 4);
    bytes[to + 1] = ((b & 15) << 4) | (c >> 2);
    bytes[to + 2] = ((c & 3) << 6) | d;
  }
  return bytes.subarray(0, size);
}

/** Six bits: from blank to underscore, with the grave accent for the blank. Behind the end it is a blank; -1 is none. */
function valueOf(line: string, at: number): number {
  const code = at < line.length ? line.charCodeAt(at) : 0x20;
  return code < 0x20 || code > 0x60 ? -1 : (code - 0x20) & 63;
}
