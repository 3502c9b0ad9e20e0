import { isUtf8 } from 'node:buffer';
import { simpleParser } from 'mailparser';
import type { ParsedMail, SimpleParserOptions } from 'mailparser';
import { assembleMessage, emptyMail } from './assemble.ts';
import { unpackFiles } from './embedded-files.ts';
import { hasCrOnlyLineEnds } from './header-scan.ts';
import { charsetsNear, firstHeader, splitMessage } from './headers.ts';
import type { SplitMessage } from './headers.ts';
import { liftFiles, withFiles } from './lifted-files.ts';
import { mediaTypeOf, parameterOf, withParameter } from './media-type.ts';
import { decoderWith, markedCharset, misreadCount } from './part-charsets.ts';
import { isLineEnd, mendFields, mendType, repairParts, writeFields } from './part-repairs.ts';
import type { RepairContext } from './part-repairs.ts';
import { MAX_DEPTH, MAX_PARTS, scanParts } from './part-scan.ts';
import type { Edit, PartScan } from './part-scan.ts';
import type { Defect, HeaderField, ParsedMessage } from './parsed-message.ts';
import { rawText, withHtmlApart, withReadableText } from './readable-text.ts';
import { refold } from './refold.ts';
import { asInput, withEdits } from './source.ts';
import { fromUtf16 } from './utf16.ts';

const PARSER_OPTIONS: SimpleParserOptions = {
  keepDeliveryStatus: true,
  ignoreEmbedded: true,
  skipImageLinks: true,
  skipTextToHtml: true,
  skipHtmlToText: true,
  checksumAlgo: 'sha256',
  // We cut at the limit ourselves; text files that are kept as files come on top.
  maxChildNodes: 2 * MAX_PARTS,
};

/** A message laid out for the library: what it is given of it, and how the parts lie. */
interface Layout {
  readonly bytes: Buffer;
  readonly split: SplitMessage;
  readonly bodyStart: number;
  readonly context: RepairContext;
  /** The message's own header for the library; null: as received. */
  readonly fields: readonly HeaderField[] | null;
  /** Whether those have another type than was received. */
  readonly isRetyped: boolean;
  readonly scan: PartScan;
}

/**
 * What the bytes of a message say. Takes any bytes and never throws: what was wrong is in `defects`, and what could not
 * be read is withheld. Run it through the pool where a time limit is needed.
 */
export async function parseMessage(bytes: Buffer): Promise<ParsedMessage> {
  const defects: Defect[] = [];
  const layout = layOut(withCrlf(fromUtf16(bytes, defects), defects), defects);
  const { split, bodyStart, fields, scan } = layout;
  const body = layout.bytes.subarray(bodyStart);
  const contentType = firstHeader(fields ?? split.fields, 'content-type') ?? '';
  const read = await withTexts(layout, await readMail(layout, defects), defects);
  const mail = withReadableText(withHtmlApart(layout.bytes, scan.parts, read), contentType, scan.parts, body, defects);
  try {
    return assembleMessage(split.fields, unpackFiles(mail, defects), defects);
  } catch (error) {
    defects.push({ id: 'library_refused', detail: messageOf(error) });
    return assembleMessage(split.fields, { ...emptyMail(), text: rawText(body) }, defects);
  }
}

/**
 * What the header of a message says, for mail over the size limit: its body was not fetched.
 *
 * @param headerBytes the header, with or without the empty line
 * @param sizeBytes the size of the whole message
 */
export async function headersOnlyMessage(headerBytes: Buffer, sizeBytes: number): Promise<ParsedMessage> {
  const parsed = await parseMessage(headerOnly(splitMessage(headerBytes).fields));
  const defect: Defect = {
    id: 'headers_only',
    detail: `the message has ${sizeBytes} bytes, of which the header was read`,
  };
  return { ...parsed, text: '', html: null, attachments: [], defects: [...parsed.defects, defect] };
}

