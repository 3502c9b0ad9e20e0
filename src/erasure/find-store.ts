import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, InboundMessageId, NotificationId, TicketId } from '../db/ids.ts';
import type { Verdict } from '../db/schema/mailboxes.ts';
import type { NotificationState } from '../db/schema/notifications.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Erasure, ErasureCounts } from './model.ts';
import { termsOf } from './terms.ts';

/** The labels under which records name these contacts as their authors. */
export const authorsOf = ({ ids, addresses }: Pick<Erasure, 'ids' | 'addresses'>): string[] => [
  ...ids.map((id) => `contact:${id}`),
  ...addresses.map((address) => `mail:${address}`),
];

/** Whose mail a decision is about, as it was then: the sender, or whoever wrote what an operator forwarded. */
const isTheirs = (db: Queryable, { ids, addresses }: Pick<Erasure, 'ids' | 'addresses'>) => db.sql`
  exists (
    select 1 from (values (d.facts -> 'sender'), (d.facts #> '{forwarded,sender}')) as s(who)
    where case who ->> 'is' when 'contact'
      then coalesce(who ->> 'ownerId', who ->> 'contactId')::bigint = any(${[...ids]}::bigint[])
      else who ->> 'address' = any(${[...addresses]}::text[]) end)`;

/** Addresses from which these contacts wrote or to which they were written, and which nobody has any more. */
export async function findFormerAddresses(db: Queryable, ids: readonly ContactId[]): Promise<readonly EmailAddress[]> {
  const rows = await db.sql<{ address: EmailAddress }[]>`
    select f.address from (
      select recipient as address from notifications where contact_id = any(${[...ids]}::bigint[])
      union
      select d.facts #>> '{sender,address}' from decisions d
      where d.facts #>> '{sender,is}' = 'contact'
        and coalesce(d.facts #>> '{sender,ownerId}', d.facts #>> '{sender,contactId}')::bigint = any(${[...ids]}::bigint[])
    ) f
    where not exists (select 1 from contact_addresses a where a.address = f.address and a.contact_id <> all(${[...ids]}::bigint[]))
    order by 1 limit 1000`;
  return rows.map(({ address }) => address);
}

/** What these contacts have been called: their names, and those in the records. */
export async function findNames(db: Queryable, who: Pick<Erasure, 'ids' | 'addresses'>): Promise<readonly string[]> {
  const rows = await db.sql<{ name: string }[]>`
    select name from (
      select trim(first_name || ' ' || last_name) as name from contacts where id = any(${[...who.ids]}::bigint[])
      union
      select author_name from ticket_entries where author = any(${authorsOf(who)}::text[])
      union
      select recipient_name from notifications where contact_id = any(${[...who.ids]}::bigint[])
    ) n where name <> '' order by 1 limit 200`;
  return rows.map(({ name }) => name);
}

/** What machines say about mail to somebody names them in its text. */
const REPORTS: readonly Verdict[] = ['bounce_recorded', 'report_recorded'];
/** The beginning of a mail in which it says from whom, or about whom, it is. */
const READ_BYTES = 65_536;
const FROM_FIELD = '(?in)(?:^|\\n)from:((?:[^\\n]|\\n[ \\t])*)';

/**
 * Mail they wrote, and bounces and other reports about mail to them. Where nothing else says whose it was, for nothing
 * came of it and its decision is gone, it is read.
 */
export async function findMessages(
  db: Queryable,
  who: Pick<Erasure, 'ids' | 'addresses'>,
): Promise<readonly InboundMessageId[]> {
  const { addresses } = termsOf(who.addresses, []);
  const rows = await db.sql<{ id: InboundMessageId }[]>`
    with silent as materialized (
      select m.id, m.verdict, replace(encode(substring(b.bytes for ${READ_BYTES}::int), 'escape'), e'\r', '') as text
      from inbound_messages m join blob_chunks b on b.sha256 = m.raw_sha256 and b.position = 0
      where m.entry_id is null and m.status = 'done'
        and (m.decision_gone_at is not null or m.verdict = any(${[...REPORTS]}::text[]))
    )
    select id from silent where verdict = any(${[...REPORTS]}::text[]) and text ~* ${addresses}
    union
    select id from silent
    where substring(split_part(text, e'\n\n', 1) from ${FROM_FIELD}) ~* ${addresses}
    union
    select d.inbound_id as id from decisions d where ${isTheirs(db, who)}
    union
    select d.inbound_id from decisions d join notifications n on n.public_id = (d.facts ->> 'reportsOn')::uuid
    where ${ofThem(db, who)}
    union
    select inbound_id from ticket_entries where author = any(${authorsOf(who)}::text[]) and inbound_id is not null
    order by id`;
  return rows.map(({ id }) => id);
}

