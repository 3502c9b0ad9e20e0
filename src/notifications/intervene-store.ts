import { DELETED_CONTACT } from '../contacts/model.ts';
import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, MailboxId, NotificationId } from '../db/ids.ts';
import type { Credential, NotificationState } from '../db/schema/notifications.ts';
import type { EmailAddress } from '../mail/address.ts';
import { OUTBOX_CHANNEL } from './store.ts';
import { NOT_MAILED } from './suppression.ts';

/** A mail that nobody else changes until the transaction ends. */
export interface LockedMail {
  readonly id: NotificationId;
  readonly kind: string;
  readonly state: NotificationState;
  readonly reason: string | null;
  readonly recipient: EmailAddress;
  readonly contactId: ContactId | null;
  readonly credential: Credential | null;
}

/** Locks a mail: no sender claims it meanwhile. Null: no such mail. */
export async function lockMail(tx: Tx, id: NotificationId): Promise<LockedMail | null> {
  const [row] = await tx.sql<LockedMail[]>`
    select id, kind, state, reason, recipient, contact_id as "contactId", credential from notifications where id = ${id} for update`;
  return row ?? null;
}

/** Failed, put off, or kept back from an address that was not mailed. */
export interface Retriable {
  readonly state: Extract<NotificationState, 'failed' | 'deferred' | 'suppressed'>;
  readonly recipient: EmailAddress | null;
  readonly ticketNumber: number | null;
  readonly mailboxId: MailboxId | null;
}

/** What can be sent again at all of such mail: to whom is erased or not mailed, nothing; and of what was kept back only that. */
const retriable = (db: Queryable, { state, recipient, ticketNumber, mailboxId }: Retriable) => db.sql`
  from notifications n
  where n.state = ${state} and n.recipient <> ${DELETED_CONTACT}
    and not exists (select 1 from suppressions s where s.address = n.recipient)
    ${state === 'suppressed' ? db.sql`and starts_with(n.reason, ${NOT_MAILED})` : db.sql``}
    ${recipient === null ? db.sql`` : db.sql`and n.recipient = ${recipient}`}
    ${ticketNumber === null ? db.sql`` : db.sql`and n.ticket_id = (select id from tickets where number = ${ticketNumber})`}
    ${mailboxId === null ? db.sql`` : db.sql`and n.mailbox_id = ${mailboxId}`}`;

/** Locks such mail, the oldest first, at most so many. */
export async function lockRetriable(tx: Tx, which: Retriable, limit: number): Promise<readonly LockedMail[]> {
  return tx.sql<LockedMail[]>`
    select n.id, n.kind, n.state, n.reason, n.recipient, n.contact_id as "contactId", n.credential ${retriable(tx, which)}
    order by n.id limit ${limit} for update of n skip locked`;
}

/** How many there are of such mail. */
export async function countRetriable(db: Queryable, which: Retriable): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`select count(*)::int as count ${retriable(db, which)}`;
  return row?.count ?? 0;
}

/**
 * The mail is due at once, with the bytes it had, but for a secret: what it had of that it has no more. Of mail that was
 * erased with somebody whom it named no bytes are left, so it is written anew without them. That a person handed it out
 * counts as its resend, so that by itself it goes out no third time.
 */
export async function requeueByOperator(tx: Tx, ids: readonly NotificationId[]): Promise<void> {
  const mails = [...ids];
  await tx.sql`
    update notifications set resends = resends + case state when 'deferred' then 0 when 'suppressed' then 0 else 1 end,
      state = 'queued', reason = null, secret = null, attempts = 0, sent_at = null, next_attempt_at = now(),
      -- Whoever sends it again knows that it is late; should it fail again, they want to hear.
      told_trouble = 'delayed'
    where id = any(${mails}::bigint[])
      and state in ('failed', 'suppressed', 'uncertain', 'deferred', 'sent', 'bounced')`;
  await tx.sql`
    delete from notification_mime
    where notification_id = any(${mails}::bigint[]) and substring(bytes from 1 for 12) = 'Message-ID: '::bytea`;
  // Whoever says "now" means the route as well.
  await tx.sql`
    delete from route_pauses where mailbox_id in (select mailbox_id from notifications where id = any(${mails}::bigint[]))`;
  await tx.sql`select pg_notify(${OUTBOX_CHANNEL}, '')`;
}

/** The mail may go although it has words of an internal note: an operator has read both. */
export async function permitNotes(tx: Tx, id: NotificationId): Promise<void> {
  await tx.sql`update notifications set may_quote_notes = true where id = ${id}`;
}

/** The fate of an uncertain mail is known now; how it became known is in its record. */
export async function settleUncertain(
  tx: Tx,
  id: NotificationId,
  state: Extract<NotificationState, 'sent' | 'failed'>,
  said: string,
): Promise<void> {
  await tx.sql`
    with settled as (
      update notifications n set state = ${state}, secret = null,
        reason = case when ${state} = 'failed' then ${said} end,
        sent_at = case when ${state} = 'sent' then coalesce(
          (select max(at) from deliveries d where d.notification_id = n.id and d.outcome = 'uncertain'), now()) end,
        -- Whoever says that it failed need not be told.
        told_trouble = case when ${state} = 'failed' then 'failed' else n.told_trouble end
      where n.id = ${id} and n.state = 'uncertain'
      returning n.id
    )
    insert into deliveries (notification_id, outcome, reply) select id, ${state}, ${said} from settled`;
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