function withCrlf(bytes: Buffer, defects: Defect[]): Buffer {
  if (!hasCrOnlyLineEnds(bytes)) return bytes;
  defects.push({ id: 'cr_only_line_ends', detail: 'lines that end with CR alone, read as CRLF' });
  return Buffer.from(bytes.toString('latin1').replace(/\r\n?/g, '\r\n'), 'latin1');
}

function layOut(received: Buffer, defects: Defect[]): Layout {
  const { bytes, split } = splitRefolded(received);
  if (split.isTruncated) {
    defects.push({
      id: 'header_block_truncated',
      detail: 'the header is over its limits: fields were cut or left out',
    });
  }
  if (split.hasUndecodableBytes) {
    defects.push({ id: 'undecodable_header_bytes', detail: 'header bytes that are not UTF-8, read by a guess' });
  }
  const nearby = split.nearby.length > 0 || isUtf8(bytes) ? split.nearby : charsetsNear(bytes, split.scan.fields);
  const context: RepairContext = { nearby, charsetFor: () => null, takes: 'all' };
  const bodyStart = bodyStartOf(split);
  const mended = mendFields(bytes, split.scan.fields, context);
  const contentType = firstHeader(mended ?? split.fields, 'content-type') ?? '';
  const scan = scanParts(bytes, bodyStart, contentType);
  defects.push(...defectsOf(scan, bytes.length));
  const type = typeFor(contentType, scan, bytes.subarray(bodyStart));
  if (type !== null) defects.push(TYPE_DEFECTS[scan.guessedBoundary === null ? 'none' : 'other']);
  const fields = type === null ? mended : withType(mended ?? split.fields, type);
  return { bytes, split, bodyStart, context, fields, isRetyped: type !== null, scan };
}

/** Parameters that were folded without a blank are put back before anything is read. */
function splitRefolded(bytes: Buffer): { readonly bytes: Buffer; readonly split: SplitMessage } {
  const split = splitMessage(bytes);
  const { headerBytes, scan } = split;
  const refolded = scan.firstStray === null ? null : refold(headerBytes);
  if (refolded === null) return { bytes, split };
  const rest = bytes.subarray(scan.start + headerBytes.length);
  const mended = Buffer.concat([bytes.subarray(0, scan.start), refolded, rest]);
  return { bytes: mended, split: splitMessage(mended) };
}

/** A message without a single header field is all body; one without an empty line goes on where the fields end. */
function bodyStartOf({ fields, bodyOffset, scan }: SplitMessage): number {
  if (fields.length === 0) return 0;
  return scan.isEnded ? bodyOffset : (scan.firstStray ?? bodyOffset);
}

/** A line end or two. */
const EMPTY_BODY_BYTES = 4;

/** A multipart with another boundary than it names, or with none at all: that is a text. null: it is as it says. */
function typeFor(contentType: string, { parts, guessedBoundary }: PartScan, body: Buffer): string | null {
  if (guessedBoundary !== null) return withParameter(contentType, 'boundary', guessedBoundary);
  const boundary = parameterOf(contentType, 'boundary');
  const isEmpty =
    mediaTypeOf(contentType).startsWith('multipart/') &&
    parts.length === 0 &&
    body.length > EMPTY_BODY_BYTES &&
    !(boundary !== null && body.includes(`--${boundary}`, 0, 'latin1'));
  return isEmpty ? `text/plain; charset="${parameterOf(contentType, 'charset') ?? ''}"` : null;
}

const TYPE_DEFECTS: Readonly<Record<'none' | 'other', Defect>> = {
  none: { id: 'boundary_guessed', detail: 'no boundary of the parts was found: the body is shown as one text' },
  other: { id: 'boundary_guessed', detail: 'the boundary of the parts was not the one named: found in the body' },
};

function withType(fields: readonly HeaderField[], value: string): readonly HeaderField[] {
  return [{ name: 'content-type', value }, ...fields.filter(({ name }) => name !== 'content-type')];
}

