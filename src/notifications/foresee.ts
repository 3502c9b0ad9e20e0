import type { Queryable } from '../db/client.ts';
import type { ContactId, EventId, TicketEntryId } from '../db/ids.ts';
import type { EventKind } from '../events/catalogue.ts';
import type { NewEvent } from '../events/store.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { AudienceRow } from '../tickets/participant-store.ts';
import type { EntryRow, TicketRow } from '../tickets/store.ts';
import { applyBudgets } from './budget.ts';
import { peekBudget } from './budget-store.ts';
import type { PlannedNotification } from './model.ts';
import { planOwed } from './owe.ts';
import { contactOf, owingOf } from './owing.ts';
import { findSuppressed, withSuppressed } from './store.ts';

/** A ticket as an event may come upon it. */
interface Stage {
  readonly ticket: TicketRow;
  readonly entries: readonly EntryRow[];
  readonly audience: readonly AudienceRow[];
}

/** What an event would be about; or why there can be none, as a sentence. */
type Staged = Result<Partial<NewEvent>, string>;

/** Tells of the newest entry of this kind. */
const ofEntry =
  (what: string, is: (entry: EntryRow) => boolean): ((stage: Stage) => Staged) =>
  ({ ticket, entries }) => {
    const entry = entries.findLast(is);
    if (entry === undefined) return err(`Ticket ${ticket.number} has no ${what} yet.`);
    return ok({ entryId: entry.id, actor: entry.author, contactId: contactOf(entry.author) });
  };
const ofTicket = ({ entries }: Stage): Staged => ok({ entryId: entries[0]?.id ?? null });
const ofStatus = (): Staged => ok({});
const ofRequester = ({ ticket }: Stage): Staged =>
  ticket.personId === null
    ? err(`Ticket ${ticket.number} is nobody's we know.`)
    : ok({ ticketId: null, contactId: ticket.personId });

/** The events a ticket can be asked about, and what each would be. */
const STAGES: Partial<Record<EventKind, (stage: Stage) => Staged>> = {
  ticket_opened: ofTicket,
  ticket_opened_by_operator: ofTicket,
  contact_replied: ofEntry('mail of anybody', ({ kind }) => kind === 'mail'),
  agent_replied: ofEntry('answer of an operator', ({ kind }) => kind === 'reply'),
  note_added: ofEntry('note', ({ kind }) => kind === 'note'),
  reply_airlocked: ofEntry('mail that waits', ({ visibility }) => visibility === 'operators_until_admitted'),
  ticket_pending: ofStatus,
  ticket_resolved: ofStatus,
  ticket_closed: ofStatus,
  ticket_reopened: ofStatus,
  participant_added: ({ ticket, audience }) => {
    const added = audience.findLast(({ role, ownerId }) => role !== 'requester' && ownerId !== null);
    if (added === undefined) return err(`Nobody but its requester takes part in ticket ${ticket.number}.`);
    return ok({ contactId: added.ownerId });
  },
  ticket_assigned: ({ ticket: { number, assigneeId, teamId } }) =>
    assigneeId === null && teamId === null
      ? err(`Ticket ${number} is given to nobody and no team.`)
      : ok({ payload: { assigneeId, teamId } }),
  contact_created: ofRequester,
  password_link_asked: ofRequester,
};

/** The events that `stageEvent` knows. */
export const STAGED_EVENTS = Object.keys(STAGES) as readonly EventKind[];

/** The event as it would be if it happened now, by the desk itself where nothing says who; or why there can be none. */
export function stageEvent(kind: EventKind, stage: Stage): Result<NewEvent, string> {
  const staged = STAGES[kind]?.(stage) ?? err(`${kind} does not happen to a ticket.`);
  if (!staged.ok) return staged;
  const { id: ticketId } = stage.ticket;
  const plain = {
    actor: 'system',
    ticketId,
    entryId: null as TicketEntryId | null,
    contactId: null as ContactId | null,
  };
  return ok({ id: 0 as EventId, kind, inboundId: null, ...plain, ...staged.value });
}

/** What the event would owe to whom, or why not. Budgets are read, not taken, and nothing is stored. */
export async function foresee(db: Queryable, event: NewEvent): Promise<readonly PlannedNotification[]> {
  const foreseen: PlannedNotification[] = [];
  for (const { planned, settings } of await planOwed(db, [owingOf(event)])) {
    const suppressed = await findSuppressed(
      db,
      planned.map(({ recipient }) => recipient),
    );
    const allowed = withSuppressed(planned, suppressed);
    foreseen.push(...(await applyBudgets(allowed, settings, (requests) => peekBudget(db, requests))));
  }
  return foreseen;
}
