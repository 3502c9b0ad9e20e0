import type { EmailAddress } from './address.ts';
import { saysDelayed, speaksAsMailSystem } from './bounce-phrases.ts';
import { BOUNCE_SUBJECTS } from './bounce-subjects.ts';
import { DELAY_SUBJECTS } from './delay-subjects.ts';
import { AWAY_SUBJECTS, OUT_OF_OFFICE_SUBJECTS } from './out-of-office-subjects.ts';
import type { ParsedMessage } from './parsed-message.ts';
import { RECEIPT_PHRASES, RECEIPT_SUBJECTS } from './receipt-words.ts';
import { failuresInText } from './report-text.ts';
import { quotesHeader, returnedParts } from './returned-message.ts';
import type { Sender } from './sender.ts';
import { beginsWithPhrase, behindPhrases, indexPhrases } from './subject-phrases.ts';
import { isForwardSubject } from './subject.ts';

export type MailKind =
  | 'personal'
  | 'auto_reply'
  | 'auto_generated'
  | 'bulk'
  | 'bounce'
  | 'delay'
  | 'delivered_report'
  | 'complaint'
  | 'receipt'
  | 'own';

/** How we know our own mail again; asked of whoever keeps the keys and the addresses of the desk. */
export interface OwnMail {
  readonly isOwnLoopMark: (value: string) => boolean;
  readonly isOwnMessageId: (id: string) => boolean;
  readonly isOwnAddress: (address: EmailAddress) => boolean;
}

/** What the rows look at; the costly ones are worked out once, and only when asked. */
export interface Signs {
  readonly parsed: ParsedMessage;
  readonly sender: Sender;
  readonly own: OwnMail;
  readonly valuesOf: (name: Lowercase<string>) => readonly string[];
  readonly isFromDaemon: () => boolean;
  readonly saysUndelivered: () => boolean;
}

/** A row of the tables. */
export interface Signal {
  /** Stored with every message: never reused. */
  readonly id: string;
  readonly kind: MailKind;
  readonly ref: string;
  /** Why no automatic answer goes, as a sentence for the desk. */
  readonly because: string;
  readonly find: (signs: Signs) => boolean;
}

const OUT_OF_OFFICE = indexPhrases(OUT_OF_OFFICE_SUBJECTS);
const AWAY = indexPhrases(AWAY_SUBJECTS);
const RECEIPT = indexPhrases(RECEIPT_SUBJECTS);
const BOUNCE = indexPhrases(BOUNCE_SUBJECTS);
const DELAY = indexPhrases(DELAY_SUBJECTS);

/** Whether a header field of that name has a value like that. */
export const has = (signs: Signs, name: Lowercase<string>, pattern = /./): boolean =>
  signs.valuesOf(name).some((value) => pattern.test(value));
