import type { Tx } from '../db/client.ts';
import type { CustomerId, InboundMessageId, MailboxId, TicketEntryId, TicketId } from '../db/ids.ts';
import type { EntryFlag } from '../db/schema/tickets.ts';
import type { Facts } from './facts.ts';
import { PLAIN_MAIL } from './facts.ts';

/** An entry that waits in the airlock of a ticket. */
export interface AirlockedEntry {
  readonly id: TicketEntryId;
  readonly author: string;
  readonly authorName: string;
  readonly flags: readonly EntryFlag[];
  readonly inboundId: InboundMessageId;
  readonly contentKey: Buffer;
  readonly facts: Facts | null;
  readonly mailboxId: MailboxId;
  readonly defaultCustomerId: CustomerId | null;
}

/** The entry under lock; null when the ticket has none of that number in its airlock. */
export async function lockAirlockedEntry(
  tx: Tx,
  ticketId: TicketId,
  entryId: TicketEntryId,
): Promise<AirlockedEntry | null> {
  const [row] = await tx.sql<AirlockedEntry[]>`
    select e.id, e.author, e.author_name as "authorName", coalesce(e.flags, '[]') as flags, e.inbound_id as "inboundId",
      m.content_key as "contentKey", d.facts, m.mailbox_id as "mailboxId", b.default_customer_id as "defaultCustomerId"
    from ticket_entries e
    join inbound_messages m on m.id = e.inbound_id
    join mailboxes b on b.id = m.mailbox_id
    left join decisions d on d.inbound_id = e.inbound_id
    where e.id = ${entryId} and e.ticket_id = ${ticketId} and e.visibility = 'operators_until_admitted'
    for update of e`;
  return row === undefined ? null : { ...row, facts: row.facts === null ? null : { ...PLAIN_MAIL, ...row.facts } };
}

/** Everybody who takes part sees the entry from now on. */
export async function showEntryToAll(tx: Tx, id: TicketEntryId): Promise<void> {
  await tx.sql`update ticket_entries set visibility = 'everybody', flags = flags - 'not_participant' where id = ${id}`;
}

/** The mail is the first of another ticket from now on, by its contact; answers to it go there. */
export async function moveEntry(
  tx: Tx,
  entry: Pick<AirlockedEntry, 'id' | 'inboundId' | 'contentKey'>,
  ticketId: TicketId,
  author: string,
): Promise<void> {
  await tx.sql`update ticket_entries set ticket_id = ${ticketId}, author = ${author} where id = ${entry.id}`;
  await tx.sql`update message_identities set ticket_id = ${ticketId} where content_key = ${entry.contentKey}`;
  await tx.sql`
    update inbound_messages set ticket_id = ${ticketId}
    where id = ${entry.inboundId} or duplicate_of = ${entry.inboundId}`;
}

/** The entry was written by this contact. */
export async function putEntryAuthor(tx: Tx, id: TicketEntryId, author: string): Promise<void> {
  await tx.sql`update ticket_entries set author = ${author} where id = ${id}`;
}
