import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, MailboxId, TicketId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import type { LinkKind, TicketStatus } from '../db/schema/tickets.ts';

/** A ticket as a reply needs to know it. */
export interface ThreadTicket {
  readonly id: TicketId;
  readonly number: number;
  readonly subject: string;
  readonly mailboxId: MailboxId;
  readonly requesterId: ContactId | null;
  readonly status: TicketStatus;
  readonly closedAt: Date | null;
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
      coalesce((select array_agg(p.contact_id) from ticket_participants p where p.ticket_id = t.id), '{}') as "participantIds",
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
