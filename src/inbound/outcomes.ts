import type { TicketEntryId, TicketId } from '../db/ids.ts';
import { unreachable } from '../lib/result.ts';
import { muteRecord } from '../notifications/mutes.ts';
import type { Planning } from './batch-plan.ts';
import type { Decision } from './decide.ts';
import type { Facts } from './facts.ts';
import { airlock, joinAsAgent, joinAsNewContact, joinTicket } from './join.ts';
import { mutingOf } from './mute-request.ts';
import { openTicket } from './open.ts';
import type { Outcome } from './policy.ts';
import type { Finished } from './store.ts';
import type { Understood } from './understand.ts';
import { addEvent, addRemark, authorOf, nameOf } from './writing.ts';

/** Where a message ended up. */
interface Place {
  readonly ticketId: TicketId | null;
  readonly entryId: TicketEntryId | null;
}

const NOWHERE: Place = { ticketId: null, entryId: null };

/** Writes into the plan what a decision makes: contact, ticket, entry, events, the answer owed. */
export function carryOut(planning: Planning, message: Understood, facts: Facts, decision: Decision): Place {
  const { outcome } = decision;
  switch (outcome.do) {
    case 'open':
      return openTicket(planning, message, facts, decision);
    case 'append':
      return joinTicket(planning, message, facts, outcome.quietly);
    case 'append_as_new_contact':
      return joinAsNewContact(planning, message, facts, decision);
    case 'append_as_agent':
      return joinAsAgent(planning, message, facts);
    case 'airlock':
      return airlock(planning, message, facts);
    case 'mute':
      return mute(planning, message, facts);
    case 'record':
      if (outcome.verdict === 'bounce_recorded' || outcome.verdict === 'report_recorded') {
        if (message.report !== null) planning.plan.reports.push(message.report);
        addEvent(planning, message, facts, outcome.verdict, {});
      }
      return NOWHERE;
    case 'hold':
    case 'quarantine':
      return NOWHERE;
    default:
      return unreachable(outcome);
  }
}

/** Plans that whoever asked hears less from now on; of a ticket, its record says so. */
function mute(planning: Planning, message: Understood, facts: Facts): Place {
  const { plan, lookups } = planning;
  const { sender, thread } = facts;
  const muting = mutingOf(message, sender, thread, lookups);
  if (muting === null) throw new Error('a message asked for less of nothing');
  const { contactId, address, ticketId } = muting;
  plan.mutes.push({ contactId, address, ticketId, source: 'mail' });
  if (ticketId === null) return NOWHERE;
  const [author, name] = [authorOf(sender), nameOf(planning, message, sender)];
  addRemark(planning, ticketId, 'note', author, name, muteRecord('mail'));
  return { ticketId, entryId: null };
}

/** The state of the message that an outcome leads to. */
export function statusOf(outcome: Outcome): Pick<Finished, 'status' | 'verdict' | 'reason'> {
  switch (outcome.do) {
    case 'open':
      return { status: 'done', verdict: 'opened', reason: null };
    case 'append':
    case 'append_as_new_contact':
    case 'append_as_agent':
      return { status: 'done', verdict: 'appended', reason: null };
    case 'airlock':
      return { status: 'done', verdict: 'airlocked', reason: null };
    case 'mute':
      return { status: 'done', verdict: 'ignored', reason: null };
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
