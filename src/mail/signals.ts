import { RESPONDERS } from './responders.ts';
import type { Responder } from './responders.ts';
import { returnedParts } from './returned-message.ts';
import {
  has,
  hasBounceSubject,
  hasNullReturnPath,
  hasOutOfOfficeSubject,
  hasPart,
  isLikeSystemReport,
  isOwnMessageId,
  isOwnSender,
  isReceiptInWords,
  isSystemReport,
  passesReportOn,
  someAction,
  warnsOfDelay,
} from './signs.ts';
import type { Signal } from './signs.ts';
import { LOOP_HEADER, UNANSWERABLE } from './unanswerable.ts';

const LIST_SERVER_REFUSAL =
  /^(?:loop (?:alert|back warning)|(?:ignored )?not member article|reject mail|spam mail from a spammer|warning: unix from loop|security alert|fml system error)\b/i;

/** A mail system's report that carries a responder's header too is none of its replies. */
const responder = ({ id, header, pattern, ref }: Responder): Signal => ({
  id,
  kind: 'auto_reply',
  ref,
  because: 'it is an automatic reply',
  find: (signs) => has(signs, header, pattern) && !isSystemReport(signs),
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
    ref: 'RFC 3834 2, by habit of such programs',
    because: 'we sent it',
    find: (signs) => signs.valuesOf(LOOP_HEADER).some((value) => signs.own.isOwnLoopMark(value.trim())),
  },
  {
    id: 'own_message_id_and_sender',
    kind: 'own',
    ref: 'RFC 3834 2, by habit of such programs',
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
    id: 'outlook_complaint',
    kind: 'complaint',
    ref: 'Outlook.com: Junk Mail Reporting Program',
    because: 'it is a complaint about a mail, sent by a provider',
    find: ({ parsed }) =>
      /^complaint about message from \S/i.test(parsed.subject) &&
      parsed.inReplyTo.length === 0 &&
      returnedParts(parsed).length > 0,
  },
  {
    id: 'disposition_notification',
    kind: 'receipt',
    ref: 'RFC 8098 3',
    because: 'it is a read receipt',
    find: (signs) => hasPart(signs, /^(?:message\/)?(?:global-)?disposition-notification$/i),
  },
  {
    id: 'content_class_mdn',
    kind: 'receipt',
    ref: 'Exchange: Content-Class urn:content-classes:mdn',
    because: 'it is a read receipt',
    find: (signs) => has(signs, 'content-class', /^\s*urn:content-classes:mdn\b/i),
  },
  {
    id: 'receipt_in_words',
    kind: 'receipt',
    ref: 'Lotus Notes, GroupWise, older Exchange',
    because: 'it is a read receipt',
    find: isReceiptInWords,
  },
  // 3. Reports of delivery, as the standard has them.
  {
    id: 'delivery_status_failed',
    kind: 'bounce',
    ref: 'RFC 3464 2.3.3',
    because: 'it reports that a mail was not delivered',
    find: (signs) => someAction(signs, ['failed'], '5') && !passesReportOn(signs),
  },
  {
    id: 'delivery_status_delayed',
    kind: 'delay',
    ref: 'RFC 3464 2.3.3',
    because: 'it reports that a mail is delayed',
    find: (signs) => someAction(signs, ['delayed'], '4') && !passesReportOn(signs),
  },
  {
    id: 'delivery_status_delivered',
    kind: 'delivered_report',
    ref: 'RFC 3464 2.3.3',
    because: 'it reports that a mail was delivered',
    find: (signs) => someAction(signs, ['delivered', 'relayed', 'expanded'], '2') && !passesReportOn(signs),
  },
  {
    id: 'failed_recipients',
    kind: 'bounce',
    ref: 'Exim, Gmail: X-Failed-Recipients',
    because: 'it reports that a mail was not delivered',
    find: (signs) => has(signs, 'x-failed-recipients') && !(signs.isFromDaemon() && warnsOfDelay(signs)),
  },
  // 4. and 5. Replies of a machine in a person's name.
  {
    id: 'out_of_office_subject',
    kind: 'auto_reply',
    ref: 'subjects of Outlook, Exchange and others in 37 languages',
    because: 'it is an automatic reply',
    find: (signs) => hasOutOfOfficeSubject(signs) && !signs.isFromDaemon(),
  },
  ...RESPONDERS.map(responder),
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
    find: (signs) => signs.isFromDaemon() && warnsOfDelay(signs),
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
    find: (signs) =>
      signs.parsed.inReplyTo.length === 0 &&
      hasBounceSubject(signs) &&
      signs.saysUndelivered() &&
      isLikeSystemReport(signs),
  },
  {
    id: 'list_server_refusal',
    kind: 'bounce',
    ref: 'fml: X-MLServer',
    because: 'it reports that a list did not take a mail',
    find: (signs) => has(signs, 'x-mlserver') && LIST_SERVER_REFUSAL.test(signs.parsed.subject),
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
  {
    id: 'x_cron_env',
    kind: 'auto_generated',
    ref: 'Vixie cron: X-Cron-Env',
    because: 'a machine wrote it',
    find: (signs) => has(signs, 'x-cron-env'),
  },
  // 8. Lists; then people to whom no automatic answer may go.
  list('list_id', 'list-id', 'RFC 2919 3'),
  ...(['unsubscribe', 'post', 'help', 'subscribe', 'owner', 'archive'] as const).map((part) =>
    list(`list_${part}`, `list-${part}` as const, 'RFC 2369 3'),
  ),
  list('precedence_bulk', 'precedence', 'RFC 2076', /^\s*(?:bulk|list|junk)\b/i),
  ...UNANSWERABLE,
];
