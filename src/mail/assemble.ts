import type { AddressObject, Attachment, EmailAddress as LibraryAddress, ParsedMail } from 'mailparser';
import { parseDeliveryStatus } from './delivery-status.ts';
import { allHeaders, firstHeader } from './headers.ts';
import { htmlToText } from './html-text.ts';
import { MAX_MESSAGE_ID_LENGTH, parseMessageIds } from './message-id.ts';
import type {
  Defect,
  DeliveryStatusRecipient,
  DisplayAddress,
  HeaderField,
  ParsedAttachment,
  ParsedMessage,
} from './parsed-message.ts';

export const MAX_TEXT_LENGTH = 1024 * 1024;
const MAX_HTML_LENGTH = 2 * 1024 * 1024;
const MAX_LINE_LENGTH = 998;
const MAX_FILE_NAME_LENGTH = 255;
const MAX_ADDRESSES = 2_000;
const MAX_REFERENCES = 20;
/** Of all attachments together: twice the largest message we take. */
const MAX_DECODED_BYTES = 2 * 50 * 1024 * 1024;

const SINGLE_FIELDS = ['from', 'subject'] as const;
const EARLIEST_YEAR = 1970;
const LATEST_YEAR = 9999;

/**
 * The value of a message: our own reading of its fields with the library's reading of its body and its display names.
 *
 * @param fields as `splitMessage` gives them
 * @param found what was wrong so far
 */
export function assembleMessage(
  fields: readonly HeaderField[],
  mail: ParsedMail,
  found: readonly Defect[],
): ParsedMessage {
  const html = typeof mail.html === 'string' ? mail.html : null;
  const written = mail.text ?? '';
  const text = written.trim() === '' && html !== null ? htmlToText(html.slice(0, MAX_HTML_LENGTH)) : written;
  const attachments = withinDecodedSize(mail.attachments);
  return {
    headers: fields.map(({ name, value }) => ({ name, value: visible(value) })),
    messageId: messageIdOf(firstHeader(fields, 'message-id')),
    inReplyTo: parseMessageIds(allHeaders(fields, 'in-reply-to').join(' '), MAX_REFERENCES),
    references: parseMessageIds(allHeaders(fields, 'references').join(' '), MAX_REFERENCES),
    subject: clean(mail.subject ?? '')
      .replace(/[\r\n]+[ \t]*/g, ' ')
      .slice(0, MAX_LINE_LENGTH)
      .toWellFormed(),
    date: dateOf(firstHeader(fields, 'date')),
    from: addressesOf(mail.from),
    replyTo: addressesOf(mail.replyTo),
    to: addressesOf(mail.to),
    cc: addressesOf(mail.cc),
    text: cut(clean(text), MAX_TEXT_LENGTH),
    html: html === null ? null : cut(clean(html), MAX_HTML_LENGTH),
    attachments: attachments.map(attachmentOf),
    deliveryStatus: attachments.flatMap(deliveryStatusOf),
    defects: [...found, ...defectsOf(fields, mail, text, html, attachments)],
  };
}

/** What the library would say of a message that says nothing. */
export function emptyMail(): ParsedMail {
  return { attachments: [], headers: new Map(), headerLines: [] };
}

function defectsOf(
  fields: readonly HeaderField[],
  mail: ParsedMail,
  text: string,
  html: string | null,
  kept: readonly Attachment[],
): readonly Defect[] {
  const defects: Defect[] = [];
  for (const name of SINGLE_FIELDS) {
    const count = allHeaders(fields, name).length;
    if (count > 1) defects.push({ id: 'duplicate_header', detail: `${name}: ${count} times, the first counts` });
  }
  const hasNul = fields.some((field) => field.value.includes('\0')) || text.includes('\0') || html?.includes('\0');
  if (hasNul === true) defects.push({ id: 'nul_removed', detail: 'NUL characters' });
  if (text.length > MAX_TEXT_LENGTH)
    defects.push({ id: 'text_truncated', detail: `text of ${text.length} characters` });
  if (html !== null && html.length > MAX_HTML_LENGTH) {
    defects.push({ id: 'text_truncated', detail: `HTML of ${html.length} characters` });
  }
  const withheld = mail.attachments.length - kept.length;
  if (withheld > 0) defects.push({ id: 'decoded_size_exceeded', detail: `${withheld} attachments withheld` });
  return defects;
}

