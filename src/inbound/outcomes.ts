import { splitName } from '../contacts/model.ts';
import type { ContactId, CustomerId, EventId, TicketEntryId, TicketId } from '../db/ids.ts';
import type { Visibility } from '../db/schema/tickets.ts';
import type { EventKind } from '../events/catalogue.ts';
import type { NewEvent } from '../events/store.ts';
import { unreachable } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { TRANSITIONS } from '../tickets/lifecycle.ts';
import type { Planning } from './batch-plan.ts';
import type { Decision } from './decide.ts';
import { entryOf, ticketSubject } from './entry.ts';
import type { Facts, SenderMatch } from './facts.ts';
import type { Outcome } from './policy.ts';
import type { Finished } from './store.ts';
import type { Understood } from './understand.ts';

/** Where a message ended up. */
interface Place {
  readonly ticketId: TicketId | null;
  readonly entryId: TicketEntryId | null;
}

const NOWHERE: Place = { ticketId: null, entryId: null };
/** Mail older than this when it is read comes out of a backlog: its acknowledgement lets others go first. */
const LATE_AFTER_MINUTES = 10;

/** Writes into the plan what a decision makes: contact, ticket, entry, events, the answer owed. */
export function carryOut(planning: Planning, message: Understood, facts: Facts, decision: Decision): Place {
  const { outcome } = decision;
  switch (outcome.do) {
    case 'open':
      return openTicket(planning, message, facts, decision);
    case 'append': {
      const place = joinTicket(planning, message, facts, outcome.quietly ? 'operators' : 'everybody');
      addEvent(planning, message, facts, 'contact_replied', place);
      if (!outcome.quietly) wakeTicket(planning, message, facts, place.ticketId);
      return place;
    }
    case 'airlock': {
      const place = joinTicket(planning, message, facts, 'operators_until_admitted');
      addEvent(planning, message, facts, 'reply_airlocked', place);
      return place;
    }
    case 'record':
      if (outcome.verdict === 'bounce_recorded') {
        planning.plan.reports.push(planning.desk.readReport(message.parsed));
        addEvent(planning, message, facts, 'bounce_recorded', {});
      }
      return NOWHERE;
    case 'hold':
    case 'quarantine':
      return NOWHERE;
    default:
      return unreachable(outcome);
  }
}

/** The state of the message that an outcome leads to. */
export function statusOf(outcome: Outcome): Pick<Finished, 'status' | 'verdict' | 'reason'> {
  switch (outcome.do) {
    case 'open':
      return { status: 'done', verdict: 'opened', reason: null };
    case 'append':
      return { status: 'done', verdict: 'appended', reason: null };
    case 'airlock':
      return { status: 'done', verdict: 'airlocked', reason: null };
    case 'record':
      return { status: 'done', verdict: outcome.verdict, reason: null };
    case 'hold':
      return { status: 'held', verdict: null, reason: outcome.reason };
    case 'quarantine':
      return { status: 'quarantined', verdict: null, reason: outcome.reason };
    default:
      return unreachable(outcome);
  }
}

function openTicket(planning: Planning, message: Understood, facts: Facts, decision: Decision): Place {
  const { plan, lookups, desk, take } = planning;
  const { claimed, parsed } = message;
  if (decision.answer === null) throw new Error('a ticket was opened without asking whether to answer');
  const requester = requesterOf(planning, message, facts);
  const ticketId = take('tickets') as TicketId;
  const ticket = {
    id: ticketId,
    mailboxId: desk.mailboxId,
    customerId: requester.customerId,
    requesterId: requester.contactId,
    subject: ticketSubject(parsed),
  };
  plan.tickets.push(ticket);
  lookups.tickets.set(ticketId, {
    ...ticket,
    number: 0,
    status: 'open',
    closedAt: null,
    participantIds: [requester.contactId],
  });
  const author = { author: `contact:${requester.contactId}`, authorName: requester.name };
  const entryId = addEntry(planning, message, { ticketId, visibility: 'everybody', ...author });
  const eventId = addEvent(planning, message, facts, 'ticket_opened', {
    ticketId,
    entryId,
    contactId: requester.contactId,
  });
  plan.answers.push({
    eventId,
    contentKey: claimed.contentKey,
    ticketId,
    contactId: requester.contactId,
    name: requester.name,
    address: requester.address,
    refusal: decision.answer.send ? null : decision.answer.says,
    inReplyTo: parsed.messageId,
    references: parsed.messageId === null ? parsed.references : [...parsed.references, parsed.messageId],
    isLate: facts.ageMinutes > LATE_AFTER_MINUTES,
  });
  return { ticketId, entryId };
}

