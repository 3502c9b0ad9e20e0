import { isUtf8 } from 'node:buffer';
import { guessCharset, looksWestern } from './charset-guess.ts';

/** Names that mail programs write and the Encoding Standard does not know. */
const ALIASES: Readonly<Record<string, string>> = {
  cp932: 'shift_jis',
  'ms932-jp': 'shift_jis',
  ms932: 'shift_jis',
  'shift-jis-2004': 'shift_jis',
  sjis: 'shift_jis',
  cp936: 'gbk',
  ms936: 'gbk',
  'iso-gb2312': 'gbk',
  'euc-cn': 'gbk',
  cp949: 'euc-kr',
  uhc: 'euc-kr',
  cp950: 'big5',
  eucjp: 'euc-jp',
  'iso2022-jp': 'iso-2022-jp',
  'iso-2022-jp-1': 'iso-2022-jp',
  'iso-2022-jp-2': 'iso-2022-jp',
  'iso-2022-jp-ms': 'iso-2022-jp',
  uft8: 'utf-8',
  'uft-8': 'utf-8',
  utf8mb4: 'utf-8',
  'utf-8n': 'utf-8',
};

/** What is declared for text in any charset by programs that do not know it. */
const SAYS_NOTHING =
  /^(?:|us-?ascii|ascii|ansi_x3\.4-19\d\d|[78]bit|utf-?8|default|none|unknown.*|x-unknown|undefined)$/;
/** What mailparser reads though the Encoding Standard does not; UTF-7 it leaves as it is, for markup can hide in it. */
const LEFT_TO_LIBRARY =
  /^(?:cp\d|ibm\d|mac|x-mac|hz|(?:unicode-1-1-)?utf-?(?:7|16|32)|ucs-?[24]|iso-2022-(?:kr|cn)|viscii|tcvn|armscii|georgian)/;
const MULTI_BYTE: ReadonlySet<string> = new Set(['gbk', 'gb18030', 'big5', 'euc-kr', 'euc-jp', 'shift_jis']);
const MAX_CHARSET_LENGTH = 64;
/** Single bytes for Cyrillic, Greek, Hebrew, Arabic or Thai. */
const OTHER_SCRIPT = /^(?:koi8|ibm866|x-mac-cyr|windows-(?:125[13568]|874)|iso-8859-[5678])/;
/** What counts as one wrong byte in a text, not as another charset: of what is beyond ASCII. */
const MAX_BROKEN_SHARE = 0.1;
/** ISO 2022: to a set of two bytes, and to one of one byte. */
const JAPANESE_ESCAPES = ['\x1b$@', '\x1b$B', '\x1b(J', '\x1b(I'];
const ESCAPE = '\x1b';

/** A declared name as the Encoding Standard has it, '' when it says nothing, null when nobody here knows it. */
export function charsetNamed(declared: string | null): string | null {
  // RFC 2231 5: a language may follow the charset of an encoded-word.
  const name = (declared ?? '').trim().toLowerCase().slice(0, MAX_CHARSET_LENGTH).replace(/\*.*$/s, '');
  if (SAYS_NOTHING.test(name)) return '';
  try {
    return new TextDecoder(ALIASES[name] ?? name.replace(/^(?:win|windows)[-_]?(?=12\d\d$)/, 'windows-')).encoding;
  } catch {
    return null;
  }
}

/**
 * Text of bytes in a declared charset. Where that is missing, unknown or provably wrong, the charset is found out, first
 * with those that stand nearby.
 *
 * @param nearby declared for other parts of the message, the likeliest first
 */
export function decodeDeclared(bytes: Buffer, declared: string | null, nearby: readonly string[] = []): string {
  const charset = charsetNamed(declared);
  if (charset === null || charset === '') return decodeUndeclared(bytes, nearby);
  if (isSingleByte(charset) && hasJapaneseEscapes(bytes)) return decodeUndeclared(bytes, nearby);
  return decodeExactly(bytes, charset) ?? decodeMostly(bytes, charset) ?? decodeUndeclared(bytes, nearby);
}

