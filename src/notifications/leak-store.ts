import type { Queryable } from '../db/client.ts';
import type { NotificationId, TicketEntryId, TicketId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import { STAFF_KINDS } from './mail-kinds.ts';

/**
 * Tickets that are one by now, by the one they became part of, and how much of them only operators may read: internal
 * notes, and what waits to be admitted.
 */
export interface InternalTrove {
  readonly rootId: TicketId;
  /** Those of them that were asked about. */
  readonly ticketIds: readonly TicketId[];
  readonly numbers: readonly number[];
  readonly count: number;
  readonly sizeBytes: number;
}

/** Of these tickets, those where there is something. One look at the index of each ticket's entries; no text is read. */
export async function listTroves(
  db: Queryable,
  ticketIds: readonly TicketId[],
  numbers: readonly number[],
): Promise<readonly InternalTrove[]> {
  return db.sql<InternalTrove[]>`
    with asked as (
      select id, number, coalesce(merged_into_id, id) as root_id from tickets where id = any(${[...ticketIds]}::bigint[])
      union select id, number, coalesce(merged_into_id, id) from tickets where number = any(${[...numbers]}::bigint[])
    )
    select r.root_id as "rootId", r."ticketIds", r.numbers, e.count, e.bytes as "sizeBytes"
    from (
      select root_id, array_agg(id) as "ticketIds", array_agg(number) as numbers from asked group by root_id
    ) r cross join lateral (
      select count(*)::int as count, coalesce(sum(octet_length(e.text)), 0)::float8 as bytes
      from tickets t join ticket_entries e on e.ticket_id = t.id
      where (t.id = r.root_id or t.merged_into_id = r.root_id) and e.visibility <> 'everybody' and e.kind <> 'status'
    ) e
    where e.count > 0 order by r.root_id`;
}

/** What only operators may read of a ticket. */
export interface InternalWords {
  readonly rootId: TicketId;
  /** Of the ticket where it stands. */
  readonly number: number;
  readonly entryId: TicketEntryId;
  readonly at: Date;
  readonly text: string;
  /** There is no more of it. */
  readonly isWhole: boolean;
}

/** What is in these troves, the newest first, of each at most so many bytes; in order of their tickets. */
export async function listInternalWords(
  db: Queryable,
  rootIds: readonly TicketId[],
  maxBytes: number,
): Promise<readonly InternalWords[]> {
  return db.sql<InternalWords[]>`
    select r.root_id as "rootId", e.number, e.id as "entryId", e.at, left(e.text, (${maxBytes} - e.newer)::int) as text,
      e.newer + octet_length(e.text) <= ${maxBytes} as "isWhole"
    from unnest(${[...rootIds]}::bigint[]) as r(root_id) cross join lateral (
      select t.number, e.id, e.at, e.text, coalesce(sum(octet_length(e.text)) over (
        order by e.id desc rows between unbounded preceding and 1 preceding), 0) as newer
      from tickets t join ticket_entries e on e.ticket_id = t.id
      where (t.id = r.root_id or t.merged_into_id = r.root_id) and e.visibility <> 'everybody' and e.kind <> 'status'
    ) e
    where e.newer < ${maxBytes} order by r.root_id, e.id desc`;
}

/** What everybody who takes part in a ticket may read. */
export interface PublicWords {
  readonly entryId: TicketEntryId;
  readonly text: string;
  /** A customer wrote it, or a mail with it has gone out to one: it is no secret, whenever it was written. */
  readonly isKnown: boolean;
}

/** The same for what everybody may read of a ticket and of those that are one with it. */
export async function listPublicWords(
  db: Queryable,
  rootId: TicketId,
  maxBytes: number,
): Promise<readonly PublicWords[]> {
  return db.sql<PublicWords[]>`
    select e.id as "entryId", left(e.text, (${maxBytes} - e.newer)::int) as text,
      (e.kind = 'mail' and not coalesce(e.flags, '[]') ? 'by_agent') or exists (
        select 1 from events v join notifications n on n.event_id = v.id and n.ticket_id = v.ticket_id
        where v.ticket_id = e.ticket_id and v.entry_id = e.id and n.state = 'sent'
          and n.kind <> all(${[...STAFF_KINDS]}::text[])
      ) as "isKnown"
    from (
      select e.id, e.ticket_id, e.kind, e.flags, e.text, coalesce(sum(octet_length(e.text)) over (
        order by e.id desc rows between unbounded preceding and 1 preceding), 0) as newer
      from tickets t join ticket_entries e on e.ticket_id = t.id
      where (t.id = ${rootId} or t.merged_into_id = ${rootId}) and e.visibility = 'everybody' and e.kind <> 'status'
    ) e
    where e.newer < ${maxBytes} order by e.id desc`;
}

/** The record of these mails says with what they were not compared. */
export async function noteUncompared(
  db: Queryable,
  mails: readonly { readonly id: NotificationId; readonly said: string }[],
): Promise<void> {
  if (mails.length === 0) return;
  await db.sql`
    insert into deliveries (notification_id, outcome, reply)
    select r.id, 'not_compared', r.said from json_to_recordset(${records(db, mails)}) as r(id bigint, said text)`;
}