/** A field value with NUL made visible, not removed: an address that held one must not become an address. */
function visible(value: string): string {
  return value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
}

/** Without NUL and lone surrogates, which PostgreSQL refuses in text and jsonb. */
function clean(text: string): string {
  const withoutNul = text.includes('\0') ? text.replaceAll('\0', '') : text;
  return withoutNul.isWellFormed() ? withoutNul : withoutNul.replace(/\p{Surrogate}/gu, '');
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : clean(text.slice(0, max));
}

function messageIdOf(value: string | null): string | null {
  if (value === null) return null;
  const [first] = parseMessageIds(value, Number.MAX_SAFE_INTEGER);
  if (first !== undefined) return first;
  // Some programs leave the brackets out.
  return /^[^<>\s\p{Cc}\ufffd]+$/u.test(value) && value.length <= MAX_MESSAGE_ID_LENGTH - 2 ? `<${value}>` : null;
}

function dateOf(value: string | null): Date | null {
  if (value === null || value.length > MAX_LINE_LENGTH) return null;
  const date = new Date(value);
  const year = date.getUTCFullYear();
  return year >= EARLIEST_YEAR && year <= LATEST_YEAR ? date : null;
}

function addressesOf(value: AddressObject | AddressObject[] | undefined): readonly DisplayAddress[] {
  const addresses: DisplayAddress[] = [];
  const objects = value === undefined ? [] : Array.isArray(value) ? value : [value];
  for (const object of objects) collectAddresses(object.value, addresses);
  return addresses;
}

/** The members of groups count as if they stood alone; the depth is bounded by the library, which nests groups once. */
function collectAddresses(found: readonly LibraryAddress[], into: DisplayAddress[]): void {
  for (const { name, address, group } of found) {
    if (into.length >= MAX_ADDRESSES) return;
    if (group !== undefined) collectAddresses(group, into);
    else {
      into.push({
        name: clean(name).slice(0, MAX_LINE_LENGTH).toWellFormed(),
        address: clean(visible(address ?? ''))
          .slice(0, MAX_LINE_LENGTH)
          .toWellFormed(),
      });
    }
  }
}

function withinDecodedSize(attachments: readonly Attachment[]): readonly Attachment[] {
  let total = 0;
  return attachments.filter((attachment) => (total += attachment.content.length) <= MAX_DECODED_BYTES);
}

function attachmentOf(attachment: Attachment): ParsedAttachment {
  const contentType = typeOf(attachment);
  const contentId = attachment.cid === undefined ? '' : clean(attachment.cid);
  return {
    fileName: clean(attachment.filename ?? '')
      .slice(0, MAX_FILE_NAME_LENGTH)
      .toWellFormed(),
    contentType: MIME_TYPE.test(contentType) ? contentType : 'application/octet-stream',
    contentId: contentId === '' ? null : contentId.slice(0, MAX_LINE_LENGTH).toWellFormed(),
    isInline: attachment.contentDisposition === 'inline' || attachment.related === true,
    content: attachment.content,
    sha256: attachment.checksum,
  };
}

const MIME_TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/;

/** The library gives `false` for a Content-Type without a value, whatever its types say. */
function typeOf(attachment: Attachment): string {
  const given: unknown = attachment.contentType;
  return typeof given === 'string' ? given.toLowerCase() : '';
}

function deliveryStatusOf(attachment: Attachment): readonly DeliveryStatusRecipient[] {
  const isReport = /^message\/(?:global-)?delivery-status$/i.test(typeOf(attachment));
  return isReport ? parseDeliveryStatus(attachment.content).map(cleanRecipient) : [];
}

function cleanRecipient(recipient: DeliveryStatusRecipient): DeliveryStatusRecipient {
  return { ...recipient, recipient: visible(recipient.recipient), diagnostic: clean(recipient.diagnostic) };
}
