import { isAscii, isUtf8 } from 'node:buffer';
import { repairEncodedWords } from './encoded-words.ts';
import { scanFields } from './header-scan.ts';
import type { FieldSpan } from './header-scan.ts';
import { firstHeader, nameOf, readFields } from './headers.ts';
import { mediaTypeOf, mendContentType, parameterOf, withParameter } from './media-type.ts';
import type { HeaderField } from './parsed-message.ts';
import { MAX_DEPTH } from './part-scan.ts';
import type { Edit, Part } from './part-scan.ts';
import { refoldPart } from './refold.ts';

/** What is known when headers are mended. */
export interface RepairContext {
  /** Charsets that bytes of no known one may be in. */
  readonly nearby: readonly string[];
  /** The name of another charset for a text part, by the one it declares; null: as declared. */
  readonly charsetFor: (declared: string | null) => string | null;
  /** Files are left out when only the texts are read again. */
  readonly takes: 'all' | 'texts';
}

/** How many text files are kept as files beside being shown. */
const MAX_COPIED_TEXTS = 50;
/** How much of a line is looked at to know whether it is a field. */
const MAX_STRAY_SAMPLE = 4 * 1024;

/** What must be written anew of the parts so that a library reads them as they were meant. In order. */
export function repairParts(bytes: Buffer, parts: readonly Part[], context: RepairContext): readonly Edit[] {
  const edits: Edit[] = [];
  let isFirstText = true;
  let copies = 0;
  for (const part of parts) {
    const isText = isShownText(bytes, part);
    if (context.takes === 'texts' && !isText && !part.isMultipart) {
      edits.push({ start: part.header.start, end: part.bodyEnd, pieces: [LEFT_OUT] });
      continue;
    }
    const mended = mendPart(bytes, part, context);
    if (mended !== null) edits.push(mended);
    if (!isText) continue;
    const isFile = !isFirstText && part.parentType !== 'multipart/alternative' && isNamed(bytes, part);
    if (isFile && copies < MAX_COPIED_TEXTS && context.takes === 'all') {
      copies += 1;
      edits.push(copyAsFile(bytes, part, context.nearby));
    }
    isFirstText = false;
  }
  return edits;
}

const LEFT_OUT = Buffer.from('Content-Type: application/octet-stream\r\n\r\n');

/**
 * The fields of a header for the library: encoded-words it would misread written anew, parameters put back that were
 * folded without a blank, a malformed type read as RFC 2045 5.2 says.
 *
 * @returns null if it can be given as it is
 */
export function mendFields(
  bytes: Buffer,
  spans: readonly FieldSpan[],
  { nearby, charsetFor }: RepairContext,
): readonly HeaderField[] | null {
  const [first] = spans;
  const last = spans.at(-1);
  const hasWords = first !== undefined && last !== undefined && bytes.subarray(first.start, last.end).includes('=?');
  let isMended = false;
  const fields = spans.flatMap((span) => {
    if (!hasWords) return readFields(bytes, [span], nearby);
    const words = repairEncodedWords(bytes.toString('latin1', span.colon + 1, span.end), nearby);
    if (words === null) return readFields(bytes, [span], nearby);
    isMended = true;
    const line = Buffer.from(`${nameOf(bytes, span)}:${words}`, 'latin1');
    return readFields(line, scanFields(line, 0).fields, nearby);
  });
  const typed = mendType(fields, charsetFor);
  return typed ?? (isMended ? fields : null);
}

/** The lines of a header, without the empty one; in UTF-8. */
export function writeFields(fields: readonly HeaderField[]): Buffer {
  return Buffer.from(fields.map(({ name, value }) => `${name}: ${value.replace(/[\r\n]+/g, ' ')}\r\n`).join(''));
}

function mendPart(bytes: Buffer, part: Part, context: RepairContext): Edit | null {
  const { header } = part;
  const whole = bytes.subarray(header.start, header.end);
  const refolded = refoldPart(bytes, header);
  const bodyFrom = refolded === null ? strayBody(bytes, part) : null;
  const source = refolded ?? bytes;
  const scanned = refolded === null ? header.fields : scanFields(refolded, 0).fields;
  const spans = bodyFrom === null ? scanned : scanned.filter((span) => span.start < bodyFrom);
  const type = typeFor(part);
  const fields =
    type === null ? mendFields(source, spans, context) : withTypeOf(readFields(source, spans, context.nearby), type);
  const isReadable = isAscii(whole) || isUtf8(whole);
  // The empty line behind the header stays where it is; where there is none, or one of blanks, one is needed.
  const isClosed = bodyFrom === null && header.isEnded && isLineEnd(bytes[header.end]);
  if (fields === null && isReadable && refolded === null && isClosed && !header.isTruncated) return null;
  const lines = writeFields(fields ?? readFields(source, spans, context.nearby));
  const end = bodyFrom ?? (isClosed ? header.end : header.bodyOffset);
  return { start: header.start, end, pieces: isClosed ? [lines] : [lines, Buffer.from('\r\n')] };
}

