import { parseAddress } from './address.ts';
import type { EmailAddress } from './address.ts';
import { parseDeliveryStatus } from './delivery-status.ts';
import { statusOf } from './enhanced-status.ts';
import { allHeaders, firstHeader, splitMessage } from './headers.ts';
import { parseMessageIds } from './message-id.ts';
import type { DeliveryStatusRecipient, ParsedMessage } from './parsed-message.ts';
import { plusTokensIn, replyTokens } from './recipients.ts';
import type { PlusToken } from './recipients.ts';
import { failuresInText } from './report-text.ts';
import { beginningOf, MAX_SEARCHED_BYTES, returnedParts } from './returned-message.ts';

/** What a report says of one recipient of the message it is about. */
export interface ReportRecipient {
  readonly recipient: EmailAddress | null;
  /** failed, delayed, delivered, relayed or expanded; '' when the report does not say. */
  readonly action: string;
  /** RFC 3463, such as "5.1.1", from the report's field or the other server's words; '' when neither says. */
  readonly status: string;
  readonly hardness: 'hard' | 'soft';
  /** The other server's words. */
  readonly diagnostic: string;
}

/** Which message a report is about. */
export interface ReportSubject {
  /** Message-IDs of the message, the surest first. */
  readonly aboutMessageIds: readonly string[];
  /** Those of them that the header of the returned message has, or a field that a machine wrote. */
  readonly returnedMessageIds: readonly string[];
  /** Tokens in the addresses of the report and of the message in it: an envelope sender, an address for answers. */
  readonly aboutTokens: readonly PlusToken[];
}

export interface MailReport extends ReportSubject {
  readonly recipients: readonly ReportRecipient[];
}

const MAX_ABOUT_MESSAGE_IDS = 20;
const MAX_RECIPIENTS = 1_000;

/** The truth of a bounce, recipient by recipient, and which message it is about. */
export function reportRecipients(parsed: ParsedMessage): MailReport {
  return { recipients: recipientsOf(parsed), ...reportSubject(parsed) };
}

/** Which message a report of any kind is about. */
export function reportSubject(parsed: ParsedMessage): ReportSubject {
  const returned = returnedParts(parsed).map((part) => beginningOf(part));
  // RFC 8098 3.2.5: a receipt names the message. Exchange does so in its reports too.
  const machine = parsed.attachments.filter(({ contentType }) => MACHINE_TYPES.test(contentType)).map(beginningOf);
  const texts = [...machine.map((part) => part.toString('latin1')), parsed.text.slice(0, MAX_SEARCHED_BYTES)];
  const others = [...parsed.inReplyTo, ...parsed.references.toReversed()].filter((id) => id !== parsed.messageId);
  const ids = [...returned.flatMap(idsOfHeader), ...texts.slice(0, -1).flatMap(idsInText)];
  const named = new Set([...ids, ...others, ...idsInText(texts.at(-1) ?? '')]);
  const tokens = [
    ...replyTokens(parsed),
    ...plusTokensIn([...returned.map((part) => part.toString('latin1')), ...texts]),
  ];
  return {
    aboutMessageIds: [...named].slice(0, MAX_ABOUT_MESSAGE_IDS),
    returnedMessageIds: [...new Set(ids)].slice(0, MAX_ABOUT_MESSAGE_IDS),
    aboutTokens: tokens.filter(({ token }, index) => tokens.findIndex((other) => other.token === token) === index),
  };
}

const MACHINE_TYPES =
  /^message\/(?:disposition-notification|delivery-status|global-delivery-status|global-disposition-notification|feedback-report)$/;

function idsOfHeader(message: Buffer): readonly string[] {
  return parseMessageIds(firstHeader(splitMessage(message).fields, 'message-id') ?? '', 1);
}

/** Reports without parts quote the header of the message; the fields of others are named "Original-Message-ID" and so on. */
function idsInText(text: string): readonly string[] {
  const lines = text.matchAll(/^[>|\s]{0,8}(?:[a-z]{1,20}-){0,3}message-id:\s{0,8}(<[^<>\s]{1,996}>)/gim);
  return [...lines].flatMap((match) => match[1] ?? []).slice(0, MAX_ABOUT_MESSAGE_IDS);
}

function recipientsOf(parsed: ParsedMessage): readonly ReportRecipient[] {
  const fields = parsed.deliveryStatus.length > 0 ? parsed.deliveryStatus : statusInText(parsed.text);
  const failures = failuresInText(parsed.text);
  const named = allHeaders(parsed.headers, 'x-failed-recipients').flatMap((value) => value.split(','));
  if (fields.length > 0) {
    // One recipient whom the fields leave unnamed is the one that the rest of the report names.
    const [only = null, ...others] = new Set([...named.map(addressIn), ...failures.map(({ recipient }) => recipient)]);
    const fallback = fields.length === 1 && others.length === 0 ? only : null;
    return fields.map((field) => recipientOf(field, addressIn(field.recipient) ?? fallback));
  }
  if (named.length === 0) return failures.map(({ recipient, diagnostic }) => failed(recipient, diagnostic));
  return named.slice(0, MAX_RECIPIENTS).map((value) => {
    const recipient = addressIn(value);
    const said = failures.find((failure) => failure.recipient === recipient) ?? failures[0];
    return failed(recipient, said?.diagnostic ?? '');
  });
}

/** Amazon WorkMail and others write the fields of a report into its text. */
function statusInText(text: string): readonly DeliveryStatusRecipient[] {
  const searched = text.slice(0, MAX_SEARCHED_BYTES);
  if (!/^[ \t]{0,8}(?:original|final)-recipient:/im.test(searched)) return [];
  return parseDeliveryStatus(Buffer.from(searched)).filter(({ recipient }) => recipient.includes('@'));
}

const failed = (recipient: EmailAddress | null, diagnostic: string): ReportRecipient =>
  recipientOf({ action: 'failed', status: '', recipient: '', diagnostic }, recipient);

function recipientOf(field: DeliveryStatusRecipient, recipient: EmailAddress | null): ReportRecipient {
  const status = statusOf(field.status, field.diagnostic);
  const { action, diagnostic } = field;
  return { recipient, action, status, hardness: hardnessOf(action, status, diagnostic), diagnostic };
}

/** Hard: trying again will not help. RFC 3463 2: class 5; a full mailbox (X.2.2) and policy of the hour are no such fault. */
function hardnessOf(action: string, status: string, diagnostic: string): 'hard' | 'soft' {
  if (action === 'delayed') return 'soft';
  if (status === '') return /(?<![\d.])5[0-5]\d\b|permanent/i.test(diagnostic) ? 'hard' : 'soft';
  return status.startsWith('5') && !SOFT_DETAILS.has(status.slice(2)) ? 'hard' : 'soft';
}

/** Mailbox full, message too large for it, system full, congestion, delivery time expired, policy. */
const SOFT_DETAILS: ReadonlySet<string> = new Set(['2.2', '2.3', '3.1', '3.4', '4.5', '4.7', '7.0', '7.1']);

/** The address of "ana@desk.example", "<ana@desk.example>" and "Ana <ana@desk.example> (a comment)". */
function addressIn(value: string): EmailAddress | null {
  const text = value.replace(/\s*\([^()]*\)\s*$/, '').trim();
  return parseAddress(/<([^<>]*)>$/.exec(text)?.[1]?.trim() ?? text);
}