/** Tickets they ask in, take part in, or are told of: by an address or in a group. */
const takesPart = (db: Queryable, { ids, addresses }: Pick<Erasure, 'ids' | 'addresses'>) => db.sql`
  select id from tickets where requester_id = any(${[...ids]}::bigint[])
  union select ticket_id from ticket_participants where contact_id = any(${[...ids]}::bigint[])
  union select ticket_id from ticket_addresses where address = any(${[...addresses]}::text[])
  union select t.ticket_id from ticket_groups t join group_contacts g using (group_id) where g.contact_id = any(${[...ids]}::bigint[])
  union select t.ticket_id from ticket_groups t join group_addresses g using (group_id) where g.address = any(${[...addresses]}::text[])`;

/** Tickets they take part in or wrote to. */
export async function findTickets(
  db: Queryable,
  who: Pick<Erasure, 'ids' | 'addresses'>,
): Promise<readonly TicketId[]> {
  const rows = await db.sql<{ id: TicketId }[]>`
    ${takesPart(db, who)}
    union select ticket_id from ticket_entries where author = any(${authorsOf(who)}::text[])
    order by id`;
  return rows.map(({ id }) => id);
}

/** Mail to these contacts or addresses. */
const ofThem = (db: Queryable, { ids, addresses }: Pick<Erasure, 'ids' | 'addresses'>) => db.sql`
  (n.contact_id = any(${[...ids]}::bigint[]) or n.recipient = any(${[...addresses]}::text[]))`;

/** Mail to them under lock: nobody claims or finishes it until the transaction ends. */
export async function lockMails(
  db: Queryable,
  who: Pick<Erasure, 'ids' | 'addresses'>,
): Promise<readonly { readonly id: NotificationId; readonly state: NotificationState }[]> {
  return db.sql<{ id: NotificationId; state: NotificationState }[]>`
    select n.id, n.state from notifications n where ${ofThem(db, who)} order by n.id for update`;
}

/**
 * How much there is of a person, as far as their tickets and what waits tell: quick, however much the desk has.
 */
export async function countErasure(db: Queryable, who: Pick<Erasure, 'ids' | 'addresses'>): Promise<ErasureCounts> {
  const contacts = [...who.ids];
  const [row] = await db.sql<ErasureCounts[]>`
    with theirs as materialized (
      ${takesPart(db, who)}
    ), wrote as materialized (
      select e.id, e.inbound_id from ticket_entries e join theirs t on t.id = e.ticket_id
      where e.author = any(${authorsOf(who)}::text[]) and e.kind = 'mail'
    ), held as materialized (
      select m.id from inbound_messages m join decisions d on d.inbound_id = m.id
      where m.status in ('held', 'quarantined') and ${isTheirs(db, who)}
    ), mails as materialized (
      select n.state from notifications n join theirs t on t.id = n.ticket_id where ${ofThem(db, who)}
    )
    select
      (select count(*)::int from theirs) as tickets,
      (select count(*)::int from wrote) as entries,
      (select count(*)::int from attachments a join wrote w on w.id = a.entry_id) as attachments,
      (select count(*)::int from (select inbound_id from wrote union select id from held) m) as messages,
      (select count(*)::int from held) as "heldMessages",
      (select count(*)::int from mails) as mails,
      (select count(*)::int from mails where state in ('queued', 'deferred')) as "pendingMails",
      (select count(*)::int from group_contacts where contact_id = any(${contacts}::bigint[])) as groups,
      (select count(*)::int from toggle_settings
        where layer = 'contact' and layer_id = any(${contacts}::bigint[])) as settings`;
  if (row === undefined) throw new Error('a count came back without a row');
  return row;
}

/** Records of years are searched: one statement may take its time. */
export async function allowLongStatements(tx: Tx): Promise<void> {
  await tx.sql`set local statement_timeout = '5min'`;
}
