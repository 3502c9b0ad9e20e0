import type { TicketEntryId, TicketId } from '../db/ids.ts';
import { TRANSITIONS } from '../tickets/lifecycle.ts';
import type { TicketChange } from '../tickets/lifecycle.ts';
import type { Planning } from './batch-plan.ts';
import type { Facts } from './facts.ts';
import type { Understood } from './understand.ts';
import type { EntryPlace } from './writing.ts';
import { addEvent, addMailEntry, addRemark, authorOf, nameOf } from './writing.ts';

interface Joined {
  readonly ticketId: TicketId;
  readonly entryId: TicketEntryId;
}

/** Plans the entry of somebody who takes part; `quietly`: for operators alone, and the ticket's status stays. */
export function joinTicket(planning: Planning, message: Understood, facts: Facts, quietly: boolean): Joined {
  const joined = enter(planning, message, facts, { visibility: quietly ? 'operators' : 'everybody' });
  addEvent(planning, message, facts, 'contact_replied', joined);
  if (!quietly) changeStatus(planning, message, facts, joined.ticketId, 'contact_replied');
  return joined;
}

/** Plans an entry for operators' eyes, until one of them admits its sender (FEATURES B-10). */
export function airlock(planning: Planning, message: Understood, facts: Facts): Joined {
  const joined = enter(planning, message, facts, { visibility: 'operators_until_admitted' });
  addEvent(planning, message, facts, 'reply_airlocked', joined);
  return joined;
}

/** Plans an operator's answer: what they wrote anew goes to all who take part (FEATURES N-08). */
export function joinAsAgent(planning: Planning, message: Understood, facts: Facts): Joined {
  const { agentsWords: text } = message;
  const joined = enter(planning, message, facts, { visibility: 'everybody', kind: 'reply', text });
  const event = addEvent(planning, message, facts, 'agent_replied', joined);
  const author = facts.sender.is === 'operator' ? facts.sender.address : null;
  planning.plan.agentsEvents.push({ event, contentKey: message.claimed.contentKey, author });
  changeStatus(planning, message, facts, joined.ticketId, 'agent_replied');
  return joined;
}

function enter(
  planning: Planning,
  message: Understood,
  facts: Facts,
  how: Pick<EntryPlace, 'visibility'> & Partial<Pick<EntryPlace, 'kind' | 'text'>>,
): Joined {
  if (facts.thread.is === 'none') throw new Error('a message joined a ticket that nothing names');
  const { ticketId } = facts.thread;
  const author = { author: authorOf(facts.sender), authorName: nameOf(planning, message, facts.sender) };
  const entryId = addMailEntry(planning, message, facts, { ticketId, kind: 'mail', text: null, ...author, ...how });
  return { ticketId, entryId };
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
  if (ticket.status !== 'pending') addEvent(planning, message, facts, 'ticket_reopened', { ticketId });
}
