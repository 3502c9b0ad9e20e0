import type { ContactId, TicketEntryId, TicketId } from '../db/ids.ts';
import type { NewEvent } from '../events/store.ts';
import { TRANSITIONS } from '../tickets/lifecycle.ts';
import type { TicketChange } from '../tickets/lifecycle.ts';
import type { Planning } from './batch-plan.ts';
import type { Decision } from './decide.ts';
import type { Facts } from './facts.ts';
import { attachedTo } from './facts.ts';
import { whereMerged } from './match.ts';
import { newContact, welcomeOf } from './open.ts';
import type { Understood } from './understand.ts';
import type { EntryPlace } from './writing.ts';
import { addEvent, addMailEntry, addOwing, addRemark, authorOf, nameOf } from './writing.ts';

interface Joined {
  readonly ticketId: TicketId;
  readonly entryId: TicketEntryId;
}

/** Plans the entry of somebody who takes part; `quietly`: for operators alone, and the ticket's status stays. */
export function joinTicket(planning: Planning, message: Understood, facts: Facts, quietly: boolean): Joined {
  const newcomer = attachedTo(facts)?.asParticipant === true ? participantOf(planning, message, facts) : null;
  const author = newcomer === null ? {} : { author: `contact:${newcomer}` };
  const joined = enter(planning, message, facts, { visibility: quietly ? 'operators' : 'everybody', ...author });
  if (newcomer !== null) takePart(planning, message, facts, joined.ticketId, newcomer);
  owe(planning, message, facts, addEvent(planning, message, facts, 'contact_replied', joined));
  if (!quietly) changeStatus(planning, message, facts, joined.ticketId, 'contact_replied');
  return joined;
}

/** The contact who wrote it: known, or made now; null when it is nobody who could take part. */
function participantOf(planning: Planning, message: Understood, facts: Facts): ContactId | null {
  const { sender } = facts;
  if (facts.authentication.verdict === 'fail') return null;
  if (sender.is === 'contact') return sender.ownerId;
  if (sender.is !== 'unknown') return null;
  return newContact(planning, message, facts, sender, null).contactId;
}

/** Plans that a contact takes part from now on, unless they do already. */
function takePart(
  planning: Planning,
  message: Understood,
  facts: Facts,
  ticketId: TicketId,
  contactId: ContactId,
): void {
  const ticket = planning.lookups.tickets.get(ticketId);
  const personId = facts.sender.is === 'contact' ? facts.sender.contactId : contactId;
  if (ticket === undefined || ticket.participantIds.includes(personId)) return;
  planning.lookups.tickets.set(ticketId, { ...ticket, participantIds: [...ticket.participantIds, personId] });
  planning.plan.participants.push({ ticketId, contactId, role: 'cc' });
  owe(planning, message, facts, addEvent(planning, message, facts, 'participant_added', { ticketId, contactId }));
}

/** The same of an unknown address that is told of the ticket: it becomes a contact, as it would with a ticket of its own. */
export function joinAsNewContact(planning: Planning, message: Understood, facts: Facts, decision: Decision): Joined {
  if (facts.sender.is !== 'unknown') throw new Error('a contact was to be made of somebody who is none');
  const welcome = welcomeOf(decision, facts.sender.address);
  const { contactId, author, name } = newContact(planning, message, facts, facts.sender, welcome);
  const joined = enter(planning, message, facts, { visibility: 'everybody', author, authorName: name });
  owe(planning, message, facts, addEvent(planning, message, facts, 'contact_replied', { ...joined, contactId }));
  changeStatus(planning, message, facts, joined.ticketId, 'contact_replied');
  return joined;
}

/** Plans an entry for operators' eyes, until one of them admits its sender (FEATURES B-10). */
export function airlock(planning: Planning, message: Understood, facts: Facts): Joined {
  const joined = enter(planning, message, facts, { visibility: 'operators_until_admitted' });
  owe(planning, message, facts, addEvent(planning, message, facts, 'reply_airlocked', joined));
  return joined;
}

/** Plans an operator's answer: what they wrote anew goes to all who take part (FEATURES N-08). */
export function joinAsAgent(planning: Planning, message: Understood, facts: Facts): Joined {
  const { agentsWords: text } = message;
  const joined = enter(planning, message, facts, { visibility: 'everybody', kind: 'reply', text });
  owe(planning, message, facts, addEvent(planning, message, facts, 'agent_replied', joined));
  changeStatus(planning, message, facts, joined.ticketId, 'agent_replied');
  return joined;
}

/**
 * What is said in a ticket owes mail to the others in it. Where nobody else is in it only the staff may have to be told,
 * and nobody else is looked for. What an operator's machine writes is told to nobody: another operator's might answer.
 */
function owe(planning: Planning, message: Understood, facts: Facts, event: NewEvent): void {
  const { sender, classification } = facts;
  if (sender.is === 'operator' && classification.kind !== 'personal') return;
  const ticket = event.ticketId === null ? undefined : planning.lookups.tickets.get(event.ticketId);
  const isOther = (id: ContactId) => sender.is !== 'contact' || id !== sender.contactId;
  const hasOthers =
    ticket?.participantIds.some(isOther) === true ||
    ticket?.toldIds.some(isOther) === true ||
    ticket?.toldAddresses.some((address) => !('address' in sender) || address !== sender.address) === true;
  addOwing(planning, message, facts, event, hasOthers ? 'everybody' : 'staff');
}

function enter(
  planning: Planning,
  message: Understood,
  facts: Facts,
  how: Pick<EntryPlace, 'visibility'> & Partial<EntryPlace>,
): Joined {
  const ticketId = joinedTicket(planning, facts);
  const author = { author: authorOf(facts.sender), authorName: nameOf(planning, message, facts.sender) };
  const entryId = addMailEntry(planning, message, facts, { ticketId, kind: 'mail', text: null, ...author, ...how });
  return { ticketId, entryId };
}

/** The ticket the message names, unless a person put it into another one; that may be part of a third one by now. */
function joinedTicket({ lookups }: Planning, facts: Facts): TicketId {
  const attached = attachedTo(facts);
  if (attached !== null) {
    const ticket = whereMerged(attached.ticketId, lookups);
    if (ticket === null) throw new Error(`ticket ${attached.ticketId} was not loaded`);
    return ticket.id;
  }
  if (facts.thread.is === 'none') throw new Error('a message joined a ticket that nothing names');
  return facts.thread.ticketId;
}

/** A contact's words open a ticket that waited, was resolved or closed. */
function changeStatus(
  planning: Planning,
  message: Understood,
  facts: Facts,
  ticketId: TicketId,
  change: TicketChange,
): void {
  const { plan, lookups } = planning;
  const ticket = lookups.tickets.get(ticketId);
  if (ticket === undefined) throw new Error(`ticket ${ticketId} was matched, but not loaded`);
  const status = TRANSITIONS[ticket.status][change];
  if (status === null || status === ticket.status) return;
  plan.statuses.set(ticketId, status);
  lookups.tickets.set(ticketId, { ...ticket, status, closedAt: null });
  const words = `The reply opened the ticket again; it was ${ticket.status}.`;
  addRemark(planning, ticketId, 'status', authorOf(facts.sender), nameOf(planning, message, facts.sender), words);
  if (ticket.status === 'pending') return;
  owe(planning, message, facts, addEvent(planning, message, facts, 'ticket_reopened', { ticketId }));
}
