import {
  BOUNCE_SUBJECTS,
  DELAY_SUBJECTS,
  OUT_OF_OFFICE_SUBJECTS,
  beginsWithPhrase,
  indexPhrases,
} from './automatic-subjects.ts';
import type { EmailAddress } from './address.ts';
import { isNoReply } from './address.ts';
import type { ParsedMessage } from './parsed-message.ts';
import type { Sender } from './sender.ts';

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

export interface Signal {
  /** Stored with every message: never reused. */
  readonly id: string;
  readonly kind: MailKind;
  readonly ref: string;
  /** Why no automatic answer goes, as a sentence for the desk. */
  readonly because: string;
  readonly find: (signs: Signs) => boolean;
}

/** Trace fields of one message: more is a loop. */
export const MAX_HOPS = 50;
export const LOOP_HEADER = 'x-deskbell-loop';

const OUT_OF_OFFICE = indexPhrases(OUT_OF_OFFICE_SUBJECTS);
const BOUNCE = indexPhrases(BOUNCE_SUBJECTS);
const DELAY = indexPhrases(DELAY_SUBJECTS);

const has = (signs: Signs, name: Lowercase<string>, pattern = /./): boolean =>
  signs.valuesOf(name).some((value) => pattern.test(value));
const hasPart = (signs: Signs, pattern: RegExp): boolean =>
  signs.parsed.attachments.some((part) => pattern.test(part.contentType)) ||
  pattern.test(/report-type="?([\w-]+)/i.exec(signs.valuesOf('content-type')[0] ?? '')?.[1] ?? '');
const someAction = (signs: Signs, actions: readonly string[], statusClass: string): boolean =>
  signs.parsed.deliveryStatus.some(
    ({ action, status }) => actions.includes(action) || (action === '' && status.startsWith(statusClass)),
  );
const hasBounceSubject = ({ parsed }: Signs): boolean => beginsWithPhrase(parsed.subject, BOUNCE);
const hasDelaySubject = ({ parsed }: Signs): boolean => beginsWithPhrase(parsed.subject, DELAY);
const isSystemReport = (signs: Signs): boolean =>
  signs.isFromDaemon() && (hasBounceSubject(signs) || hasDelaySubject(signs) || signs.saysUndelivered());
const hasNullReturnPath = (signs: Signs): boolean => has(signs, 'return-path', /^\s*<\s*>/);

/** One row for each header with which a responder names itself; a mail system's report that carries it too is none. */
const responder = (id: string, name: Lowercase<string>, pattern: RegExp, ref: string): Signal => ({
  id,
  kind: 'auto_reply',
  ref,
  because: 'it is an automatic reply',
  find: (signs) => has(signs, name, pattern) && !isSystemReport(signs),
});

const list = (id: string, name: Lowercase<string>, ref: string, pattern = /./): Signal => ({
  id,
  kind: 'bulk',
  ref,
  because: 'it was sent to a list',
  find: (signs) => has(signs, name, pattern),
});

/** Order is meaning: the first row that finds its sign decides. MAIL.md, "Kinds of mail". */
export const SIGNALS: readonly Signal[] = [
  // 1. Our own.
  {
    id: 'own_loop_mark',
    kind: 'own',
    ref: 'RELIABILITY D12',
    because: 'we sent it',
    find: (signs) => signs.valuesOf(LOOP_HEADER).some((value) => signs.own.isOwnLoopMark(value.trim())),
  },
  {
    id: 'own_message_id_and_sender',
    kind: 'own',
    ref: 'RELIABILITY D12',
    because: 'we sent it',
    find: (signs) => isOwnMessageId(signs) && isOwnSender(signs),
  },
  // 2. Reports that are no reports of delivery.
  {
    id: 'feedback_report',
    kind: 'complaint',
    ref: 'RFC 5965 2',
    because: 'it is a complaint about a mail, sent by a provider',
    find: (signs) => hasPart(signs, /^(?:message\/)?feedback-report$/i),
  },
  {
    id: 'disposition_notification',
    kind: 'receipt',
    ref: 'RFC 8098 3',
    because: 'it is a read receipt',
    find: (signs) => hasPart(signs, /^(?:message\/)?disposition-notification$/i),
  },
  // 3. Reports of delivery, as the standard has them.
  {
    id: 'delivery_status_failed',
    kind: 'bounce',
    ref: 'RFC 3464 2.3.3',
    because: 'it reports that a mail was not delivered',
    find: (signs) => someAction(signs, ['failed'], '5'),
  },
  {
    id: 'delivery_status_delayed',
    kind: 'delay',
    ref: 'RFC 3464 2.3.3',
    because: 'it reports that a mail is delayed',
    find: (signs) => someAction(signs, ['delayed'], '4'),
  },
  {
    id: 'delivery_status_delivered',
    kind: 'delivered_report',
    ref: 'RFC 3464 2.3.3',
    because: 'it reports that a mail was delivered',
    find: (signs) => someAction(signs, ['delivered', 'relayed', 'expanded'], '2'),
  },
  {
    id: 'failed_recipients',
    kind: 'bounce',
    ref: 'Exim: X-Failed-Recipients',
    because: 'it reports that a mail was not delivered',
    find: (signs) => has(signs, 'x-failed-recipients'),
  },
  // 4. and 5. Replies of a machine in a person's name.
  {
    id: 'out_of_office_subject',
    kind: 'auto_reply',
    ref: 'subjects of mail programs in 38 languages',
    because: 'it is an automatic reply',
    find: (signs) => beginsWithPhrase(signs.parsed.subject, OUT_OF_OFFICE) && !signs.isFromDaemon(),
  },
  responder('auto_submitted_replied', 'auto-submitted', /^\s*auto-replied\b/i, 'RFC 3834 5'),
  responder('precedence_auto_reply', 'precedence', /^\s*auto[-_ ]?reply\b/i, 'field practice'),
  responder('x_autoreply', 'x-autoreply', /^(?!\s*no\b)./i, 'field practice'),
  responder('x_autorespond', 'x-autorespond', /./, 'field practice'),
  responder('x_autoresponder', 'x-autoresponder', /./, 'field practice'),
  responder('x_autoresponse', 'x-autoresponse', /./, 'field practice'),
  responder('x_auto_reply_from', 'x-autoreply-from', /./, 'field practice'),
  responder('x_mail_autoreply', 'x-mail-autoreply', /./, 'field practice'),
  responder('x_autogenerated_reply', 'x-autogenerated', /^\s*reply\b/i, 'field practice'),
  responder('x_apple_action', 'x-apple-action', /^\s*vacation\b/i, 'Apple Mail'),
  responder('delivered_to_autoresponder', 'delivered-to', /^\s*autoresponder\b/i, 'field practice'),
  {
    id: 'exchange_inbox_rule',
    kind: 'auto_reply',
    ref: 'Exchange: X-Auto-Response-Suppress',
    because: 'it is an automatic reply',
    find: (signs) =>
      has(signs, 'x-auto-response-suppress', /\ball\b/i) &&
      has(signs, 'x-ms-exchange-inbox-rules-loop') &&
      !isSystemReport(signs),
  },
  // 6. Reports of delivery in a mail system's own words.
  {
    id: 'daemon_delay_subject',
    kind: 'delay',
    ref: 'sendmail, Exim',
    because: 'it reports that a mail is delayed',
    find: (signs) => signs.isFromDaemon() && hasDelaySubject(signs),
  },
  {
    id: 'daemon_bounce',
    kind: 'bounce',
    ref: 'words of mail systems',
    because: 'it reports that a mail was not delivered',
    find: isSystemReport,
  },
  {
    id: 'bounce_subject_and_phrase',
    kind: 'bounce',
    ref: 'words of mail systems',
    because: 'it reports that a mail was not delivered',
    find: (signs) => signs.parsed.inReplyTo.length === 0 && hasBounceSubject(signs) && signs.saysUndelivered(),
  },
  {
    id: 'null_return_path_and_phrase',
    kind: 'bounce',
    ref: 'RFC 5321 4.5.5',
    because: 'it reports that a mail was not delivered',
    find: (signs) => hasNullReturnPath(signs) && signs.saysUndelivered(),
  },
  // 7. Other machines: a ticket may be opened.
  {
    id: 'auto_submitted_other',
    kind: 'auto_generated',
    ref: 'RFC 3834 5',
    because: 'a machine wrote it',
    find: (signs) => has(signs, 'auto-submitted', /^\s*(?!no\b)\S/i),
  },
  {
    id: 'machine_generated',
    kind: 'auto_generated',
    ref: 'Freshdesk: X-FC-MachineGenerated',
    because: 'a machine wrote it',
    find: (signs) => has(signs, 'x-fc-machinegenerated', /^(?!\s*(?:no|false)\b)./i),
  },
  // 8. Lists; then people to whom no automatic answer may go.
  list('list_id', 'list-id', 'RFC 2919 3'),
  list('list_unsubscribe', 'list-unsubscribe', 'RFC 2369 3'),
  list('list_post', 'list-post', 'RFC 2369 3'),
  list('list_help', 'list-help', 'RFC 2369 3'),
  list('list_subscribe', 'list-subscribe', 'RFC 2369 3'),
  list('list_owner', 'list-owner', 'RFC 2369 3'),
  list('list_archive', 'list-archive', 'RFC 2369 3'),
  list('precedence_bulk', 'precedence', 'RFC 2076', /^\s*(?:bulk|list|junk)\b/i),
  {
    id: 'null_return_path',
    kind: 'personal',
    ref: 'RFC 3834 2',
    because: 'it names no address for answers (Return-Path: <>)',
    find: hasNullReturnPath,
  },
  {
    id: 'x_loop',
    kind: 'personal',
    ref: 'field practice',
    because: 'it carries X-Loop, which asks for no automatic answer',
    find: (signs) => has(signs, 'x-loop'),
  },
  {
    id: 'auto_response_suppress',
    kind: 'personal',
    ref: 'Exchange: X-Auto-Response-Suppress',
    because: 'it asks for no automatic answer (X-Auto-Response-Suppress)',
    find: (signs) => has(signs, 'x-auto-response-suppress', /^(?!\s*none\s*$)./i),
  },
  {
    id: 'no_reply_sender',
    kind: 'personal',
    ref: 'RELIABILITY D12',
    because: 'nobody reads the address it came from',
    find: ({ sender }) => sender.is === 'address' && isNoReply(sender.address),
  },
  {
    id: 'daemon_sender',
    kind: 'personal',
    ref: 'RFC 3834 2',
    because: 'a mail system sent it',
    find: (signs) => signs.isFromDaemon(),
  },
  {
    id: 'own_message_id',
    kind: 'personal',
    ref: 'RELIABILITY D12',
    because: 'it carries a Message-ID of ours',
    find: (signs) => isOwnMessageId(signs),
  },
  {
    id: 'own_sender',
    kind: 'personal',
    ref: 'RELIABILITY D12',
    because: 'it came from an address of this desk',
    find: (signs) => isOwnSender(signs),
  },
  {
    id: 'loop_mark_of_another',
    kind: 'personal',
    ref: 'RELIABILITY D12',
    because: 'another desk sent it automatically',
    find: (signs) => has(signs, LOOP_HEADER),
  },
  {
    id: 'too_many_hops',
    kind: 'personal',
    ref: 'RFC 5321 6.3',
    because: `it passed more than ${MAX_HOPS} mail servers`,
    find: (signs) => signs.valuesOf('received').length > MAX_HOPS,
  },
];

function isOwnMessageId({ parsed, own }: Signs): boolean {
  return parsed.messageId !== null && own.isOwnMessageId(parsed.messageId);
}

function isOwnSender({ sender, own }: Signs): boolean {
  return sender.is === 'address' && own.isOwnAddress(sender.address);
}
