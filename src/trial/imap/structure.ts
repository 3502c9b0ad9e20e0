import { fieldValue, parseFields, parseStructured } from './header.ts';
import type { RawField, StructuredValue } from './header.ts';

/** A part of a message, by its places in the message's bytes. Ends are exclusive. */
export interface MimePart {
  /** type/subtype in lower case. */
  readonly type: string;
  readonly contentType: StructuredValue;
  readonly fields: readonly RawField[];
  readonly start: number;
  /** After the blank line. */
  readonly bodyStart: number;
  readonly end: number;
  /** Of a multipart. */
  readonly children: readonly MimePart[];
  /** Of a message/rfc822. */
  readonly message: MimePart | null;
}

const MAX_PARTS = 1_000;
const MAX_DEPTH = 20;

/** The header is looked at up to here; a section of it is still sent whole. */
const MAX_HEADER_BYTES = 256 * 1024;

/** Finds the parts of a message. Never throws on bytes; past the limits a part has no children. */
export function parseStructure(bytes: Buffer): MimePart {
  let partsLeft = MAX_PARTS;

  const parsePart = (start: number, end: number, fallback: string, depth: number): MimePart => {
    partsLeft -= 1;
    const bodyStart = findBodyStart(bytes, start, end);
    const fields = parseFields(bytes.toString('latin1', start, Math.min(bodyStart, start + MAX_HEADER_BYTES)));
    const contentType = readContentType(fields, fallback);
    const type = contentType.value;
    const part: MimePart = { type, contentType, fields, start, bodyStart, end, children: [], message: null };
    if (depth >= MAX_DEPTH || partsLeft <= 0) return part;
    if (type === 'message/rfc822') {
      return { ...part, message: parsePart(bodyStart, end, 'text/plain', depth + 1) };
    }
    const boundary = contentType.parameters.find(([name]) => name === 'boundary')?.[1] ?? '';
    if (!type.startsWith('multipart/') || boundary === '') return part;
    const childFallback = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
    const children: MimePart[] = [];
    for (const range of partRanges(bytes, boundary, bodyStart, end)) {
      if (partsLeft <= 0) break;
      children.push(parsePart(range.start, range.end, childFallback, depth + 1));
    }
    return { ...part, children };
  };
  return parsePart(0, bytes.length, 'text/plain', 0);
}

/** Where the body begins: after the first empty line; the end when there is none. */
export function findBodyStart(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end;) {
    const lineEnd = bytes.indexOf(0x0a, at);
    if (lineEnd < 0 || lineEnd >= end) return end;
    if (lineEnd === at || (lineEnd === at + 1 && bytes[at] === 0x0d)) return lineEnd + 1;
    at = lineEnd + 1;
  }
  return end;
}

/** Lines of a body, as BODYSTRUCTURE counts them. */
export function countLines(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a, start); at >= 0 && at < end; at = bytes.indexOf(0x0a, at + 1)) count += 1;
  return count;
}

/** Between the boundary lines of a multipart. RFC 2046 5.1.1: the line end before a boundary belongs to it. */
function* partRanges(
  bytes: Buffer,
  boundary: string,
  from: number,
  to: number,
): Generator<{ start: number; end: number }> {
  const mark = Buffer.from(`--${boundary}`, 'latin1');
  let start: number | null = null;
  for (let at = bytes.indexOf(mark, from); at >= 0 && at < to; at = bytes.indexOf(mark, at + 1)) {
    if (at > from && bytes[at - 1] !== 0x0a) continue;
    const lineEnd = bytes.indexOf(0x0a, at);
    const rest = bytes.toString(
      'latin1',
      at + mark.length,
      Math.min(lineEnd < 0 ? to : lineEnd, at + mark.length + 100),
    );
    if (!/^(--)?[ \t]*\r?$/.test(rest)) continue;
    if (start !== null) yield { start, end: Math.max(start, bytes[at - 2] === 0x0d ? at - 2 : at - 1) };
    if (rest.startsWith('--')) return;
    start = lineEnd < 0 ? to : Math.min(lineEnd + 1, to);
  }
  if (start !== null) yield { start, end: to };
}

function readContentType(fields: readonly RawField[], fallback: string): StructuredValue {
  const read = parseStructured(fieldValue(fields, 'content-type') ?? fallback);
  const type = read.value.toLowerCase();
  return /^[^\s/]+\/[^\s/]+$/.test(type) ? { ...read, value: type } : { value: 'text/plain', parameters: [] };
}
