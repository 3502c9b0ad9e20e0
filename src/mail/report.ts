import { parseAddress } from './address.ts';
import type { EmailAddress } from './address.ts';
import { allHeaders, firstHeader, splitMessage } from './headers.ts';
import { parseMessageIds } from './message-id.ts';
import type { ParsedAttachment, ParsedMessage } from './parsed-message.ts';

/** What a report says of one recipient of the message it is about. */
export interface ReportRecipient {
  readonly recipient: EmailAddress | null;
  /** failed, delayed, delivered, relayed or expanded; '' when the report does not say. */
  readonly action: string;
  /** RFC 3463, such as "5.1.1"; '' when the report does not say. */
  readonly status: string;
  readonly hardness: 'hard' | 'soft';
  /** The other server's words. */
  readonly diagnostic: string;
}

export interface MailReport {
  readonly recipients: readonly ReportRecipient[];
  /** Message-IDs of the message the report is about, the surest first. */
  readonly aboutMessageIds: readonly string[];
}

const MAX_ABOUT_MESSAGE_IDS = 20;
const MAX_RECIPIENTS = 1_000;
/** The beginning of a text, where a report names whom it is about. */
const MAX_HEAD_LENGTH = 8 * 1024;
/** How much of a returned message is searched. */
const MAX_RETURNED_BYTES = 64 * 1024;
const MAX_SEARCHED_TEXT = 64 * 1024;

/** The truth of a bounce, recipient by recipient, and which message it is about. */
export function reportRecipients(parsed: ParsedMessage): MailReport {
  return { recipients: recipientsOf(parsed), aboutMessageIds: aboutMessageIds(parsed) };
}

function recipientsOf(parsed: ParsedMessage): readonly ReportRecipient[] {
  if (parsed.deliveryStatus.length > 0) {
    return parsed.deliveryStatus.map(({ recipient, action, status, diagnostic }) => ({
      recipient: addressIn(recipient),
      action,
      status: status === '' ? statusIn(diagnostic) : status,
      hardness: hardnessOf(status, diagnostic),
      diagnostic,
    }));
  }
  const named = allHeaders(parsed.headers, 'x-failed-recipients').flatMap((value) => value.split(','));
  const failed = (named.length > 0 ? named : addressLines(parsed.text)).slice(0, MAX_RECIPIENTS);
  const diagnostic = /^.{0,300}\b[45]\d\d[ -].{0,300}$/m.exec(parsed.text.slice(0, MAX_SEARCHED_TEXT))?.[0] ?? '';
  const status = statusIn(diagnostic);
  return failed.map((value) => ({
    recipient: addressIn(value),
    action: 'failed',
    status,
    hardness: hardnessOf(status, diagnostic),
    diagnostic: diagnostic.trim(),
  }));
}

/** Lines that hold an address and nothing else, as reports without parts name their recipients. */
function addressLines(text: string): readonly string[] {
  const lines = text
    .slice(0, MAX_HEAD_LENGTH)
    .matchAll(/^[ \t]{0,8}<?([^\s<>@]{1,64}@[^\s<>@:]{1,253})>?:?[ \t]{0,8}$/gm);
  return [...new Set([...lines].map((match) => match[1] ?? ''))];
}

/** Hard: trying again will not help. RFC 3463 2: class 5; a full mailbox (X.2.2) and policy of the hour are no such fault. */
function hardnessOf(status: string, diagnostic: string): 'hard' | 'soft' {
  const known = status === '' ? statusIn(diagnostic) : status;
  if (known === '') return /\b5\d\d\b/.test(diagnostic) ? 'hard' : 'soft';
  const [kind, subject, detail] = known.split('.');
  if (kind !== '5') return 'soft';
  return SOFT_DETAILS.has(`${subject}.${detail}`) ? 'soft' : 'hard';
}

/** Mailbox full, message too large for it, system full, congestion, delivery time expired, policy. */
const SOFT_DETAILS: ReadonlySet<string> = new Set(['2.2', '2.3', '3.1', '3.4', '4.5', '4.7', '7.0', '7.1']);

function statusIn(diagnostic: string): string {
  return /(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(diagnostic)?.[0] ?? '';
}

function addressIn(value: string): EmailAddress | null {
  const open = value.lastIndexOf('<');
  const inner = open === -1 ? value : value.slice(open + 1, -1);
  return parseAddress(inner.trim());
}

function aboutMessageIds(parsed: ParsedMessage): readonly string[] {
  const returned = parsed.attachments.filter(isReturnedMessage).flatMap(idsOfReturned);
  const named = [...returned, ...parsed.inReplyTo, ...parsed.references.toReversed(), ...idsInText(parsed.text)];
  return [...new Set(named)].filter((id) => id !== parsed.messageId).slice(0, MAX_ABOUT_MESSAGE_IDS);
}

function isReturnedMessage(attachment: ParsedAttachment): boolean {
  return RETURNED_TYPES.has(attachment.contentType);
}

const RETURNED_TYPES: ReadonlySet<string> = new Set([
  'message/rfc822',
  'message/rfc822-headers',
  'message/global',
  'message/global-headers',
  'text/rfc822-headers',
  // RFC 8098 3.2.5: a receipt names the message it is about.
  'message/disposition-notification',
]);

function idsOfReturned(attachment: ParsedAttachment): readonly string[] {
  const { content } = attachment;
  const length = Math.min(content.byteLength, MAX_RETURNED_BYTES);
  const { fields } = splitMessage(Buffer.from(content.buffer, content.byteOffset, length));
  const value = firstHeader(fields, 'message-id') ?? firstHeader(fields, 'original-message-id') ?? '';
  return parseMessageIds(value, 1);
}

/** Reports without parts quote the header of the message in their text. */
function idsInText(text: string): readonly string[] {
  const lines = text.slice(0, MAX_SEARCHED_TEXT).matchAll(/^[>\s]{0,8}message-id:\s{0,8}(<[^<>\s]{1,996}>)/gim);
  return [...lines].flatMap((match) => (match[1] === undefined ? [] : [match[1]])).slice(0, MAX_ABOUT_MESSAGE_IDS);
}
