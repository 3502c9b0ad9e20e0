import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, EventId, MailboxId, NotificationId, TicketId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';
import type { EmailAddress } from '../mail/address.ts';
import { foldKey } from './budget.ts';
import type { NotificationKind, MailView } from './views.ts';

/** Whose mail waits to be told together, of what kind and from which mailbox. */
interface Waiting {
  readonly recipient: EmailAddress;
  readonly mailboxId: MailboxId;
  readonly kind: NotificationKind;
}

/** The `foldKey`s of those recipients for whom something waits to be told together. */
export async function findFolding(
  tx: Tx,
  planned: readonly { readonly recipient: EmailAddress }[],
): Promise<ReadonlySet<string>> {
  if (planned.length === 0) return new Set();
  const rows = await tx.sql<Waiting[]>`
    select distinct recipient, mailbox_id as "mailboxId", kind from notifications
    where recipient = any(${[...new Set(planned.map(({ recipient }) => recipient))]}::text[])
      and state = 'folded' and folded_into is null`;
  return new Set(rows.map(foldKey));
}

/** Whether anything waits to be told together: mostly nothing does. */
export async function isAnythingFolded(db: Queryable): Promise<boolean> {
  const rows = await db.sql`select 1 from notifications where state = 'folded' and folded_into is null limit 1`;
  return rows.length > 0;
}

/** Who has waited long enough, or for whom a digest is full. */
export interface DueFold {
  readonly recipient: EmailAddress;
  readonly mailboxId: MailboxId;
  readonly foldId: string;
}

/** How long mail of some kinds waits in a mailbox, and how many of them are enough. */
export interface FoldWait {
  readonly foldId: string;
  readonly kind: NotificationKind;
  readonly mailboxId: MailboxId;
  readonly minutes: number;
  /** null: however many wait, they wait. */
  readonly enough: number | null;
}

/** For so long nobody is told what they could not be told. */
const ASIDE_MINUTES = 5;

/** What waits for that reader is set aside for a while, for it could not be told. @returns false: others hold all of it */
export async function setAside(
  db: Queryable,
  { recipient, mailboxId }: Pick<DueFold, 'recipient' | 'mailboxId'>,
  kinds: readonly NotificationKind[],
): Promise<boolean> {
  const rows = await db.sql`
    update notifications n set next_attempt_at = now() + ${ASIDE_MINUTES} * interval '1 minute'
    from (select id from notifications
      where recipient = ${recipient} and mailbox_id = ${mailboxId} and state = 'folded' and folded_into is null
        and kind = any(${[...kinds]}::text[]) for update skip locked) as free
    where n.id = free.id`;
  return rows.count > 0;
}

/**
 * Those whose time is up and who are not set aside, the longest waiting first; at most `limit`. A time that lies further
 * ahead than anything waits is that of a clock which was wrong.
 */
export async function findDueFolds(
  db: Queryable,
  waits: readonly FoldWait[],
  limit: number,
): Promise<readonly DueFold[]> {
  return db.sql<DueFold[]>`
    select n.recipient, n.mailbox_id as "mailboxId", w."foldId"
    from notifications n
    join json_to_recordset(${records(db, waits)}) as w("foldId" text, kind text, "mailboxId" bigint, minutes float8, enough int)
      on w.kind = n.kind and w."mailboxId" = n.mailbox_id
    where n.state = 'folded' and n.folded_into is null
    group by n.recipient, n.mailbox_id, w."foldId"
    having (bool_or(n.created_at not between now() - w.minutes * interval '1 minute' and now() + w.minutes * interval '1 minute')
        or count(*) >= min(w.enough))
      and not (max(n.next_attempt_at) > now() and max(n.next_attempt_at) < now() + ${2 * ASIDE_MINUTES} * interval '1 minute')
    order by min(n.id) limit ${limit}`;
}

/** A mail that waits to be told together with others, and what is known of its reader by now. */
export interface FoldedMail {
  readonly id: NotificationId;
  readonly kind: NotificationKind;
  readonly ticketId: TicketId | null;
  readonly eventId: EventId;
  readonly contactId: ContactId | null;
  /** Who stands for them; null: nobody we know. */
  readonly personId: ContactId | null;
  /** They are the requester of its ticket. */
  readonly isTheirs: boolean;
  readonly recipient: EmailAddress;
  readonly recipientName: string;
  readonly locale: string;
  readonly replyDomain: string;
  readonly view: unknown;
  /** When it happened. */
  readonly at: Date;
  readonly status: ContactStatus | null;
  /** Why their address is not mailed; null: it is. */
  readonly suppressed: string | null;
  /** Of an operator: they are none any more. */
  readonly isDisabled: boolean;
}

