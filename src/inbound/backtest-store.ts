import type { Queryable } from '../db/client.ts';
import type { ContactId, CustomerId, InboundMessageId, MailboxId, NotificationId, TicketId } from '../db/ids.ts';
import { hexBytes } from '../db/records.ts';
import type { Verdict } from '../db/schema/mailboxes.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { SentToken } from '../notifications/store.ts';
import type { ThreadTicket } from '../tickets/thread-store.ts';
import type { Facts } from './facts.ts';

/** A decision of the time that is looked at: enough to put all of them in order, and to leave out what cannot be. */
export interface DecidedMail {
  readonly id: InboundMessageId;
  /** Microseconds since 1970: those decided in one transaction have the same. */
  readonly decidedAtUs: number;
  /** An earlier release decided, which kept less. */
  readonly isOld: boolean;
  /** The address that it brought back to life, and since when that had not been mailed; null: none. */
  readonly lifted: EmailAddress | null;
  readonly liftedSince: string | null;
}

/** The newest decisions about mail that came since, in the order in which they were made; at most `limit`. */
export async function listDecided(db: Queryable, since: Date, limit: number): Promise<readonly DecidedMail[]> {
  return db.sql<DecidedMail[]>`
    select * from (
      select m.id, (extract(epoch from d.decided_at) * 1000000)::float8 as "decidedAtUs",
        jsonb_typeof(d.facts -> 'clues') is distinct from 'object' and d.rule <> 'unreadable' as "isOld",
        case when d.facts #>> '{clues,lifted}' is not null then d.facts #>> '{sender,address}' end as lifted,
        d.facts #>> '{clues,lifted}' as "liftedSince"
      from inbound_messages m join decisions d on d.inbound_id = m.id
      where m.received_at >= ${since} and m.status <> 'received'
      order by m.id desc limit ${limit}
    ) newest order by "decidedAtUs", id`;
}

/** A mail as it was decided about, with what is needed to decide again. */
export interface StoredMail {
  readonly id: InboundMessageId;
  readonly mailboxId: MailboxId;
  readonly contentKey: Buffer;
  readonly messageIdHash: Buffer | null;
  /** null: a duplicate, whose first delivery has it. */
  readonly repeatKey: Buffer | null;
  readonly receivedAt: Date;
  readonly decidedAtUs: number;
  readonly verdict: Verdict | null;
  readonly rule: string;
  readonly ticketId: TicketId | null;
  /** Whoever wrote it, as its entry names them: 'contact:12'; null: it has none. */
  readonly author: string | null;
  readonly facts: Facts;
}

/** Those mails, in no order. */
export async function loadStored(db: Queryable, ids: readonly InboundMessageId[]): Promise<readonly StoredMail[]> {
  return db.sql<StoredMail[]>`
    select m.id, m.mailbox_id as "mailboxId", m.content_key as "contentKey", i.message_id_hash as "messageIdHash",
      i.repeat_key as "repeatKey", m.received_at as "receivedAt", m.verdict, d.rule, m.ticket_id as "ticketId",
      (extract(epoch from d.decided_at) * 1000000)::float8 as "decidedAtUs", e.author, d.facts
    from inbound_messages m
    join decisions d on d.inbound_id = m.id
    left join message_identities i on i.content_key = m.content_key and i.inbound_id = m.id
    left join ticket_entries e on e.id = m.entry_id
    where m.id = any(${[...ids]}::bigint[])`;
}

/** Tickets that hold mail of these Message-IDs which came before the mail `first`, the newest first, by hash in hex. */
export async function findEarlierThreads(
  db: Queryable,
  hashes: readonly string[],
  first: InboundMessageId,
): Promise<ReadonlyMap<string, readonly TicketId[]>> {
  if (hashes.length === 0) return new Map();
  const rows = await db.sql<{ hash: string; ticketIds: TicketId[] }[]>`
    select encode(wanted.hash, 'hex') as hash, array_agg(newest.ticket_id order by newest.inbound_id desc) as "ticketIds"
    from unnest(${hashes.map((hash) => hexBytes(Buffer.from(hash, 'hex')))}::text[]::bytea[]) as wanted(hash)
    cross join lateral (
      (select ticket_id, inbound_id from message_identities
      where message_id_hash = wanted.hash and ticket_id is not null and inbound_id < ${first}
      order by inbound_id desc limit 20)
      union all
      (select n.ticket_id, 0 from notifications n join events e on e.id = n.event_id
      where n.alias_hash = wanted.hash and n.ticket_id is not null and coalesce(e.inbound_id, 0) < ${first} limit 20)
    ) newest group by wanted.hash`;
  return new Map(rows.map(({ hash, ticketIds }) => [hash, ticketIds]));
}

/** Mail of ours with these public ids that no mail caused which came since the mail `first`. */
export async function findEarlierTokens(
  db: Queryable,
  publicIds: readonly string[],
  first: InboundMessageId,
): Promise<ReadonlyMap<string, SentToken>> {
  if (publicIds.length === 0) return new Map();
  const rows = await db.sql<SentToken[]>`
    select n.public_id as "publicId", n.id as "notificationId", n.ticket_id as "ticketId", n.recipient,
      coalesce(c.merged_into_id, n.contact_id) as "contactId", 'sent' as state, n.kind
    from notifications n join events e on e.id = n.event_id left join contacts c on c.id = n.contact_id
    where n.public_id = any(${[...publicIds]}::uuid[]) and coalesce(e.inbound_id, 0) < ${first}`;
  return new Map(rows.map((row) => [row.publicId, row]));
}

