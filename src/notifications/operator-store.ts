import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, NotificationId, TicketEntryId, TicketId } from '../db/ids.ts';
import type { Credential, NotificationState } from '../db/schema/notifications.ts';
import type { EmailAddress } from '../mail/address.ts';
import { OUTBOX_CHANNEL } from './store.ts';

/** A mail that is owed or was sent, as operators see it. */
export interface OutboxRow {
  readonly id: NotificationId;
  readonly kind: string;
  readonly ticketNumber: number | null;
  /** What was written that it tells of; null: it tells of something else. */
  readonly entryId: TicketEntryId | null;
  readonly recipient: EmailAddress;
  readonly recipientName: string;
  readonly state: NotificationState;
  /** Why this person: a sentence. */
  readonly because: string;
  /** Why it was not sent; null while all is well. */
  readonly reason: string | null;
  readonly attempts: number;
  readonly messageId: string;
  readonly createdAt: Date;
  readonly nextAttemptAt: Date;
  readonly sentAt: Date | null;
}

const outboxRows = (db: Queryable) => db.sql`
  select n.id, n.kind, t.number as "ticketNumber",
    (select e.entry_id from events e where e.id = n.event_id) as "entryId", n.recipient, n.recipient_name as "recipientName", n.state, n.because,
    n.reason, n.attempts, n.message_id as "messageId", n.created_at as "createdAt",
    n.next_attempt_at as "nextAttemptAt", n.sent_at as "sentAt"
  from notifications n left join tickets t on t.id = n.ticket_id`;

/** The newest mail, at most 1,000; of one state when one is given. */
export async function listOutbox(
  db: Queryable,
  state: NotificationState | null,
  limit: number,
): Promise<readonly OutboxRow[]> {
  return db.sql<OutboxRow[]>`
    ${outboxRows(db)} ${state === null ? db.sql`` : db.sql`where n.state = ${state}`}
    order by n.id desc limit ${Math.min(limit, 1000)}`;
}

/** Mail about a ticket, oldest first; at most 1,000. */
export async function listTicketMail(db: Queryable, ticketId: TicketId): Promise<readonly OutboxRow[]> {
  return db.sql<OutboxRow[]>`${outboxRows(db)} where n.ticket_id = ${ticketId} order by n.id limit 1000`;
}

export async function findOutboxRow(db: Queryable, id: NotificationId): Promise<OutboxRow | null> {
  const [row] = await db.sql<OutboxRow[]>`${outboxRows(db)} where n.id = ${id}`;
  return row ?? null;
}

/** One attempt, with the server's own words. */
export interface AttemptRow {
  readonly at: Date;
  readonly outcome: string;
  readonly stage: string | null;
  readonly code: number | null;
  readonly reply: string;
}

/** The attempts of a mail in order; at most 1,000. */
export async function listAttempts(db: Queryable, id: NotificationId): Promise<readonly AttemptRow[]> {
  return db.sql<AttemptRow[]>`
    select at, outcome, stage, code, reply from deliveries where notification_id = ${id} order by id limit 1000`;
}

/** The bytes as they go or went over the wire; null before the first attempt. */
export async function findMime(db: Queryable, id: NotificationId): Promise<Buffer | null> {
  const [row] = await db.sql<{ bytes: Buffer }[]>`
    select bytes from notification_mime where notification_id = ${id}`;
  return row?.bytes ?? null;
}

/** The view of a mail whose bytes are not stored, because it has a secret; null: it has none. */
export async function findSecretMailsView(db: Queryable, id: NotificationId): Promise<unknown> {
  const [row] = await db.sql<{ view: unknown }[]>`
    select view from notifications where id = ${id} and credential is not null`;
  return row?.view ?? null;
}

/** The state and the recipient under a lock that lasts until the transaction ends: no sender claims the mail meanwhile. Null: no such mail. */
export async function lockOutboxMail(
  tx: Tx,
  id: NotificationId,
): Promise<Pick<OutboxRow, 'state' | 'recipient'> | null> {
  const [row] = await tx.sql<Pick<OutboxRow, 'state' | 'recipient'>[]>`
    select state, recipient from notifications where id = ${id} for update`;
  return row ?? null;
}

/**
 * The mail is due at once, with the bytes it had, but for a secret: what it had of that it has no more. That a person sent an uncertain one again counts as its resend, so
 * that it is not sent a third time by itself.
 */
export async function requeueByOperator(
  tx: Tx,
  id: NotificationId,
): Promise<{ readonly credential: Credential | null; readonly contactId: ContactId | null }> {
  const [row] = await tx.sql<{ credential: Credential | null; contactId: ContactId | null }[]>`
    update notifications set resends = resends + case state when 'uncertain' then 1 else 0 end, state = 'queued',
      reason = null, secret = null, next_attempt_at = now()
    where id = ${id} and state in ('failed', 'suppressed', 'uncertain', 'deferred')
    returning credential, contact_id as "contactId"`;
  // Whoever says "now" means the route as well.
  await tx.sql`delete from route_pauses where mailbox_id = (select mailbox_id from notifications where id = ${id})`;
  await tx.sql`select pg_notify(${OUTBOX_CHANNEL}, '')`;
  return { credential: row?.credential ?? null, contactId: row?.contactId ?? null };
}

/** The mail is not sent any more. @returns whose secret an attempt has brought; null: none did */
export async function markCancelled(tx: Tx, id: NotificationId, reason: string): Promise<ContactId | null> {
  const [row] = await tx.sql<{ contactId: ContactId | null }[]>`
    with before as (select id, secret is not null as had_secret from notifications where id = ${id})
    update notifications n set state = 'cancelled', reason = ${reason}, secret = null
    from before b where n.id = b.id and n.state in ('queued', 'deferred')
    returning case when b.had_secret then n.contact_id end as "contactId"`;
  return row?.contactId ?? null;
}
