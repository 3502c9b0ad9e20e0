import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { MAX_HEADER_BYTES, SAMPLE_BYTES, scanHeader } from './header-scan.ts';
import type { FieldSpan, HeaderScan } from './header-scan.ts';

/** Changed when the meaning of the key changes: keys of two versions are never equal. */
const VERSION = 'deskbell-content-key-v1\n';
/** The fields that are the message's own and not the journey's, in the order of hashing. Then Content-*, by name. */
const NAMES = ['message-id', 'from', 'date', 'subject', 'to', 'cc', 'in-reply-to', 'references', 'mime-version'];
/** A byte order mark, an mbox "From " line and the empty line, besides the header itself. */
const MAX_PENDING_BYTES = MAX_HEADER_BYTES + 8 * 1024;
const SLICE_BYTES = 64 * 1024;
const CR = 0x0d;
const LF = 0x0a;

export interface ContentKeyHasher {
  /** Takes the next bytes of the message, in chunks of any size. The first ones are kept until the header is whole. */
  readonly update: (chunk: Buffer) => void;
  /** The 32 bytes of the key; nothing may follow. */
  readonly digest: () => Buffer;
}

/**
 * The key of a message's own content: SHA-256 over an allow-list of header fields as received and the body (DESIGN 5.1),
 * so two copies that differ in trace fields alone have one key. Line ends count as CRLF, as IMAP servers give them. A
 * message without a whole header, or with neither Message-ID nor Date, is known by all of its bytes.
 */
export function contentKey(bytes: Buffer): Buffer {
  const hasher = contentKeyHasher();
  hasher.update(bytes);
  return hasher.digest();
}

/** The same key for a message that arrives in chunks; holds only its header in memory. */
export function contentKeyHasher(): ContentKeyHasher {
  const hash = createHash('sha256').update(VERSION);
  let pending: Buffer | null = Buffer.alloc(0);
  let lastByte = 0;

  const body = (bytes: Buffer): void => {
    hashWithCrlf(hash, bytes, lastByte);
    lastByte = bytes.at(-1) ?? lastByte;
  };
  const headerDone = (bytes: Buffer, scan: HeaderScan): void => {
    pending = null;
    const fields = ownFields(bytes, scan);
    // Without a whole header, or a sign of which message it is, trace fields are all that tells two messages apart.
    const isIdentified = fields.some(({ name }) => name === 'message-id' || name === 'date');
    if (!scan.isEnded || scan.isTruncated || !isIdentified) {
      hash.update('whole\0');
      body(bytes);
      return;
    }
    hashHeader(hash, bytes, fields);
    body(bytes.subarray(scan.bodyOffset));
  };
  return {
    update: (chunk) => {
      if (pending === null) return body(chunk);
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      if (pending.length < SAMPLE_BYTES) return;
      const rest = pending.subarray(MAX_PENDING_BYTES);
      const head = pending.subarray(0, MAX_PENDING_BYTES);
      const scan = scanHeader(head, Infinity);
      if (!scan.isEnded && rest.length === 0) return;
      headerDone(head, scan);
      body(rest);
    },
    digest: () => {
      if (pending !== null) headerDone(pending, scanHeader(pending, Infinity));
      return hash.digest();
    },
  };
}

interface OwnField {
  readonly name: string;
  readonly field: FieldSpan;
}

/** The fields of the allow-list, in the order of hashing. */
function ownFields(bytes: Buffer, scan: HeaderScan): readonly OwnField[] {
  return scan.fields
    .map((field) => ({ name: bytes.toString('latin1', field.start, field.colon).trimEnd().toLowerCase(), field }))
    .map((entry) => ({ ...entry, rank: rankOf(entry.name) }))
    .filter((entry) => entry.rank >= 0)
    .sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Each field as name, NUL, byte length of its value, NUL, value: no two headers give the same bytes. */
function hashHeader(hash: Hash, bytes: Buffer, fields: readonly OwnField[]): void {
  const lines = fields.map(({ name, field }) => {
    const value = bytes
      .toString('latin1', field.colon + 1, field.end)
      .trim()
      .replace(/\r\n|\n|\r/g, '\r\n');
    return `${name}\0${value.length}\0${value}`;
  });
  hash.update(`${lines.join('')}\0`, 'latin1');
}

function rankOf(name: string): number {
  return name.startsWith('content-') ? NAMES.length : NAMES.indexOf(name);
}

/** Hashes without copying, except slices in which a bare LF becomes CRLF. */
function hashWithCrlf(hash: Hash, bytes: Buffer, byteBefore: number): void {
  if (!hasBareLf(bytes, byteBefore)) {
    if (bytes.length > 0) hash.update(bytes);
    return;
  }
  for (let start = 0, before = byteBefore; start < bytes.length; start += SLICE_BYTES) {
    const slice = bytes.subarray(start, start + SLICE_BYTES);
    const first = slice[0] === LF && before !== CR ? '\r' : '';
    hash.update(first + slice.toString('latin1').replace(/([^\r])(?=\n)/g, '$1\r'), 'latin1');
    before = slice.at(-1) ?? before;
  }
}

function hasBareLf(bytes: Buffer, byteBefore: number): boolean {
  if (bytes[0] === LF && byteBefore !== CR) return true;
  for (let at = bytes.indexOf(LF, 1); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] !== CR) return true;
  }
  return false;
}