/** Whether the message is, or holds, a part of that type. */
export const hasPart = (signs: Signs, pattern: RegExp): boolean =>
  signs.parsed.attachments.some((part) => pattern.test(part.contentType)) ||
  pattern.test(/report-type\s{0,4}=\s{0,4}"?([\w-]+)/i.exec(signs.valuesOf('content-type')[0] ?? '')?.[1] ?? '');
/** Whether a report says one of these actions of a recipient; without actions, a status of that class. */
export const someAction = (signs: Signs, actions: readonly string[], statusClass: string): boolean =>
  signs.parsed.deliveryStatus.some(
    ({ action, status }) => actions.includes(action) || (action === '' && status.startsWith(statusClass)),
  );
/** Whether the subject begins as those of non-delivery reports do. */
export const hasBounceSubject = ({ parsed }: Signs): boolean => beginsWithPhrase(parsed.subject, BOUNCE);
/** Whether a mail system warns of a delay, in its subject or its words. */
export const warnsOfDelay = ({ parsed }: Signs): boolean =>
  beginsWithPhrase(parsed.subject, DELAY) || saysDelayed(parsed.text);
/** Whether a person passes a report on: a forward's subject, no mail system, and no report by its own type. */
export const passesReportOn = (signs: Signs): boolean =>
  isForwardSubject(signs.parsed.subject) &&
  !signs.isFromDaemon() &&
  !has(signs, 'content-type', /^\s*multipart\/report\b/i);
/** Whether a message is returned: as a part, or with its header in the text. */
const returnsMessage = ({ parsed }: Signs): boolean => returnedParts(parsed).length > 0 || quotesHeader(parsed.text);
const namesRecipient = ({ parsed }: Signs): boolean => failuresInText(parsed.text).length > 0;
/** Whether a mail system writes of a delivery. "MAILER-DAEMON" writes of nothing else, whatever its words. */
export const isSystemReport = (signs: Signs): boolean =>
  signs.isFromDaemon() &&
  (hasBounceSubject(signs) ||
    warnsOfDelay(signs) ||
    signs.saysUndelivered() ||
    (has(signs, 'from', /mail(?:er)?[-_.]?daemon/i) && (returnsMessage(signs) || namesRecipient(signs))));
/** Whether something more than a subject and common words tells of a mail system, and nothing of a person's program. */
export const isLikeSystemReport = (signs: Signs): boolean =>
  !has(signs, 'user-agent') &&
  !has(signs, 'x-mailer', PERSONAL_PROGRAM) &&
  (speaksAsMailSystem(signs.parsed.text) || returnsMessage(signs) || hasNullReturnPath(signs));

const PERSONAL_PROGRAM = /outlook|apple mail|iphone|ipad|thunderbird|the bat|k-9|webmail|roundcube|horde|zimbra|mutt/i;

/** Whether the envelope named no sender. */
export const hasNullReturnPath = (signs: Signs): boolean => has(signs, 'return-path', /^\s*<\s*>/);

/**
 * Whether the subject begins as those of automatic replies do. In a message of its own the phrase must end there, since
 * "Automatic reply does not work" is a question for the desk; in an answer it may go on.
 */
export function hasOutOfOfficeSubject(signs: Signs): boolean {
  const { inReplyTo, references, subject } = signs.parsed;
  const isAnswer =
    inReplyTo.length > 0 || references.length > 0 || hasNullReturnPath(signs) || has(signs, 'x-auto-response-suppress');
  if (isAnswer) return beginsWithPhrase(subject, OUT_OF_OFFICE) || beginsWithPhrase(subject, AWAY);
  return behindPhrases(subject, OUT_OF_OFFICE).some((rest) => PHRASE_ENDS.test(rest));
}

/** A word that belongs to it; then the end, a mark or a number, another subject, or until when. */
const PHRASE_ENDS =
  /^(?: (?:auto-?reply|reply|response|message|notification|notice|assistant)|メール|通知|邮件|郵件)?(?:$| ?[^\p{L}\p{M}\s]| (?:re|fw|fwd|aw|until|till|bis|jusqu|hasta|até|fino|tot|t\.o\.m|til|do|до)(?!\p{L}))/u;

/** Whether a mail program acknowledges that it was read, in its own words. */
export function isReceiptInWords({ parsed }: Signs): boolean {
  if (parsed.text.length > MAX_RECEIPT_LENGTH || !beginsWithPhrase(parsed.subject, RECEIPT)) return false;
  const text = parsed.text.toLowerCase().replace(/\s+/g, ' ');
  return RECEIPT_PHRASES.some((phrase) => text.includes(phrase));
}

/** A receipt says little. */
const MAX_RECEIPT_LENGTH = 2_000;

/** Whether we made the Message-ID. */
export function isOwnMessageId({ parsed, own }: Signs): boolean {
  return parsed.messageId !== null && own.isOwnMessageId(parsed.messageId);
}

/** Whether it came from an address of the desk. */
export function isOwnSender({ sender, own }: Signs): boolean {
  return sender.is === 'address' && own.isOwnAddress(sender.address);
}
