import type { Queryable } from '../db/client.ts';
import type { MailboxId, NotificationId, TicketEntryId, TicketId } from '../db/ids.ts';
import type { NotificationState } from '../db/schema/notifications.ts';
import type { EmailAddress } from '../mail/address.ts';

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
  /** The digest that tells of it; null: none does yet, or it is a mail of its own. */
  readonly digest: { readonly id: NotificationId; readonly state: NotificationState } | null;
  readonly attempts: number;
  readonly messageId: string;
  readonly createdAt: Date;
  readonly nextAttemptAt: Date;
  readonly sentAt: Date | null;
}

const outboxRows = (db: Queryable) => db.sql`
  select n.id, n.kind, t.number as "ticketNumber",
    (select e.entry_id from events e where e.id = n.event_id) as "entryId", n.recipient, n.recipient_name as "recipientName", n.state, n.because,
    n.reason, (select jsonb_build_object('id', g.id, 'state', g.state) from notifications g where g.id = n.folded_into) as digest, n.attempts, n.message_id as "messageId", n.created_at as "createdAt",
    n.next_attempt_at as "nextAttemptAt", n.sent_at as "sentAt"
  from notifications n left join tickets t on t.id = n.ticket_id`;

/** Which mail is looked at; null: whatever it is. */
export interface OutboxFilter {
  readonly state: NotificationState | null;
  readonly recipient: EmailAddress | null;
  readonly ticketNumber: number | null;
  readonly mailboxId: MailboxId | null;
  /** Older than this one. */
  readonly before: NotificationId | null;
}

/** Mail by these marks, the newest first; at most 1,001, so that a page of 1,000 knows whether there is another. */
export async function listOutbox(db: Queryable, filter: OutboxFilter, limit: number): Promise<readonly OutboxRow[]> {
  const { state, recipient, ticketNumber, mailboxId, before } = filter;
  const all = db.sql``;
  return db.sql<OutboxRow[]>`
    ${outboxRows(db)} where true
    ${state === null ? all : db.sql`and n.state = ${state}`}
    ${recipient === null ? all : db.sql`and n.recipient = ${recipient}`}
    ${ticketNumber === null ? all : db.sql`and t.number = ${ticketNumber}`}
    ${mailboxId === null ? all : db.sql`and n.mailbox_id = ${mailboxId}`}
    ${before === null ? all : db.sql`and n.id < ${before}`}
    order by n.id desc limit ${Math.min(limit, 1001)}`;
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

/** What a mail says whose bytes are not stored. */
export interface SecretMail {
  readonly view: unknown;
  readonly locale: string;
}

/** A mail whose bytes are not stored, because it has a secret; null: it has none. */
export async function findSecretMail(db: Queryable, id: NotificationId): Promise<SecretMail | null> {
  const [row] = await db.sql<SecretMail[]>`
    select view, locale from notifications where id = ${id} and credential is not null`;
  return row ?? null;
}