function defectsOf({ cutAt, isTooDeep }: PartScan, sizeBytes: number): readonly Defect[] {
  const defects: Defect[] = [];
  if (isTooDeep) {
    defects.push({ id: 'too_deep', detail: `parts nested more than ${MAX_DEPTH} deep are shown as they are` });
  }
  if (cutAt !== null) {
    defects.push({ id: 'too_many_parts', detail: `more than ${MAX_PARTS} parts` });
    defects.push({ id: 'body_withheld', detail: `${sizeBytes - cutAt} bytes of parts beyond the limit` });
  }
  return defects;
}

/** The bytes for the library: as received, but for what it would misread. */
function piecesOf(
  { bytes, split, bodyStart, fields, scan }: Layout,
  context: RepairContext,
  lifted: readonly Edit[] = [],
): readonly Buffer[] {
  const edits = [...scan.edits, ...repairParts(bytes, scan.parts, context), ...lifted];
  const end = scan.cutAt ?? bytes.length;
  const isAsReceived = fields === null && !split.isTruncated && !split.hasUndecodableBytes && isWhole(bytes, split);
  if (isAsReceived) return withEdits(bytes, 0, end, edits);
  return [headerOnly(fields ?? split.fields), ...withEdits(bytes, bodyStart, end, edits)];
}

/** Whether the library finds the same header: at the very beginning, with an empty line behind it. */
const isWhole = (bytes: Buffer, { fields, scan }: SplitMessage): boolean =>
  fields.length > 0 && scan.start === 0 && (scan.isEnded ? isLineEnd(bytes[scan.end]) : scan.firstStray === null);

function headerOnly(fields: readonly HeaderField[]): Buffer {
  return Buffer.concat([writeFields(fields), Buffer.from('\r\n')]);
}

/** Whole if it can be; else the header alone. */
async function readMail(layout: Layout, defects: Defect[]): Promise<ParsedMail> {
  try {
    const lifted = liftFiles(layout.bytes, layout.scan.parts);
    const pieces = piecesOf(layout, layout.context, lifted.edits);
    const mail = withFiles(await simpleParser(asInput(pieces), PARSER_OPTIONS), lifted);
    return mail ?? (await simpleParser(asInput(piecesOf(layout, layout.context)), PARSER_OPTIONS));
  } catch (error) {
    defects.push({ id: 'library_refused', detail: messageOf(error) });
  }
  try {
    return await simpleParser(headerOnly(layout.fields ?? layout.split.fields), PARSER_OPTIONS);
  } catch {
    return emptyMail();
  }
}

/** Texts in a charset that was not declared, or not rightly, are read once more, by themselves. */
async function withTexts(layout: Layout, mail: ParsedMail, defects: Defect[]): Promise<ParsedMail> {
  const misread = misreadCount(mail.text) + misreadCount(mail.html);
  if (misread === 0) return mail;
  const nearby = charsetsNear(layout.bytes, layout.split.scan.fields);
  const context: RepairContext = { nearby, charsetFor: markedCharset, takes: 'texts' };
  const spans = layout.split.scan.fields;
  const { fields: typed, isRetyped } = layout;
  const mended = isRetyped ? mendType(typed ?? [], markedCharset) : mendFields(layout.bytes, spans, context);
  const fields = mended ?? typed;
  const pieces = piecesOf({ ...layout, fields }, context);
  try {
    const { text, html } = await simpleParser(asInput(pieces), { ...PARSER_OPTIONS, Iconv: decoderWith(nearby) });
    if (misreadCount(text) + misreadCount(html) >= misread) return mail;
    defects.push({ id: 'charset_guessed', detail: 'text in another charset than was declared, read by a guess' });
    return { ...mail, ...(text === undefined ? {} : { text }), ...(html === undefined ? {} : { html }) };
  } catch {
    return mail;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'unknown';
}
