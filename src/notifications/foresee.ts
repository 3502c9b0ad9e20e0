import type { Queryable } from '../db/client.ts';
import type { EventId, TicketEntryId } from '../db/ids.ts';
import type { EventKind } from '../events/catalogue.ts';
import type { NewEvent } from '../events/store.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { AudienceRow } from '../tickets/participant-store.ts';
import type { EntryRow, TicketRow } from '../tickets/store.ts';
import type { BudgetedNotification, BudgetRequest } from './budget.ts';
import { applyBudgets } from './budget.ts';
import { peekBudget } from './budget-store.ts';
import type { PlannedNotification } from './model.ts';
import { planOwed } from './owe.ts';
import type { Owing } from './owing.ts';
import { contactOf, owingOf } from './owing.ts';
import { findSuppressed, withSuppressed } from './store.ts';

/** A ticket as an event may come upon it. */
interface Stage {
  readonly ticket: TicketRow;
  readonly entries: readonly EntryRow[];
  readonly audience: readonly AudienceRow[];
}

/** What an event would be about, and what would be written; or why there can be none, as a sentence. */
type Staged = Result<Partial<NewEvent> & { readonly words?: string }, string>;

/** Tells of the newest entry of this kind. */
const ofEntry =
  (what: string, is: (entry: EntryRow) => boolean): ((stage: Stage) => Staged) =>
  ({ ticket, entries }) => {
    const entry = entries.findLast(is);
    if (entry === undefined) return err(`Ticket ${ticket.number} has no ${what} yet.`);
    return ok({ entryId: entry.id, actor: entry.author, contactId: contactOf(entry.author) });
  };
/** The same, or what an operator may still write. */
const ofWords =
  (words: string, is: (entry: EntryRow) => boolean): ((stage: Stage) => Staged) =>
  (stage) => {
    const found = ofEntry(words, is)(stage);
    return found.ok ? found : ok({ words });
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
  agent_replied: ofWords('(What the operator writes.)', ({ kind }) => kind === 'reply'),
  note_added: ofWords('(What the note says.)', ({ kind }) => kind === 'note'),
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

/** What it would owe mail for if it happened now, by the desk itself where nothing says who; or why there can be none. */
export function stageEvent(kind: EventKind, stage: Stage, at: Date): Result<Owing, string> {
  const staged = STAGES[kind]?.(stage) ?? err(`${kind} does not happen to a ticket.`);
  if (!staged.ok) return staged;
  const { words, ...about } = staged.value;
  const plain = { actor: 'system', ticketId: stage.ticket.id, entryId: null, contactId: null, inboundId: null };
  const owing = owingOf({ id: 0 as EventId, kind, ...plain, ...about });
  if (words === undefined) return ok(owing);
  const author = { authorName: stage.ticket.assignee ?? 'An operator', author: 'system' };
  const visibility = kind === 'note_added' ? 'operators' : 'everybody';
  return ok({ ...owing, entry: { id: 0 as TicketEntryId, ...author, text: words, at, visibility } });
}

/** What the event would owe to whom, or why not. Budgets are read, not taken, and nothing is stored. */
export async function foresee(db: Queryable, owing: Owing): Promise<readonly PlannedNotification[]> {
  const foreseen: PlannedNotification[] = [];
  for (const { planned, settings } of await planOwed(db, [owing])) {
    const suppressed = await findSuppressed(
      db,
      planned.map(({ recipient }) => recipient),
    );
    const allowed = withSuppressed(planned, suppressed);
    const peek = (requests: readonly BudgetRequest[]) => peekBudget(db, requests);
    const budgeted = await applyBudgets(allowed, settings, { peek, take: peek });
    foreseen.push(...budgeted.map(withWait));
  }
  return foreseen;
}

/** What would wait to be told together with others is told, and says so. */
const withWait = (one: BudgetedNotification): PlannedNotification =>
  one.foldedBecause === null
    ? one
    : { ...one, because: `${one.because}; it would wait to be told together with others: ${one.foldedBecause}` };
