import { unreachable } from '../lib/result.ts';
import { LINK_NOT_SHOWN, PASSWORD_NOT_SHOWN } from './credential-view.ts';
import type { AudienceMember, EventDetail, SignIn, TellableEvent } from './model.ts';
import type { EntryView, MailView, NotificationKind } from './views.ts';

/** A kind that stands for several events: what it says is gathered from their mails. */
export type DigestKind = Extract<NotificationKind, 'digest' | 'staff_digest'>;

const MAX_LINE = 250;
const MAX_PROBLEM = 1500;

/**
 * What the mail of an event says to one member of its audience. Pure.
 *
 * @param who whether it is their own ticket, and what they may sign in with
 * @throws when the event lacks what such a mail says: a bug
 */
export function viewOf(
  kind: Exclude<NotificationKind, DigestKind>,
  event: TellableEvent,
  member: AudienceMember,
  who: { readonly isTheirs: boolean; readonly signIn: SignIn | null },
): MailView {
  const desk = { name: cut(event.mailbox.displayName), address: event.mailbox.address, timeZone: event.timeZone };
  const recipient = { name: member.name === '' ? null : cut(member.name) };
  switch (kind) {
    // Nothing that the sender chose: it may not have been they who wrote (RELIABILITY I3).
    case 'ticket_opened':
      return { kind, desk, ticket: { number: ticketOf(event).number } };
    case 'late_receipt': {
      const { sentAt } = detailOf(event, 'late');
      return { kind, desk, ticket: { number: ticketOf(event).number }, sentAt: sentAt.toISOString() };
    }
    case 'agent_replied':
    case 'contact_replied':
      return { kind, desk, ticket: titleOf(event), recipient, entry: entryOf(event) };
    case 'ticket_opened_for_you': {
      const { requester } = ticketOf(event);
      const name = who.isTheirs || requester === null ? null : cut(requester);
      return { kind, desk, ticket: titleOf(event), recipient, requester: { name }, entry: entryOf(event) };
    }
    case 'participant_added':
    case 'ticket_pending':
    case 'ticket_resolved':
    case 'ticket_reopened':
    case 'ticket_closed':
      return { kind, desk, ticket: titleOf(event), recipient };
    case 'contact_welcomed': {
      const credential = who.signIn?.credential ?? null;
      return {
        kind,
        desk,
        recipient,
        userName: credential === null ? null : cut(who.signIn?.userName ?? ''),
        link: credential === 'link' ? LINK_NOT_SHOWN : null,
        password: credential === 'password' ? PASSWORD_NOT_SHOWN : null,
      };
    }
    case 'password_link':
      return { kind, desk, recipient, userName: cut(who.signIn?.userName ?? ''), link: LINK_NOT_SHOWN };
    case 'staff_ticket_opened':
    case 'staff_contact_replied':
    case 'staff_agent_replied':
    case 'staff_note_added':
    case 'staff_reply_waits':
      return { kind, desk, ticket: titleOf(event), recipient, requester: requesterOf(event), entry: entryOf(event) };
    case 'staff_assigned': {
      const { by, team } = detailOf(event, 'assigned');
      const whose = { requester: requesterOf(event), by: cut(by), team: team === null ? null : cut(team) };
      return { kind, desk, ticket: titleOf(event), recipient, ...whose };
    }
    case 'held_mail_waits': {
      const { waiting, oldestAt } = detailOf(event, 'held');
      return { kind, desk, recipient, waiting, oldestAt: oldestAt.toISOString() };
    }
    case 'flood_began': {
      const { sender, limit, messageId } = detailOf(event, 'flood');
      return { kind, desk, recipient, sender: cut(sender), limit, messageId };
    }
    case 'breaker_opened': {
      const { toggle, limit } = detailOf(event, 'breaker');
      return { kind, desk, recipient, toggle, limit };
    }
    case 'mailbox_unhealthy': {
      const { address, problem, since } = detailOf(event, 'mailbox');
      const said = problem.slice(0, MAX_PROBLEM).toWellFormed();
      return { kind, desk, recipient, mailbox: { address }, problem: said, since: since.toISOString() };
    }
    case 'delivery_delayed':
    case 'delivery_failed': {
      const { id, to, subject, number, said, since } = detailOf(event, 'mail');
      const titled = { subject: subject === null ? null : cut(subject), number };
      return { kind, desk, recipient, mail: { id, to, ...titled, said: cut(said), since: since.toISOString() } };
    }
    default:
      return unreachable(kind);
  }
}

function ticketOf({ kind, ticket }: TellableEvent): NonNullable<TellableEvent['ticket']> {
  if (ticket === null) throw new Error(`${kind} without a ticket`);
  return ticket;
}

function titleOf(event: TellableEvent): { readonly number: number; readonly subject: string | null } {
  const { number, subject } = ticketOf(event);
  return { number, subject: subject === '' ? null : cut(subject) };
}

function requesterOf(event: TellableEvent) {
  const { requester, requesterAddress, customer } = ticketOf(event);
  return {
    name: requester === null ? null : cut(requester),
    address: requesterAddress ?? null,
    customer: customer === undefined || customer === null ? null : cut(customer),
  };
}

function detailOf<Is extends EventDetail['is']>({ kind, detail }: TellableEvent, is: Is) {
  if (detail?.is !== is) throw new Error(`${kind} does not say what ${is} needs`);
  return detail as Extract<EventDetail, { readonly is: Is }>;
}

function entryOf({ kind, entry, mailbox }: TellableEvent): EntryView {
  if (entry === null) throw new Error(`${kind} without an entry`);
  const { authorName, text, at } = entry;
  // Whoever speaks as the desk itself is not named a second time.
  const author = authorName === mailbox.displayName ? '' : cut(authorName);
  return { authorName: author, text, at: at.toISOString() };
}

const cut = (line: string): string => line.slice(0, MAX_LINE).toWellFormed();