/** The contact who asks: known, or made now. */
function requesterOf(
  planning: Planning,
  message: Understood,
  facts: Facts,
): {
  readonly contactId: ContactId;
  readonly customerId: CustomerId;
  readonly address: EmailAddress;
  readonly name: string;
} {
  const { sender } = facts;
  if (sender.is === 'contact') return { ...sender, name: nameOf(planning, message, sender) };
  if (sender.is !== 'unknown') throw new Error(`a ticket was opened for a sender who is ${sender.is}`);
  const contactId = planning.take('contacts') as ContactId;
  const { address, customerId } = sender;
  const name = message.sender.is === 'address' ? message.sender.name : '';
  planning.plan.contacts.push({ id: contactId, customerId, address, ...splitName(name) });
  planning.lookups.owners.set(address, { id: contactId, customerId, name, status: 'active', deactivatedUntil: null });
  addEvent(planning, message, facts, 'contact_created', { contactId });
  return { contactId, customerId, address, name: name || address };
}

function joinTicket(
  planning: Planning,
  message: Understood,
  { sender, thread }: Facts,
  visibility: Visibility,
): { readonly ticketId: TicketId; readonly entryId: TicketEntryId } {
  if (thread.is === 'none') throw new Error('a message joined a ticket that nothing names');
  const { ticketId } = thread;
  const author = { author: authorOf(sender), authorName: nameOf(planning, message, sender) };
  return { ticketId, entryId: addEntry(planning, message, { ticketId, visibility, ...author }) };
}

/** A contact's words open a ticket that waited, was resolved or closed. */
function wakeTicket(planning: Planning, message: Understood, facts: Facts, ticketId: TicketId): void {
  const { plan, lookups } = planning;
  const ticket = lookups.tickets.get(ticketId);
  if (ticket === undefined) throw new Error(`ticket ${ticketId} was matched, but not loaded`);
  const status = TRANSITIONS[ticket.status].contact_replied;
  if (status === null || status === ticket.status) return;
  plan.statuses.set(ticketId, status);
  lookups.tickets.set(ticketId, { ...ticket, status, closedAt: null });
  plan.entries.push({
    id: planning.take('ticket_entries') as TicketEntryId,
    ticketId,
    kind: 'status',
    visibility: 'everybody',
    author: authorOf(facts.sender),
    authorName: nameOf(planning, message, facts.sender),
    inboundId: null,
    messageId: null,
    text: `The reply opened the ticket again; it was ${ticket.status}.`,
    html: null,
    flags: null,
    defects: null,
  });
  if (ticket.status !== 'pending') addEvent(planning, message, facts, 'ticket_reopened', { ticketId });
}

function addEntry(
  { plan, take }: Planning,
  message: Understood,
  place: { ticketId: TicketId; visibility: Visibility; author: string; authorName: string },
): TicketEntryId {
  const id = take('ticket_entries') as TicketEntryId;
  const { entry, attachments } = entryOf(message, { id, ...place });
  plan.entries.push(entry);
  plan.attachments.push(...attachments);
  return id;
}

function addEvent(
  { plan, take }: Planning,
  { claimed }: Understood,
  { sender }: Facts,
  kind: EventKind,
  about: Partial<Pick<NewEvent, 'ticketId' | 'entryId' | 'contactId'>>,
): EventId {
  const id = take('events') as EventId;
  const inboundId = claimed.id;
  plan.events.push({
    id,
    kind,
    actor: authorOf(sender),
    ticketId: null,
    entryId: null,
    contactId: null,
    inboundId,
    ...about,
  });
  return id;
}

const authorOf = (sender: SenderMatch): string =>
  sender.is === 'contact' ? `contact:${sender.contactId}` : 'address' in sender ? `mail:${sender.address}` : 'mail';

function nameOf({ lookups }: Planning, { sender: written }: Understood, sender: SenderMatch): string {
  const known = sender.is === 'contact' ? lookups.owners.get(sender.address)?.name : undefined;
  const shown = written.is === 'address' ? written.name : '';
  return known || shown || ('address' in sender ? sender.address : '');
}
