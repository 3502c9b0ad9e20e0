import { LIFECYCLE } from '../contacts/model.ts';
import type { FoldedMail } from './fold-store.ts';
import { foldOf } from './folds.ts';
import type { Mute } from './mutes.ts';
import { whyMuted } from './mutes.ts';
import type { DigestItem, MailView } from './views.ts';
import { findMailView, MAX_ITEM_TEXT } from './views.ts';

/** Why somebody is not told any more of what waited for them; null: nothing is against it. Pure. */
export function whyNotTold(mail: FoldedMail, mutes: readonly Mute[]): string | null {
  const { status, suppressed, isDisabled, ticketId, personId: contactId, recipient: address } = mail;
  if (status !== null && !LIFECYCLE[status].getsAutomaticMail) return LIFECYCLE[status].refusal;
  if (suppressed !== null) return `the address is not mailed: ${suppressed}`;
  if (isDisabled) return 'they are no operator any more';
  const muted = ticketId === null ? null : whyMuted(mutes, { ...mail, ticketId, contactId, address });
  return muted === null ? null : `${muted} while it waited to be told`;
}

/** A mail with its view, as it would have gone by itself. */
export interface ReadableMail {
  readonly mail: FoldedMail;
  readonly view: MailView;
}

/** Mail whose view is not that of a mail (another release wrote it) cannot be told with others. */
export const readable = (mail: FoldedMail): readonly ReadableMail[] => {
  const view = findMailView(mail.view);
  return view === null ? [] : [{ mail, view }];
};

/**
 * What a digest says: of each mail no more than it would have said itself, in the order in which things happened. Pure.
 *
 * @param mails all of one fold, for one reader; at least one
 */
export function digestView(mails: readonly ReadableMail[]): MailView {
  const last = mails.at(-1);
  if (last === undefined) throw new Error('a digest of nothing');
  const { mail, view } = last;
  const kind = foldOf(mail.kind)?.digest;
  if (kind === undefined) throw new Error(`${mail.kind} is told in no digest`);
  const name = mail.recipientName === '' ? null : mail.recipientName;
  const recipient = 'recipient' in view ? view.recipient : { name };
  return { kind, desk: view.desk, recipient, items: mails.map(itemOf) };
}

function itemOf({ mail, view }: ReadableMail): DigestItem {
  const item = {
    kind: mail.kind,
    at: mail.at.toISOString(),
    number: null,
    subject: null,
    authorName: null,
    text: null,
  };
  switch (view.kind) {
    case 'flood_began':
      return { ...item, authorName: view.sender };
    case 'breaker_opened':
      return { ...item, text: `${view.toggle} = ${view.limit}` };
    case 'mailbox_unhealthy':
      return { ...item, authorName: view.mailbox.address, text: excerpt(view.problem) };
    case 'delivery_delayed':
    case 'delivery_failed': {
      const { number, subject, to, said } = view.mail;
      return { ...item, number, subject, authorName: to, text: excerpt(said) };
    }
    case 'staff_assigned':
      return { ...item, ...titled(view), authorName: view.by };
    default:
      return { ...item, ...titled(view), ...('entry' in view ? written(view.entry) : {}) };
  }
}

const titled = (view: MailView) =>
  'ticket' in view
    ? { number: view.ticket.number, subject: 'subject' in view.ticket ? view.ticket.subject : null }
    : {};

const written = ({ authorName, text }: { readonly authorName: string; readonly text: string }) => ({
  authorName: authorName === '' ? null : authorName,
  text: excerpt(text),
});

/** The beginning, with a sign where it was cut. */
const excerpt = (text: string): string =>
  text.length <= MAX_ITEM_TEXT
    ? text
    : `${text
        .slice(0, MAX_ITEM_TEXT - 2)
        .toWellFormed()
        .trimEnd()} …`;