/** Which of our mails with these public ids exist, and whether each was kept back. */
export async function findOutcomes(
  db: Queryable,
  publicIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly wasSuppressed: boolean }>> {
  if (publicIds.length === 0) return new Map();
  const rows = await db.sql<{ publicId: string; wasSuppressed: boolean }[]>`
    select public_id as "publicId", state = 'suppressed' as "wasSuppressed" from notifications
    where public_id = any(${[...publicIds]}::uuid[])`;
  return new Map(rows.map(({ publicId, wasSuppressed }) => [publicId, { wasSuppressed }]));
}

/**
 * These tickets, and those they became part of, but for what mail opened that came since the mail `first`. An address on
 * a ticket that mail has made a contact since is nobody's yet.
 */
export async function findEarlierTickets(
  db: Queryable,
  ids: readonly TicketId[],
  { first, began }: { readonly first: InboundMessageId; readonly began: Date },
): Promise<readonly ThreadTicket[]> {
  if (ids.length === 0) return [];
  return db.sql<ThreadTicket[]>`
    select t.id, t.number, t.subject, t.mailbox_id as "mailboxId", t.requester_id as "requesterId", t.status,
      t.closed_at as "closedAt",
      coalesce((select array_agg(coalesce(c.merged_into_id, c.id)) from ticket_participants p
        join contacts c on c.id = p.contact_id where p.ticket_id = t.id), '{}') as "participantIds",
      coalesce((select array_agg(coalesce(c.merged_into_id, c.id)) from ticket_groups g
        join group_contacts m on m.group_id = g.group_id join contacts c on c.id = m.contact_id
        where g.ticket_id = t.id), '{}')
      || coalesce(typed.ids, '{}') as "toldIds", coalesce(typed.addresses, '{}') as "toldAddresses",
      t.merged_into_id as "mergedIntoId"
    from tickets t
    left join lateral (
      select array_agg(coalesce(c.merged_into_id, c.id)) filter (where c.id is not null) as ids,
        array_agg(m.address) filter (where c.id is null) as addresses
      from (
        select address from ticket_addresses where ticket_id = t.id
        union all
        select a.address from ticket_groups g join group_addresses a on a.group_id = g.group_id where g.ticket_id = t.id
      ) m
      left join contact_addresses w on w.address = m.address
      left join contacts c on c.id = w.contact_id and not (c.created_by = 'mail' and c.created_at >= ${began})
    ) typed on true
    where t.id = any(array(
        select unnest(${[...ids]}::bigint[])
        union select merged_into_id from tickets where id = any(${[...ids]}::bigint[]) and merged_into_id is not null))
      and not exists (
        select 1 from (select inbound_id from ticket_entries where ticket_id = t.id order by id limit 1) opening
        join inbound_messages m on m.id = opening.inbound_id
        where m.id >= ${first} and m.verdict = 'opened')
    order by t.id`;
}

/** The primary addresses of these people. */
export async function findPrimaryAddresses(
  db: Queryable,
  contactIds: readonly ContactId[],
): Promise<ReadonlyMap<ContactId, EmailAddress>> {
  if (contactIds.length === 0) return new Map();
  const rows = await db.sql<{ id: ContactId; address: EmailAddress }[]>`
    select contact_id as id, address from contact_addresses
    where is_primary and contact_id = any(${[...contactIds]}::bigint[])`;
  return new Map(rows.map(({ id, address }) => [id, address]));
}

/** Since when these addresses are not mailed, of those where that was so before the time looked at. */
export async function findEarlierSuppressions(
  db: Queryable,
  addresses: readonly string[],
  before: Date,
): Promise<ReadonlyMap<EmailAddress, { readonly since: Date; readonly reason: string }>> {
  if (addresses.length === 0) return new Map();
  const rows = await db.sql<{ address: EmailAddress; since: Date; reason: string }[]>`
    select address, created_at as since, reason from suppressions
    where address = any(${[...addresses]}::text[]) and created_at < ${before}`;
  return new Map(rows.map(({ address, since, reason }) => [address, { since, reason }]));
}

/** A mail that was owed to somebody, or that a toggle kept back; and whom that toggle is asked about. */
export interface OwedMail {
  readonly id: NotificationId;
  readonly kind: string;
  readonly recipient: string;
  /** The ticket's; null: it is about none. */
  readonly number: number | null;
  readonly mailboxId: MailboxId;
  readonly customerId: CustomerId | null;
  readonly contactId: ContactId | null;
  /** Kept back because the toggle was off. */
  readonly wasOff: boolean;
}

/** The newest of these kinds since, whatever became of it, but for what is kept back for other reasons. */
export async function listOwed(
  db: Queryable,
  kinds: readonly string[],
  switchedOff: string,
  since: Date,
  limit: number,
): Promise<readonly OwedMail[]> {
  // What is wrong with a mailbox is told by another one.
  return db.sql<OwedMail[]>`
    select n.id, n.kind, n.recipient, t.number, n.contact_id as "contactId", t.customer_id as "customerId",
      case when n.ticket_id is null then coalesce((e.payload ->> 'mailboxId')::bigint, n.mailbox_id) else n.mailbox_id end
        as "mailboxId", n.state = 'suppressed' as "wasOff"
    from notifications n join events e on e.id = n.event_id left join tickets t on t.id = n.ticket_id
    where n.created_at >= ${since} and n.kind = any(${[...kinds]}::text[])
      and (n.state <> 'suppressed' or n.reason = ${switchedOff})
    order by n.id desc limit ${limit}`;
}
