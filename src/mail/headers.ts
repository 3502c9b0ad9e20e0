import { isAscii, isUtf8 } from 'node:buffer';
import { decodeUndeclared } from './charset.ts';
import { guessCharset } from './charset-guess.ts';
import { MAX_HEADER_BYTES, scanHeader } from './header-scan.ts';
import type { FieldSpan, HeaderScan } from './header-scan.ts';
import type { HeaderField } from './parsed-message.ts';

export interface SplitMessage {
  /** The header as received, at most its first 256 KiB; a view, not a copy. */
  readonly headerBytes: Buffer;
  /** Where the body begins. */
  readonly bodyOffset: number;
  /** Decoded and unfolded, in wire order; encoded-words are left as they are. */
  readonly fields: readonly HeaderField[];
  /** Whether fields were cut or left out: more than 256 KiB, 1,000 fields, or one of more than 128 KiB. */
  readonly isTruncated: boolean;
  /** Whether there were bytes beyond ASCII that are no UTF-8: `fields` holds a reading of them. */
  readonly hasUndecodableBytes: boolean;
  /** Where the header lies, and which of its lines are no fields. */
  readonly scan: HeaderScan;
  /** Charsets that such bytes may be in, the likeliest first; empty when there are none. */
  readonly nearby: readonly string[];
}

/** Where the charsets of the text are named, if anywhere. */
const MAX_SEARCHED_BYTES = 64 * 1024;
const MAX_NEARBY = 8;
const MAX_GUESSED_BYTES = 8 * 1024;
/** More than the newest 20 Message-IDs need. */
const MAX_NEWEST_BYTES = 32 * 1024;

/** Splits a message into header fields and body. Takes any bytes, is linear, and copies only the header. */
export function splitMessage(bytes: Buffer): SplitMessage {
  const scan = scanHeader(bytes);
  const headerBytes = bytes.subarray(scan.start, Math.min(scan.end, scan.start + MAX_HEADER_BYTES));
  const hasUndecodableBytes = !isUtf8(headerBytes) || headerBytes.includes(ISO_2022_JP);
  const nearby = hasUndecodableBytes ? charsetsNear(bytes, scan.fields) : [];
  const fields = readFields(bytes, scan.fields, nearby);
  const { bodyOffset, isTruncated } = scan;
  return { headerBytes, bodyOffset, fields, isTruncated, hasUndecodableBytes, scan, nearby };
}

/** The fields that lie there: unfolded, each decoded by itself. */
export function readFields(
  bytes: Buffer,
  spans: readonly FieldSpan[],
  nearby: readonly string[],
): readonly HeaderField[] {
  return spans.map((span) => {
    const name = nameOf(bytes, span);
    return { name, value: unfold(decodeField(valueOf(bytes, name, span), nearby)) };
  });
}

/** The value of the first field of that name. */
export function firstHeader(headers: readonly HeaderField[], name: Lowercase<string>): string | null {
  return headers.find((field) => field.name === name)?.value ?? null;
}

/** The values of all fields of that name, in wire order. */
export function allHeaders(headers: readonly HeaderField[], name: Lowercase<string>): readonly string[] {
  return headers.filter((field) => field.name === name).map((field) => field.value);
}

/** The name of a field in lower case. */
export function nameOf(bytes: Buffer, field: FieldSpan): string {
  return bytes.toString('latin1', field.start, field.colon).trimEnd().toLowerCase();
}

/** ISO-2022-JP says in seven bits what it is: ESC and the set of characters that follows. */
const ISO_2022_JP = '\x1b$';

/** RFC 5322 2.2.3: the line end goes, the white space stays. */
function unfold(raw: string): string {
  return raw.replace(/\r?\n(?=[ \t])|\r(?=[ \t])/g, '').trim();
}

/** Of a list of Message-IDs that was cut the newest count, which stand last. RFC 5322 3.6.4. */
function valueOf(bytes: Buffer, name: string, { colon, end, fullEnd }: FieldSpan): Buffer {
  if (fullEnd === end || name !== 'references') return bytes.subarray(colon + 1, end);
  const newest = bytes.subarray(Math.max(colon + 1, fullEnd - MAX_NEWEST_BYTES), fullEnd);
  return newest.subarray(Math.max(0, newest.indexOf('<')));
}

function decodeField(value: Buffer, nearby: readonly string[]): string {
  if (isAscii(value)) return value.includes(ISO_2022_JP) ? decodeUndeclared(value, nearby) : value.toString('latin1');
  return isUtf8(value) ? value.toString('utf8') : decodeUndeclared(value, nearby);
}

/**
 * The charsets that are named at the beginning of a message, and the one its raw fields look like when taken together:
 * a subject alone may be too short to tell.
 */
export function charsetsNear(bytes: Buffer, spans: readonly FieldSpan[]): readonly string[] {
  const named = bytes
    .toString('latin1', 0, MAX_SEARCHED_BYTES)
    .matchAll(/charset\s{0,4}=\s{0,4}["']?([\w.:-]{1,64})/gi);
  const raw = spans.map(({ colon, end }) => bytes.subarray(colon + 1, end)).filter((value) => !isUtf8(value));
  const guessed = guessCharset(Buffer.concat(raw).subarray(0, MAX_GUESSED_BYTES));
  const names = [...named].slice(0, MAX_NEARBY).map((match) => match[1] ?? '');
  return [...new Set(guessed === null ? names : [...names, guessed])];
}
