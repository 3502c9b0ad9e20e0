import { isAscii, isUtf8 } from 'node:buffer';
import { MAX_HEADER_BYTES, scanHeader } from './header-scan.ts';
import type { FieldSpan } from './header-scan.ts';
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
}

/** Splits a message into header fields and body. Takes any bytes, is linear, and copies only the header. */
export function splitMessage(bytes: Buffer): SplitMessage {
  const scan = scanHeader(bytes);
  const headerBytes = bytes.subarray(scan.start, Math.min(scan.end, scan.start + MAX_HEADER_BYTES));
  const hasUndecodableBytes = !isUtf8(headerBytes);
  const decode = hasUndecodableBytes ? fieldDecoder(bytes, scan.fields) : plainDecoder(headerBytes);
  const fields = scan.fields.map((field) => ({
    name: nameOf(bytes, field),
    value: unfold(decode(bytes.subarray(field.colon + 1, field.end))),
  }));
  return { headerBytes, bodyOffset: scan.bodyOffset, fields, isTruncated: scan.isTruncated, hasUndecodableBytes };
}

/** The value of the first field of that name. */
export function firstHeader(headers: readonly HeaderField[], name: Lowercase<string>): string | null {
  return headers.find((field) => field.name === name)?.value ?? null;
}

/** The values of all fields of that name, in wire order. */
export function allHeaders(headers: readonly HeaderField[], name: Lowercase<string>): readonly string[] {
  return headers.filter((field) => field.name === name).map((field) => field.value);
}

function nameOf(bytes: Buffer, field: FieldSpan): string {
  return bytes.toString('latin1', field.start, field.colon).trimEnd().toLowerCase();
}

/** RFC 5322 2.2.3: the line end goes, the white space stays. */
function unfold(raw: string): string {
  return raw.replace(/\r?\n(?=[ \t])|\r(?=[ \t])/g, '').trim();
}

function plainDecoder(headerBytes: Buffer): (value: Buffer) => string {
  return isAscii(headerBytes) ? (value) => value.toString('latin1') : (value) => value.toString('utf8');
}

/** Each field by the first that reads it whole: UTF-8, the charset the body declares, windows-1252. */
function fieldDecoder(bytes: Buffer, fields: readonly FieldSpan[]): (value: Buffer) => string {
  const contentType = fields.find((field) => nameOf(bytes, field) === 'content-type');
  const declared =
    contentType === undefined ? null : charsetOf(bytes.toString('latin1', contentType.colon, contentType.end));
  const declaredDecoder = declared === null ? null : strictDecoder(declared);
  const lastDecoder = new TextDecoder('windows-1252');
  return (value) => {
    if (isUtf8(value)) return value.toString('utf8');
    return declaredDecoder?.(value) ?? lastDecoder.decode(value);
  };
}

/** The charset parameter of a Content-Type value. */
function charsetOf(contentType: string): string | null {
  return /;\s*charset\s*=\s*"?([\w.:-]{1,64})/i.exec(contentType)?.[1] ?? null;
}

/** A reading of bytes that gives null for bytes which are not of its charset; or null for a charset unknown to us. */
function strictDecoder(charset: string): ((bytes: Buffer) => string | null) | null {
  try {
    const decoder = new TextDecoder(charset, { fatal: true });
    return (bytes) => {
      try {
        return decoder.decode(bytes);
      } catch {
        return null;
      }
    };
  } catch {
    return null;
  }
}
