import type { Attachment, HeaderValue, ParsedMail } from 'mailparser';
import { decodeDeclared, decodeUndeclared } from './charset.ts';
import { htmlToText } from './html-text.ts';
import { mediaTypeOf, parameterOf } from './media-type.ts';
import type { Defect } from './parsed-message.ts';
import { isShownText } from './part-repairs.ts';
import type { Part } from './part-scan.ts';

/** How much of a body that no parser takes is shown as it is. */
const MAX_RAW_TEXT_BYTES = 64 * 1024;
const MAX_HTML_LENGTH = 2 * 1024 * 1024;

/** Types a person can read when there is nothing else; files that have a name are files. */
const READABLE = /^(?:message\/(?:global-)?delivery-status|text\/(?:enriched|richtext|markdown|x-markdown))$/;

/**
 * The mail with the text of its HTML where that is no other form of the plain text but stands beside it, as behind it
 * the footer of a mailing list does.
 */
export function withHtmlApart(bytes: Buffer, parts: readonly Part[], mail: ParsedMail): ParsedMail {
  const { text, html } = mail;
  if (text === undefined || text.trim() === '' || typeof html !== 'string') return mail;
  const shown = parts.filter((part) => isShownText(bytes, part));
  const isHtml = ({ type }: Part): boolean => type === 'text/html';
  if (!shown.some(isHtml) || shown.every(isHtml) || shown.some((part) => isHtml(part) && part.isAlternative))
    return mail;
  const htmlText = htmlToText(html.slice(0, MAX_HTML_LENGTH));
  const [first] = shown;
  const texts = first !== undefined && isHtml(first) ? [htmlText, text] : [text, htmlText];
  return { ...mail, text: texts.filter((found) => found.trim() !== '').join('\n') };
}

/** The mail with something to read: where its text is empty, that of a part which is none, or the body as it came. */
export function withReadableText(
  mail: ParsedMail,
  contentType: string,
  parts: readonly Part[],
  body: Buffer,
  defects: Defect[],
): ParsedMail {
  if (isReadable(mail)) return mail;
  const text = mail.attachments.map(textOfFile).find((found) => found.trim() !== '');
  if (text !== undefined) return { ...mail, text };
  if (mail.attachments.length > 0) return mail;
  const isRefused = defects.some(({ id }) => id === 'library_refused');
  const raw = isRefused || promisesOtherParts(contentType, parts) ? rawText(body) : '';
  if (raw === '') return mail;
  defects.push({ id: 'body_withheld', detail: `shown as it came, at most ${MAX_RAW_TEXT_BYTES} bytes` });
  return { ...mail, text: raw };
}

/** The beginning of a body as it came. */
export function rawText(body: Buffer): string {
  return decodeUndeclared(body.subarray(0, MAX_RAW_TEXT_BYTES)).trim();
}

function isReadable({ text, html }: ParsedMail): boolean {
  if ((text ?? '').trim() !== '') return true;
  return typeof html === 'string' && (/<img\b/i.test(html) || htmlToText(html.slice(0, MAX_RAW_TEXT_BYTES)) !== '');
}

/** Whether the header promises parts that are not there, or names a boundary for what has no parts. */
function promisesOtherParts(contentType: string, parts: readonly Part[]): boolean {
  const isMultipart = mediaTypeOf(contentType).startsWith('multipart/');
  return isMultipart ? parts.length === 0 : parameterOf(contentType, 'boundary') !== null;
}

function textOfFile({ contentType, filename, content, headers }: Attachment): string {
  const given: unknown = contentType;
  if (typeof given !== 'string' || !READABLE.test(given.toLowerCase()) || filename !== undefined) return '';
  return decodeDeclared(content, charsetOf(headers.get('content-type'))).replaceAll('\r\n', '\n');
}

function charsetOf(value: HeaderValue | undefined): string | null {
  if (typeof value !== 'object' || !('params' in value) || typeof value.params !== 'object') return null;
  return 'charset' in value.params ? (value.params.charset ?? null) : null;
}
