import type { Queryable } from '../db/client.ts';
import type { TicketEntryId, TicketId } from '../db/ids.ts';
import { STAFF_KINDS } from './mail-kinds.ts';

/** What only operators may read of a ticket. */
export interface InternalWords {
  readonly ticketId: TicketId;
  readonly number: number;
  readonly entryId: TicketEntryId;
  readonly text: string;
}

/** Of each ticket the newest; each as far as it is compared. */
const MAX_ENTRIES = 200;
const MAX_TEXT = 65_536;

/**
 * The internal notes, and what waits to be admitted, of these tickets and of those that became part of them; newest
 * first, of each ticket at most 200.
 */
export async function listInternalWords(
  db: Queryable,
  ticketIds: readonly TicketId[],
  numbers: readonly number[],
): Promise<readonly InternalWords[]> {
  return db.sql<InternalWords[]>`
    with root as (
      select id, number from tickets where id = any(${[...ticketIds]}::bigint[])
      union select id, number from tickets where number = any(${[...numbers]}::bigint[])
    )
    select r.id as "ticketId", r.number, e.id as "entryId", left(e.text, ${MAX_TEXT}) as text
    from root r cross join lateral (
      select e.id, e.text from tickets t join ticket_entries e on e.ticket_id = t.id
      where (t.id = r.id or t.merged_into_id = r.id) and e.visibility <> 'everybody' and e.kind <> 'status'
      order by e.id desc limit ${MAX_ENTRIES}
    ) e
    order by r.id, e.id desc`;
}

/** What everybody who takes part in a ticket may read. */
export interface PublicWords {
  readonly entryId: TicketEntryId;
  readonly text: string;
  /** A customer wrote it, or a mail with it has gone out to one: it is no secret, whenever it was written. */
  readonly isKnown: boolean;
}

/** The same for what everybody may read of one ticket. */
export async function listPublicWords(db: Queryable, ticketId: TicketId): Promise<readonly PublicWords[]> {
  return db.sql<PublicWords[]>`
    select e.id as "entryId", left(e.text, ${MAX_TEXT}) as text,
      (e.kind = 'mail' and not coalesce(e.flags, '[]') ? 'by_agent') or exists (
        select 1 from events v join notifications n on n.event_id = v.id and n.ticket_id = v.ticket_id
        where v.ticket_id = e.ticket_id and v.entry_id = e.id and n.state = 'sent'
          and n.kind <> all(${[...STAFF_KINDS]}::text[])
      ) as "isKnown"
    from tickets t join ticket_entries e on e.ticket_id = t.id
    where (t.id = ${ticketId} or t.merged_into_id = ${ticketId}) and e.visibility = 'everybody' and e.kind <> 'status'
    order by e.id desc limit ${MAX_ENTRIES}`;
}