/** Text of bytes in a charset that nobody told: ISO-2022-JP by its escapes, UTF-8, one nearby, a guess, windows-1252. */
export function decodeUndeclared(bytes: Buffer, nearby: readonly string[] = []): string {
  if (hasJapaneseEscapes(bytes)) return new TextDecoder('iso-2022-jp').decode(withoutIdleEscapes(bytes));
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const mixed = decodeMixed(bytes);
  if (mixed !== null) return mixed;
  const guessed = guessCharset(bytes);
  const likely = (guessed === null ? nearby : [...nearby, guessed]).map((name) => charsetNamed(name) ?? '');
  // Any bytes are text in any charset of single bytes, so that a Western one nearby proves nothing.
  const charsets = looksWestern(bytes)
    ? [guessed ?? '', ...likely.filter((name) => !MULTI_BYTE.has(name) && !OTHER_SCRIPT.test(name))]
    : [
        ...likely.filter((name) => MULTI_BYTE.has(name)),
        ...likely.filter((name) => OTHER_SCRIPT.test(name)),
        ...likely,
      ];
  return firstExact(bytes, charsets) ?? new TextDecoder('windows-1252').decode(bytes);
}

/** Whether it is for the library to read bytes of a declared charset, because only it can or it will without a fault. */
export function isReadable(bytes: Buffer, declared: string | null): boolean {
  const charset = charsetNamed(declared);
  if (charset === null) return isLeftToLibrary(declared);
  if (charset === '') return isUtf8(bytes) && !hasJapaneseEscapes(bytes);
  return decodeExactly(bytes, charset) !== null;
}

/** Whether we know no such charset, but the library does. */
export const isLeftToLibrary = (declared: string | null): boolean =>
  declared !== null && charsetNamed(declared) === null && LEFT_TO_LIBRARY.test(declared.trim().toLowerCase());

function firstExact(bytes: Buffer, charsets: readonly string[]): string | null {
  for (const charset of charsets) {
    if (charset === '') continue;
    const text = decodeExactly(bytes, charset);
    if (text !== null) return text;
  }
  return null;
}

/** null: the bytes are not all of that charset. */
function decodeExactly(bytes: Buffer, charset: string): string | null {
  try {
    const source = charset === 'iso-2022-jp' ? withoutIdleEscapes(bytes) : bytes;
    return new TextDecoder(charset, { fatal: true }).decode(source);
  } catch {
    return null;
  }
}

/** Text with a few wrong bytes in it, each as U+FFFD; null when there are more. */
function decodeMostly(bytes: Buffer, charset: string): string | null {
  const text = new TextDecoder(charset).decode(bytes);
  let broken = 0;
  let beyondAscii = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) beyondAscii += 1;
    if (unit === 0xfffd) broken += 1;
  }
  return broken <= beyondAscii * MAX_BROKEN_SHARE ? text : null;
}

/** Text that was put together of UTF-8 and something else: each run of bytes beyond ASCII by itself. null: it is not so. */
function decodeMixed(bytes: Buffer): string | null {
  const sample = bytes.subarray(0, MIXED_SAMPLE_BYTES);
  const beginning = readRuns(sample);
  return bytes.length === sample.length || beginning === null ? beginning : readRuns(bytes);
}

const MIXED_SAMPLE_BYTES = 64 * 1024;
/** A shorter run that is not UTF-8 as a whole is not UTF-8 with a fault. */
const MIN_FAULTY_RUN = 16;

function readRuns(bytes: Buffer): string | null {
  let utf8Runs = 0;
  let otherRuns = 0;
  const other = new TextDecoder('windows-1252');
  const text = bytes.toString('latin1').replace(/[\x80-\xff]+/g, (run) => {
    const raw = Buffer.from(run, 'latin1');
    const faulty = raw.length < MIN_FAULTY_RUN ? null : decodeMostly(raw, 'utf-8');
    const read = raw.length > 1 && isUtf8(raw) ? raw.toString('utf8') : faulty;
    if (read === null) otherRuns += 1;
    else utf8Runs += 1;
    return read ?? other.decode(raw);
  });
  return utf8Runs > otherRuns ? text : null;
}

/** The Encoding Standard takes two escapes in a row for an error; joined encoded-words have them. */
function withoutIdleEscapes(bytes: Buffer): Buffer {
  const kept = bytes
    .toString('latin1')
    .split(ESCAPE)
    .filter((piece, index, pieces) => index === 0 || index === pieces.length - 1 || piece.length > 2);
  return Buffer.from(kept.join(ESCAPE), 'latin1');
}

const isSingleByte = (charset: string): boolean => /^(?:windows|iso-8859|koi8|macintosh|x-mac)/.test(charset);

/** RFC 1468: text of seven bits with escapes to the Japanese sets and back. */
const hasJapaneseEscapes = (bytes: Buffer): boolean =>
  bytes.includes(ESCAPE) && JAPANESE_ESCAPES.some((escape) => bytes.includes(escape, 0, 'latin1'));
