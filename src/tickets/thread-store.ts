import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, CustomerId, MailboxId, TicketId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import type { LinkKind, ParticipantRole, TicketStatus } from '../db/schema/tickets.ts';

/** A ticket as a reply needs to know it. */
export interface ThreadTicket {
  readonly id: TicketId;
  readonly number: number;
  readonly subject: string;
  readonly mailboxId: MailboxId;
  readonly requesterId: ContactId | null;
  readonly status: TicketStatus;
  readonly closedAt: Date | null;
  /** Those who stand for them, where they have been merged. */
  readonly participantIds: readonly ContactId[];
  readonly mergedIntoId: TicketId | null;
}

/**
 * Locked until the transaction ends: a ticket that an operator closes meanwhile is closed before or after, not between.
 * Those they were merged into are among them.
 */
export async function lockThreadTickets(
  db: Tx,
  ids: readonly TicketId[],
): Promise<ReadonlyMap<TicketId, ThreadTicket>> {
  if (ids.length === 0) return new Map();
  const rows = await db.sql<ThreadTicket[]>`
    select t.id, t.number, t.subject, t.mailbox_id as "mailboxId", t.requester_id as "requesterId", t.status,
      t.closed_at as "closedAt",
      coalesce((select array_agg(coalesce(c.merged_into_id, c.id)) from ticket_participants p
        join contacts c on c.id = p.contact_id where p.ticket_id = t.id), '{}') as "participantIds",
      t.merged_into_id as "mergedIntoId"
    from tickets t
    where t.id = any(array(
      select unnest(${[...ids]}::bigint[])
      union select merged_into_id from tickets where id = any(${[...ids]}::bigint[]) and merged_into_id is not null))
    order by t.id for no key update of t`;
  return new Map(rows.map((row) => [row.id, row]));
}

/** Which tickets have these public numbers. */
export async function findTicketsByNumbers(
  db: Queryable,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, TicketId>> {
  if (numbers.length === 0) return new Map();
  const rows = await db.sql<{ number: number; id: TicketId }[]>`
    select number, id from tickets where number = any(${[...numbers]}::bigint[])`;
  return new Map(rows.map(({ number, id }) => [number, id]));
}

/** One ticket has to do with an earlier one. */
export interface TicketLink {
  readonly ticketId: TicketId;
  readonly otherId: TicketId;
  readonly kind: LinkKind;
}

export async function insertTicketLinks(tx: Tx, links: readonly TicketLink[]): Promise<void> {
  if (links.length === 0) return;
  await tx.sql`
    insert into ticket_links (ticket_id, other_id, kind)
    select r."ticketId", r."otherId", r.kind
    from json_to_recordset(${records(tx, links)}) as r("ticketId" bigint, "otherId" bigint, kind text)
    on conflict do nothing`;
}

/** Somebody takes part in a ticket. */
export interface NewParticipant {
  readonly ticketId: TicketId;
  readonly contactId: ContactId;
  readonly role: ParticipantRole;
}

export async function insertParticipants(tx: Tx, participants: readonly NewParticipant[]): Promise<void> {
  if (participants.length === 0) return;
  await tx.sql`
    insert into ticket_participants (ticket_id, contact_id, role)
    select r."ticketId", r."contactId", r.role
    from json_to_recordset(${records(tx, participants)}) as r("ticketId" bigint, "contactId" bigint, role text)
    on conflict do nothing`;
}

/** A ticket that has to do with another, as operators see it. */
export interface LinkRow {
  /** `merged_here`: it became part of this one; `continued_by` and the like: the same link, seen from the other side. */
  readonly kind: LinkKind | 'merged_here' | 'continued_by' | 'may_own' | 'gave';
  readonly number: number;
  readonly subject: string;
}

/** What a ticket has to do with others, from both sides; at most 200. */
export async function listTicketLinks(db: Queryable, id: TicketId): Promise<readonly LinkRow[]> {
  return db.sql<LinkRow[]>`
    select l.kind, t.number, t.subject from ticket_links l join tickets t on t.id = l.other_id where l.ticket_id = ${id}
    union all
    select case l.kind when 'continues' then 'continued_by' when 'may_belong_to' then 'may_own' else 'gave' end, t.number, t.subject
    from ticket_links l join tickets t on t.id = l.ticket_id where l.other_id = ${id}
    union all
    select 'merged_here', t.number, t.subject from tickets t where t.merged_into_id = ${id}
    order by 2 limit 200`;
}

/** Whether people whose company nobody knows come to this customer: then two of them are strangers to each other. */
export async function isHomeOfStrangers(db: Queryable, customerId: CustomerId): Promise<boolean> {
  const [row] = await db.sql<{ is: boolean }[]>`
    select is_unassigned or exists (select 1 from mailboxes m where m.default_customer_id = c.id) as is
    from customers c where c.id = ${customerId}`;
  return row?.is ?? true;
}

/** Both tickets, and what was merged into them, under lock, in order of their ids, until the transaction ends. */
export async function lockForMerge(
  tx: Tx,
  ids: readonly [TicketId, TicketId],
): Promise<ReadonlyMap<TicketId, { readonly status: TicketStatus; readonly mergedIntoId: TicketId | null }>> {
  const rows = await tx.sql<{ id: TicketId; status: TicketStatus; mergedIntoId: TicketId | null }[]>`
    select id, status, merged_into_id as "mergedIntoId" from tickets
    where id = any(${[...ids]}::bigint[]) or merged_into_id = any(${[...ids]}::bigint[])
    order by id for update`;
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * One ticket is part of the other from now on, with all that was merged into it before; it is closed, and whoever took
 * part in it takes part in the other.
 */
export async function putMerge(tx: Tx, from: TicketId, into: TicketId): Promise<void> {
  await tx.sql`
    update tickets set merged_into_id = ${into}, status = 'closed', closed_at = coalesce(closed_at, now()), updated_at = now()
    where id = ${from} or merged_into_id = ${from}`;
  await tx.sql`
    insert into ticket_participants (ticket_id, contact_id, role)
    select distinct ${into}::bigint, p.contact_id, 'cc' from ticket_participants p
    where p.ticket_id = ${from}
      and not exists (select 1 from ticket_participants o where o.ticket_id = ${into} and o.contact_id = p.contact_id)`;
}
