import type { Queryable } from '../db/client.ts';
import type { ContactId, MailboxId, NotificationId, TicketEntryId, TicketId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import type { Visibility } from '../db/schema/tickets.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { TicketRow } from '../tickets/store.ts';
import { ticketRows } from '../tickets/store.ts';
import type { StaffMember } from './staff-rules.ts';

/** The operators who are not disabled, by their number; at most 1,000. */
export async function listStaff(db: Queryable): Promise<readonly StaffMember[]> {
  return db.sql<StaffMember[]>`
    select o.id, o.address, o.name, o.role, o.locale, o.hears_of_tickets as "hearsOfTickets",
      o.hears_of_replies as "hearsOfReplies", o.hears_of_alarms as "hearsOfAlarms",
      array(select m.team_id from team_members m where m.operator_id = o.id order by 1) as "teamIds",
      (select coalesce(c.merged_into_id, c.id) from contact_addresses a join contacts c on c.id = a.contact_id
        where a.address = o.address) as "personId"
    from operators o where o.disabled_at is null order by o.id limit 1000`;
}

/** A ticket with all that a mail says of it. */
export interface ToldTicket extends TicketRow {
  readonly requesterAddress: EmailAddress | null;
}

export async function listToldTickets(db: Queryable, ids: readonly TicketId[]): Promise<readonly ToldTicket[]> {
  return db.sql<ToldTicket[]>`
    select q.*, (select a.address from contact_addresses a where a.contact_id = q."personId" and a.is_primary)
      as "requesterAddress"
    from (${ticketRows(db)} where t.id = any(${[...ids]}::bigint[])) q`;
}

/** What an entry says, who says it, and who may read it. */
export interface ToldEntry {
  readonly id: TicketEntryId;
  readonly authorName: string;
  readonly text: string;
  readonly at: Date;
  /** As records name them. */
  readonly author: string;
  readonly visibility: Visibility;
}

export async function listToldEntries(db: Queryable, ids: readonly TicketEntryId[]): Promise<readonly ToldEntry[]> {
  return db.sql<ToldEntry[]>`
    select id, author_name as "authorName", text, at, author, visibility from ticket_entries
    where id = any(${[...ids]}::bigint[])`;
}

/** Who these contacts are: themselves, or who stands for them. */
export async function findPersons(
  db: Queryable,
  ids: readonly ContactId[],
): Promise<ReadonlyMap<ContactId, ContactId>> {
  if (ids.length === 0) return new Map();
  const rows = await db.sql<{ id: ContactId; personId: ContactId }[]>`
    select id, coalesce(merged_into_id, id) as "personId" from contacts where id = any(${[...ids]}::bigint[])`;
  return new Map(rows.map(({ id, personId }) => [id, personId]));
}

/** Whom to write to about a ticket. */
export interface TicketRecipient {
  readonly ticketId: TicketId;
  readonly recipient: EmailAddress;
}

/** What a mail answers, and what its recipient has seen before it, oldest first. */
export interface Thread extends TicketRecipient {
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
}

const MAX_REFERENCES = 20;

/** For each recipient the Message-IDs of the ticket's mail that everybody saw or that went to them: the newest 20. */
export async function listThreads(db: Queryable, told: readonly TicketRecipient[]): Promise<readonly Thread[]> {
  if (told.length === 0) return [];
  const rows = await db.sql<{ ticketId: TicketId; recipient: EmailAddress | null; messageId: string; at: Date }[]>`
    select t.id as "ticketId", null::text as recipient, e.message_id as "messageId", e.at
    from unnest(${[...new Set(told.map(({ ticketId }) => ticketId))]}::bigint[]) as t(id), lateral (
      select message_id, at from ticket_entries
      where ticket_id = t.id and message_id is not null and visibility = 'everybody'
      order by at desc limit ${MAX_REFERENCES}) e
    union all
    select r."ticketId", r.recipient, n.message_id, n.created_at
    from json_to_recordset(${records(db, told)}) as r("ticketId" bigint, recipient text), lateral (
      select message_id, created_at from notifications
      where ticket_id = r."ticketId" and recipient = r.recipient and state in ('sent', 'uncertain')
      order by created_at desc limit ${MAX_REFERENCES}) n`;
  const ofTickets = Map.groupBy(rows, ({ ticketId }) => ticketId);
  return told.map(({ ticketId, recipient }) => {
    const seen = (ofTickets.get(ticketId) ?? [])
      .filter((row) => row.recipient === null || row.recipient === recipient)
      .toSorted((a, b) => a.at.getTime() - b.at.getTime())
      .slice(-MAX_REFERENCES);
    const answered = seen.findLast((row) => row.recipient === null) ?? seen.at(-1);
    const references = seen.map(({ messageId }) => messageId);
    return { ticketId, recipient, inReplyTo: answered?.messageId ?? null, references };
  });
}

/** A mail of ours that is in trouble, as an alarm tells of it. */
export interface TroubledMail {
  readonly id: NotificationId;
  readonly mailboxId: MailboxId;
  readonly to: EmailAddress;
  readonly subject: string | null;
  readonly number: number | null;
  /** In the last words of the server, else ours. */
  readonly said: string;
  readonly since: Date;
}

export async function listTroubledMails(
  db: Queryable,
  ids: readonly NotificationId[],
): Promise<readonly TroubledMail[]> {
  if (ids.length === 0) return [];
  return db.sql<TroubledMail[]>`
    select n.id, n.mailbox_id as "mailboxId", n.recipient as "to", t.subject, t.number, n.created_at as since,
      coalesce((select nullif(d.reply, '') from deliveries d where d.notification_id = n.id order by d.id desc limit 1),
        n.reason, 'nothing was said') as said
    from notifications n left join tickets t on t.id = n.ticket_id where n.id = any(${[...ids]}::bigint[])`;
}

/** From where these messages came, as their decisions have it. */
export async function findSenders(db: Queryable, inboundIds: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (inboundIds.length === 0) return new Map();
  const rows = await db.sql<{ id: number; sender: string }[]>`
    select inbound_id as id, facts #>> '{sender,address}' as sender from decisions
    where inbound_id = any(${[...inboundIds]}::bigint[]) and facts #>> '{sender,address}' is not null`;
  return new Map(rows.map(({ id, sender }) => [id, sender]));
}
