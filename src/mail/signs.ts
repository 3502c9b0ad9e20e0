import type { EmailAddress } from './address.ts';
import { BOUNCE_SUBJECTS, DELAY_SUBJECTS } from './bounce-subjects.ts';
import { OUT_OF_OFFICE_SUBJECTS } from './out-of-office-subjects.ts';
import type { ParsedMessage } from './parsed-message.ts';
import type { Sender } from './sender.ts';
import { beginsWithPhrase, indexPhrases } from './subject-phrases.ts';

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

const OUT_OF_OFFICE = indexPhrases(OUT_OF_OFFICE_SUBJECTS);
const BOUNCE = indexPhrases(BOUNCE_SUBJECTS);
const DELAY = indexPhrases(DELAY_SUBJECTS);

/** Whether a header field of that name has a value like that. */
export const has = (signs: Signs, name: Lowercase<string>, pattern = /./): boolean =>
  signs.valuesOf(name).some((value) => pattern.test(value));
/** Whether the message is, or holds, a part of that type. */
export const hasPart = (signs: Signs, pattern: RegExp): boolean =>
  signs.parsed.attachments.some((part) => pattern.test(part.contentType)) ||
  pattern.test(/report-type="?([\w-]+)/i.exec(signs.valuesOf('content-type')[0] ?? '')?.[1] ?? '');
/** Whether a report says one of these actions of a recipient; without actions, a status of that class. */
export const someAction = (signs: Signs, actions: readonly string[], statusClass: string): boolean =>
  signs.parsed.deliveryStatus.some(
    ({ action, status }) => actions.includes(action) || (action === '' && status.startsWith(statusClass)),
  );
/** Whether the subject begins as those of non-delivery reports do. */
export const hasBounceSubject = ({ parsed }: Signs): boolean => beginsWithPhrase(parsed.subject, BOUNCE);
/** Whether the subject begins as those of warnings of a delay do. */
export const hasDelaySubject = ({ parsed }: Signs): boolean => beginsWithPhrase(parsed.subject, DELAY);
/** Whether a mail system writes of a delivery. */
export const isSystemReport = (signs: Signs): boolean =>
  signs.isFromDaemon() && (hasBounceSubject(signs) || hasDelaySubject(signs) || signs.saysUndelivered());
/** Whether the envelope named no sender. */
export const hasNullReturnPath = (signs: Signs): boolean => has(signs, 'return-path', /^\s*<\s*>/);

/** Whether the subject begins as those of automatic replies do. */
export const hasOutOfOfficeSubject = ({ parsed }: Signs): boolean => beginsWithPhrase(parsed.subject, OUT_OF_OFFICE);

/** Whether we made the Message-ID. */
export function isOwnMessageId({ parsed, own }: Signs): boolean {
  return parsed.messageId !== null && own.isOwnMessageId(parsed.messageId);
}

/** Whether it came from an address of the desk. */
export function isOwnSender({ sender, own }: Signs): boolean {
  return sender.is === 'address' && own.isOwnAddress(sender.address);
}