/** Whom the mail is for, of which something may wait. */
export async function findFoldedContacts(
  tx: Tx,
  { recipient, mailboxId }: Pick<DueFold, 'recipient' | 'mailboxId'>,
): Promise<readonly ContactId[]> {
  const rows = await tx.sql<{ id: ContactId }[]>`
    select distinct contact_id as id from notifications
    where recipient = ${recipient} and mailbox_id = ${mailboxId} and state = 'folded' and folded_into is null
      and contact_id is not null order by id`;
  return rows.map(({ id }) => id);
}

/**
 * What waits for one reader, in the order in which it happened, under a lock that lasts until the transaction ends:
 * another worker that comes to the same waits, and then finds nothing of it.
 */
export async function lockFolded(
  tx: Tx,
  { recipient, mailboxId }: Pick<DueFold, 'recipient' | 'mailboxId'>,
  kinds: readonly NotificationKind[],
  limit: number,
): Promise<readonly FoldedMail[]> {
  const rows = await tx.sql<{ id: NotificationId }[]>`
    select id from notifications
    where recipient = ${recipient} and mailbox_id = ${mailboxId} and state = 'folded' and folded_into is null
      and kind = any(${[...kinds]}::text[])
    order by event_id, id limit ${limit} for update`;
  if (rows.length === 0) return [];
  // Read when they are locked: what others did to their readers has been done, or waits for us.
  return tx.sql<FoldedMail[]>`
    select n.id, n.kind, n.ticket_id as "ticketId", n.event_id as "eventId", n.contact_id as "contactId",
      person.id as "personId", coalesce(r.id = person.id, false) as "isTheirs",
      n.recipient, n.recipient_name as "recipientName", n.locale, b.reply_domain as "replyDomain", n.view, e.at,
      person.status, (select reason from suppressions s where s.address = n.recipient) as suppressed,
      n.contact_id is null and exists (
        select 1 from operators o where o.address = n.recipient and o.disabled_at is not null) as "isDisabled"
    from notifications n
    join mailboxes b on b.id = n.mailbox_id
    join events e on e.id = n.event_id
    left join contacts own on own.id = n.contact_id
    left join contacts person on person.id = coalesce(own.merged_into_id, own.id)
    left join tickets t on t.id = n.ticket_id
    left join contacts asks on asks.id = t.requester_id
    left join contacts r on r.id = coalesce(asks.merged_into_id, asks.id)
    where n.id = any(${rows.map(({ id }) => id)}::bigint[])
    order by n.event_id, n.id`;
}

/** They are not told after all. */
export async function markFoldedSuppressed(
  tx: Tx,
  refused: readonly { readonly id: NotificationId; readonly why: string }[],
): Promise<void> {
  if (refused.length === 0) return;
  await tx.sql`
    update notifications n set state = 'suppressed', reason = r.why, limited_by = null
    from json_to_recordset(${records(tx, refused)}) as r(id bigint, why text) where n.id = r.id and n.state = 'folded'`;
}

/** It was calm again: what waited alone is a mail of its own. */
export async function markUnfolded(tx: Tx, ids: readonly NotificationId[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.sql`
    update notifications set state = 'queued', reason = null, limited_by = null, next_attempt_at = now()
    where id = any(${[...ids]}::bigint[]) and state = 'folded'`;
}

/** The mail that tells of several things at once. */
export interface NewDigest {
  readonly publicId: string;
  readonly messageId: string;
  readonly kind: NotificationKind;
  readonly mailboxId: MailboxId;
  readonly ticketId: TicketId | null;
  readonly eventId: EventId;
  readonly contactId: ContactId | null;
  readonly recipient: EmailAddress;
  readonly recipientName: string;
  readonly because: string;
  readonly locale: string;
  readonly view: MailView;
}

/** The digest is owed, and these are told in it. */
export async function insertDigest(tx: Tx, digest: NewDigest, ids: readonly NotificationId[]): Promise<void> {
  await tx.sql`
    with digest as (
      insert into notifications (public_id, message_id, kind, lane, mailbox_id, ticket_id, event_id, contact_id,
        recipient, recipient_name, because, locale, state, view, "references")
      values (${digest.publicId}, ${digest.messageId}, ${digest.kind}, 1, ${digest.mailboxId}, ${digest.ticketId},
        ${digest.eventId}, ${digest.contactId}, ${digest.recipient}, ${digest.recipientName}, ${digest.because},
        ${digest.locale}, 'queued', ${tx.sql.json(digest.view as never)}, '[]')
      returning id
    )
    update notifications n set folded_into = d.id from digest d where n.id = any(${[...ids]}::bigint[])`;
}

/** The senders look for what is due. */
export const wakeSenders = async (tx: Tx, channel: string): Promise<void> => {
  await tx.sql`select pg_notify(${channel}, '')`;
};
