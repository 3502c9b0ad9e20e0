import { simpleParser } from 'mailparser';
import type { ParsedMail } from 'mailparser';
import { assembleMessage, emptyMail } from './assemble.ts';
import { hasCrOnlyLineEnds } from './header-scan.ts';
import { splitMessage } from './headers.ts';
import type { SplitMessage } from './headers.ts';
import type { Defect, HeaderField, ParsedMessage } from './parsed-message.ts';

/** MIME parts of one message, at any depth. */
export const MAX_PARTS = 1_000;
/** Boundary lines that are read when there are too many: each part has one, and each multipart one more. */
const MAX_BOUNDARY_LINES = 900;
/** How much of a body that no parser takes is shown as it is. */
const MAX_RAW_TEXT_BYTES = 64 * 1024;

const PARSER_OPTIONS = {
  keepDeliveryStatus: true,
  ignoreEmbedded: true,
  skipImageLinks: true,
  skipTextToHtml: true,
  skipHtmlToText: true,
  checksumAlgo: 'sha256',
  maxChildNodes: MAX_PARTS,
};

/**
 * What the bytes of a message say. Takes any bytes and never throws: what was wrong is in `defects`, and what could not
 * be read is withheld. Run it through the pool where a time limit is needed.
 */
export async function parseMessage(bytes: Buffer): Promise<ParsedMessage> {
  const defects: Defect[] = [];
  const whole = withCrlf(bytes, defects);
  const split = splitMessage(whole);
  if (split.isTruncated) defects.push({ id: 'header_block_truncated', detail: 'fields were cut or left out' });
  if (split.hasUndecodableBytes) defects.push({ id: 'undecodable_header_bytes', detail: 'bytes that are not UTF-8' });
  const source = sourceFor(whole, split);
  const body = whole.subarray(bodyOffsetOf(split));
  const mail = orRawText(await readBoundaries(source, split, defects), body, defects);
  try {
    return assembleMessage(split.fields, mail, defects);
  } catch (error) {
    defects.push({ id: 'library_refused', detail: messageOf(error) });
    return assembleMessage(split.fields, { ...emptyMail(), text: rawTextOf(body) }, defects);
  }
}

/**
 * What the header of a message says, for mail over the size limit: its body was not fetched.
 *
 * @param headerBytes the header, with or without the empty line
 * @param sizeBytes the size of the whole message
 */
export async function headersOnlyMessage(headerBytes: Buffer, sizeBytes: number): Promise<ParsedMessage> {
  const parsed = await parseMessage(headerOnly(splitMessage(headerBytes)));
  const defect: Defect = { id: 'headers_only', detail: `the message has ${sizeBytes} bytes` };
  return { ...parsed, text: '', html: null, attachments: [], defects: [...parsed.defects, defect] };
}

function withCrlf(bytes: Buffer, defects: Defect[]): Buffer {
  if (!hasCrOnlyLineEnds(bytes)) return bytes;
  defects.push({ id: 'cr_only_line_ends', detail: 'read as CRLF' });
  return Buffer.from(bytes.toString('latin1').replace(/\r\n?/g, '\r\n'), 'latin1');
}

/** A message without a single header field is all body. */
function bodyOffsetOf(split: SplitMessage): number {
  return split.fields.length === 0 ? 0 : split.bodyOffset;
}

/** The bytes for the library: as received, or with a header written anew where it would misread the one received. */
function sourceFor(whole: Buffer, split: SplitMessage): Buffer {
  const isAsReceived = split.fields.length > 0 && split.headerBytes.byteOffset === whole.byteOffset;
  if (isAsReceived && !split.isTruncated && !split.hasUndecodableBytes) return whole;
  return Buffer.concat([headerOnly(split), whole.subarray(bodyOffsetOf(split))]);
}

function headerOnly(split: SplitMessage): Buffer {
  return Buffer.from(`${split.fields.map(lineOf).join('')}\r\n`);
}

function lineOf(field: HeaderField): string {
  return `${field.name}: ${field.value.replace(/[\r\n]+/g, ' ')}\r\n`;
}

/** Some programs pad their boundary lines, which the library does not know again (RFC 2046 5.1.1): then without padding. */
async function readBoundaries(source: Buffer, split: SplitMessage, defects: Defect[]): Promise<ParsedMail> {
  const mail = await readMail(source, split, defects);
  if (isRead(mail) || !isMultipart(mail) || defects.some((defect) => defect.id === 'too_many_parts')) return mail;
  const trimmed = source.toString('latin1').replace(/^--[^\r\n]*/gm, (line) => line.trimEnd());
  const again =
    trimmed.length === source.length ? mail : await readMail(Buffer.from(trimmed, 'latin1'), split, defects);
  return isRead(again) ? again : mail;
}

/** Whole if it can be; then without the parts beyond the limit; then the header alone. */
async function readMail(source: Buffer, split: SplitMessage, defects: Defect[]): Promise<ParsedMail> {
  try {
    return await simpleParser(source, PARSER_OPTIONS);
  } catch (error) {
    defects.push({ id: 'library_refused', detail: messageOf(error) });
  }
  try {
    const cut = offsetOfBoundaryLine(source, MAX_BOUNDARY_LINES);
    if (cut !== null) {
      const mail = await simpleParser(source.subarray(0, cut), PARSER_OPTIONS);
      defects.push({ id: 'too_many_parts', detail: `more than ${MAX_BOUNDARY_LINES} boundary lines` });
      defects.push({ id: 'body_withheld', detail: `${source.length - cut} bytes from offset ${cut}` });
      return mail;
    }
  } catch (error) {
    defects.push({ id: 'library_refused', detail: messageOf(error) });
  }
  return readHeader(split);
}

/** A body of which nothing was understood, though it has something in it, is shown as it came. */
function orRawText(mail: ParsedMail, body: Buffer, defects: Defect[]): ParsedMail {
  const raw = isRead(mail) ? '' : rawTextOf(body);
  if (raw === '' || !(isMultipart(mail) || defects.some((defect) => defect.id === 'library_refused'))) return mail;
  defects.push({ id: 'body_withheld', detail: `shown raw, at most ${MAX_RAW_TEXT_BYTES} bytes` });
  return { ...mail, text: raw };
}

function rawTextOf(body: Buffer): string {
  return body.toString('utf8', 0, MAX_RAW_TEXT_BYTES).trim();
}

function isRead(mail: ParsedMail): boolean {
  return (mail.text ?? '').trim() !== '' || typeof mail.html === 'string' || mail.attachments.length > 0;
}

function isMultipart(mail: ParsedMail): boolean {
  const value = mail.headers.get('content-type');
  return (
    typeof value === 'object' &&
    'params' in value &&
    typeof value.value === 'string' &&
    /^multipart\//i.test(value.value)
  );
}

async function readHeader(split: SplitMessage): Promise<ParsedMail> {
  try {
    return await simpleParser(headerOnly(split), PARSER_OPTIONS);
  } catch {
    return emptyMail();
  }
}

/** Where the n-th line that begins with two hyphens begins, or null if there are fewer. */
function offsetOfBoundaryLine(source: Buffer, n: number): number | null {
  let at = -1;
  for (let count = 0; count < n; count += 1) {
    at = source.indexOf('\n--', at + 1);
    if (at === -1) return null;
  }
  return at + 1;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'unknown';
}