/** Whether a line ends there, so that it is empty if it begins there too. */
export const isLineEnd = (byte: number | undefined): boolean => byte === 0x0d || byte === 0x0a;

/** RFC 2046 5.1.5: the parts of a digest are messages. What lies too deep is shown as it is. */
function typeFor(part: Part): string | null {
  if (part.isMultipart && part.depth >= MAX_DEPTH) return 'text/plain';
  return part.contentType === '' && part.parentType === 'multipart/digest' ? 'message/rfc822' : null;
}

/**
 * Where the text begins in a part whose header no empty line ends before it: at the first line that is no field. Lines
 * that continue a field without a blank are none, nor is a field with a name that is too long.
 */
function strayBody(bytes: Buffer, { header }: Part): number | null {
  const { firstStray, fields } = header;
  if (firstStray === null) return null;
  if (fields.some((span) => span.start > firstStray)) return null;
  const before = fields.at(-1);
  const continues = before !== undefined && bytes.toString('latin1', before.colon + 1, before.end).trim() === '';
  const isField = /^[!-9;-~]+[ \t]?:/.test(bytes.toString('latin1', firstStray, firstStray + MAX_STRAY_SAMPLE));
  return continues || isField ? null : firstStray;
}

/** The fields with a type and a transfer encoding that a library knows; null if there is nothing to mend. */
export function mendType(
  fields: readonly HeaderField[],
  charsetFor: RepairContext['charsetFor'],
): readonly HeaderField[] | null {
  const type = firstHeader(fields, 'content-type');
  const mended = type === null || type === '' ? null : mendContentType(type, isFile(fields));
  const read = mended ?? type ?? '';
  const isText = read === '' || TEXT.test(mediaTypeOf(read));
  const charset = isText ? charsetFor(parameterOf(read, 'charset')) : null;
  const encoding = mendEncoding(firstHeader(fields, 'content-transfer-encoding'));
  if (mended === null && charset === null && encoding === null) return null;
  const typed =
    mended === null && charset === null
      ? fields
      : withTypeOf(
          fields,
          charset === null ? read : withParameter(read === '' ? 'text/plain' : read, 'charset', charset),
        );
  return encoding === null ? typed : [{ name: 'content-transfer-encoding', value: encoding }, ...typed];
}

const TEXT = /^text\/(?:plain|html)$/;

/** A transfer encoding in quotes or with something behind it; null when it is plain or unknown. */
function mendEncoding(value: string | null): string | null {
  const known = value === null ? null : /^["'\s]{0,4}(base64|quoted-printable)\b/i.exec(value)?.[1];
  return known === undefined || known === null || known.length === value?.trim().length ? null : known;
}

/** The first field of a name is the one that counts. */
const withTypeOf = (fields: readonly HeaderField[], value: string): readonly HeaderField[] => [
  { name: 'content-type', value },
  ...fields.filter(({ name }) => name !== 'content-type'),
];

function isFile(fields: readonly HeaderField[]): boolean {
  const disposition = firstHeader(fields, 'content-disposition') ?? '';
  const type = firstHeader(fields, 'content-type') ?? '';
  return (
    /^\s*attachment/i.test(disposition) ||
    parameterOf(disposition, 'filename') !== null ||
    parameterOf(type, 'name') !== null
  );
}

/** Whether a part is text that is shown, not kept as a file. */
export function isShownText(bytes: Buffer, part: Part): boolean {
  if (part.isMultipart || !(part.type === '' || TEXT.test(part.type))) return false;
  return !/^\s*attachment/i.test(dispositionOf(bytes, part));
}

function isNamed(bytes: Buffer, part: Part): boolean {
  const name = parameterOf(dispositionOf(bytes, part), 'filename') ?? parameterOf(part.contentType, 'name') ?? '';
  return name.trim() !== '';
}

function dispositionOf(bytes: Buffer, { header }: Part): string {
  const span = header.fields.find((field) => nameOf(bytes, field) === 'content-disposition');
  return span === undefined ? '' : bytes.toString('latin1', span.colon + 1, span.end);
}

/** A text file that is shown in the text is a file too: the same part once more, as an attachment. */
function copyAsFile(bytes: Buffer, part: Part, nearby: readonly string[]): Edit {
  const fields = readFields(bytes, part.header.fields, nearby);
  const disposition = (firstHeader(fields, 'content-disposition') ?? '').replace(/^[^;]*/, 'attachment');
  const others = fields.filter(({ name }) => name !== 'content-disposition');
  const header = writeFields([...others, { name: 'content-disposition', value: disposition }]);
  const pieces = [
    Buffer.from(`\r\n--${part.parentBoundary}\r\n`, 'latin1'),
    header,
    Buffer.from('\r\n'),
    bytes.subarray(part.bodyStart, part.bodyEnd),
  ];
  return { start: part.bodyEnd, end: part.bodyEnd, pieces };
}
