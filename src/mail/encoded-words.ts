import { decodeDeclared, isReadable } from './charset.ts';

/** One encoded-word. RFC 2047 2; its bytes as they are, its charset as written. */
interface EncodedWord {
  readonly start: number;
  readonly end: number;
  readonly charset: string;
  readonly isBase64: boolean;
  readonly bytes: Buffer;
}

const MAX_REPAIRED_LENGTH = 64 * 1024;
/** RFC 2047 2: of an encoded-word; programs write longer ones, a whole subject at most. */
const MAX_WORD_LENGTH = 16 * 1024;
const MAX_CHARSET_LENGTH = 64;
const MAX_TRIES = 8;
/** How many bytes of UTF-8 go into one encoded-word of ours. */
const BYTES_PER_WORD = 45;

/**
 * A field value in which every encoded-word can be decoded by any library: those with raw bytes in them, of an unknown
 * or a wrong charset, or with a question mark inside, are written anew as UTF-8. One whose bytes are no text in any
 * charset is made to show as it was written.
 *
 * @param value one character for each byte
 * @param nearby charsets declared for other parts of the message
 * @returns null if all are well, which costs a glance
 */
export function repairEncodedWords(value: string, nearby: readonly string[]): string | null {
  if (!value.includes('=?') || value.length > MAX_REPAIRED_LENGTH) return null;
  let repaired = '';
  let copied = 0;
  for (const run of runsOf(value, wordsIn(value))) {
    const [first] = run;
    const last = run.at(-1);
    if (first === undefined || last === undefined) continue;
    const bytes = Buffer.concat(run.map((word) => word.bytes));
    const written = value.slice(first.start, last.end);
    if (
      piecesOf(run).every((piece) => isReadable(piece, first.charset)) &&
      run.every((word) => isPlainWord(value, word))
    ) {
      continue;
    }
    const text = decodeDeclared(bytes, first.charset, nearby);
    repaired += value.slice(copied, first.start) + utf8Words(isText(text) ? text : written);
    copied = last.end;
  }
  return copied === 0 ? null : repaired + value.slice(copied);
}

/** Any text as encoded-words of UTF-8, none with half a character. */
export function utf8Words(text: string): string {
  const words: string[] = [];
  let bytes: Buffer[] = [];
  let size = 0;
  const flush = (): void => {
    if (size > 0) words.push(`=?utf-8?B?${Buffer.concat(bytes).toString('base64')}?=`);
    bytes = [];
    size = 0;
  };
  for (const character of text.toWellFormed()) {
    const encoded = Buffer.from(character);
    if (size + encoded.length > BYTES_PER_WORD) flush();
    bytes.push(encoded);
    size += encoded.length;
  }
  flush();
  return words.join(' ');
}

/** All encoded-words, in order. A question mark within one is taken for text where the end is sure further on. */
function wordsIn(value: string): readonly EncodedWord[] {
  const words: EncodedWord[] = [];
  for (let at = value.indexOf('=?'); at !== -1; at = value.indexOf('=?', at)) {
    const word = wordAt(value, at);
    if (word !== null) words.push(word);
    at = word === null ? at + 2 : word.end;
  }
  return words;
}

function wordAt(value: string, start: number): EncodedWord | null {
  const charsetEnd = value.indexOf('?', start + 2);
  if (charsetEnd === -1 || charsetEnd - start > MAX_CHARSET_LENGTH || value[charsetEnd + 2] !== '?') return null;
  const charset = value.slice(start + 2, charsetEnd);
  const encoding = value.charAt(charsetEnd + 1).toLowerCase();
  if (charset === '' || /[\s"<>()@,;]/.test(charset) || (encoding !== 'q' && encoding !== 'b')) return null;
  const textStart = charsetEnd + 3;
  const close = endOfWord(value, textStart);
  if (close === -1) return null;
  const text = value.slice(textStart, close);
  const isBase64 = encoding === 'b';
  const bytes = isBase64 ? Buffer.from(text, 'base64') : decodeQ(text);
  return { start, end: close + 2, charset, isBase64, bytes };
}

/** The first "?=" that is no question mark before an encoded byte ("?=3D"); the very first if the next few all are. */
function endOfWord(value: string, from: number): number {
  const first = value.indexOf('?=', from);
  for (let at = first, tries = 0; at !== -1 && tries < MAX_TRIES; at = value.indexOf('?=', at + 1), tries += 1) {
    if (at - from > MAX_WORD_LENGTH) break;
    if (!/^[0-9A-Fa-f]{2}/.test(value.slice(at + 2, at + 4))) return at;
  }
  return first - from > MAX_WORD_LENGTH ? -1 : first;
}

function decodeQ(text: string): Buffer {
  return Buffer.from(
    text
      .replaceAll('_', ' ')
      .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

/** Words that only white space parts and that share a charset are one text: a character may be split. */
function runsOf(value: string, words: readonly EncodedWord[]): readonly (readonly EncodedWord[])[] {
  const runs: EncodedWord[][] = [];
  for (const word of words) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    const joins =
      before !== undefined &&
      value.slice(before.end, word.start).trim() === '' &&
      word.charset.toLowerCase() === before.charset.toLowerCase();
    if (joins) run?.push(word);
    else runs.push([word]);
  }
  return runs;
}

/** The bytes of a run as the library puts them together: only words of the same encoding. */
function piecesOf(run: readonly EncodedWord[]): readonly Buffer[] {
  const pieces: { readonly isBase64: boolean; readonly bytes: Buffer[] }[] = [];
  for (const { isBase64, bytes } of run) {
    const last = pieces.at(-1);
    if (last?.isBase64 === isBase64) last.bytes.push(bytes);
    else pieces.push({ isBase64, bytes: [bytes] });
  }
  return pieces.map(({ bytes }) => Buffer.concat(bytes));
}

/** Whether a library reads the word the way we do: ASCII alone, no question mark within, an ordinary charset name. */
function isPlainWord(value: string, { start, end, charset }: EncodedWord): boolean {
  const text = value.slice(start + charset.length + 5, end - 2);
  return /^[\w*-]+$/.test(charset) && !text.includes('?') && !/[^\x20-\x7e\t]/.test(text);
}

/** Control characters are no part of a text: what decodes to some was never one. */
function isText(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- these are what we look for
  return !/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]/.test(text);
}
