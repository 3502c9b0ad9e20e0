import type { Db, Queryable } from '../db/client.ts';
import { inTransaction } from '../db/client.ts';
import type { ContactId, MailboxId, NotificationId, TicketId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import type { Credential, NotificationState } from '../db/schema/notifications.ts';
import type { EmailAddress } from '../mail/address.ts';
import { isPaused } from './pause-store.ts';
import { NOT_MAILED } from './suppression.ts';
import type { NotificationKind } from './views.ts';

/** A message that this process alone may send now, until the claim runs out. */
export interface ClaimedNotification {
  readonly id: NotificationId;
  readonly messageId: string;
  readonly kind: NotificationKind;
  readonly mailboxId: MailboxId;
  readonly contactId: ContactId | null;
  readonly recipient: EmailAddress;
  readonly recipientName: string;
  /** The reader's language. */
  readonly locale: string;
  /** An operator says that it may go although it has words of an internal note. */
  readonly mayQuoteNotes: boolean;
  readonly ticketId: TicketId | null;
  readonly view: unknown;
  /** What is put into the view when it is sent, and that sealed, once an attempt was made; null: nothing. */
  readonly credential: Credential | null;
  readonly secret: Buffer | null;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  readonly createdAt: Date;
  /** This attempt included. */
  readonly attempts: number;
  /** How often it was handed out again, by policy or by an operator. */
  readonly resends: number;
  /** The stored bytes of an earlier attempt; null before the first. */
  readonly bytes: Buffer | null;
}

/** How long a claim lasts: RELIABILITY D8. */
const CLAIM_MINUTES = 15;

/**
 * Claims due messages, for each mailbox at most what it has room for, in the order of lanes: a person's words first,
 * then what is fresh. Any number of workers may ask at once; each row is one's. What goes to an address that is not
 * mailed by now is kept back.
 */
export async function claimDue(
  db: Queryable,
  instance: string,
  claimToken: string,
  room: ReadonlyMap<MailboxId, number>,
): Promise<readonly ClaimedNotification[]> {
  return db.sql<ClaimedNotification[]>`
    with due as (
      select n.id, (select s.reason from suppressions s where s.address = n.recipient) as why_not from unnest(${[...room.keys()]}::bigint[], ${[...room.values()]}::int[]) as r(mailbox_id, room)
      cross join lateral (
        select id, recipient from notifications
        where mailbox_id = r.mailbox_id and state in ('queued', 'deferred') and next_attempt_at <= now()
          and not exists (select 1 from route_pauses p where p.mailbox_id = r.mailbox_id and ${isPaused(db)})
        order by lane, next_attempt_at limit r.room for update skip locked
      ) n
    ), claimed as (
      update notifications n set state = 'sending', claim_token = ${claimToken}, claimed_by = ${instance},
        claim_until = now() + ${CLAIM_MINUTES} * interval '1 minute', attempts = n.attempts + 1
      from due where n.id = due.id and due.why_not is null
      returning n.*
    ), kept_back as (
      update notifications n set state = 'suppressed', reason = ${NOT_MAILED}::text || ': ' || due.why_not, secret = null
      from due where n.id = due.id and due.why_not is not null
    )
    select c.id, c.message_id as "messageId", c.kind, c.mailbox_id as "mailboxId", c.contact_id as "contactId",
      c.recipient, c.recipient_name as "recipientName", c.locale, c.may_quote_notes as "mayQuoteNotes",
      c.ticket_id as "ticketId", c.view, c.credential, c.secret, c.in_reply_to as "inReplyTo", c."references",
      c.created_at as "createdAt", c.attempts, c.resends, m.bytes
    from claimed c left join notification_mime m on m.notification_id = c.id
    order by c.lane, c.next_attempt_at`;
}

/** Stores what was rendered: these bytes and no others are sent from now on. */
export async function storeMime(
  db: Queryable,
  rendered: readonly { readonly id: NotificationId; readonly bytes: Buffer }[],
): Promise<void> {
  if (rendered.length === 0) return;
  // They are ASCII (mail/compose.ts), and text is half as long as hex.
  const rows = rendered.map(({ id, bytes }) => ({ id, text: bytes.toString('latin1') }));
  await db.sql`
    insert into notification_mime (notification_id, bytes)
    select r.id, convert_to(r.text, 'UTF8') from json_to_recordset(${records(db, rows)}) as r(id bigint, text text)
    on conflict (notification_id) do nothing`;
}

/** What was claimed under this token and has not been begun is queued as if it had not been claimed. */
export async function releaseClaims(db: Queryable, claimToken: string): Promise<void> {
  await db.sql`
    update notifications set state = 'queued', attempts = attempts - 1, claim_token = null, claimed_by = null, claim_until = null
    where claim_token = ${claimToken} and state = 'sending'`;
}

export interface Claim {
  readonly id: NotificationId;
  readonly claimToken: string;
}

/**
 * Content is about to go to the server: from here on the truth may be unknown. Commits before it answers. The claim
 * begins anew, for the content may take 10 minutes of it (RELIABILITY D8).
 *
 * @returns for each claim whether it still held
 */
export async function markSubmitting(db: Queryable, claims: readonly Claim[]): Promise<readonly boolean[]> {
  const rows = await db.sql<{ id: NotificationId }[]>`
    update notifications n set state = 'submitting', claim_until = now() + ${CLAIM_MINUTES} * interval '1 minute'
    from json_to_recordset(${records(db, claims)}) as r(id bigint, "claimToken" uuid)
    where n.id = r.id and n.claim_token = r."claimToken" and n.state = 'sending' and n.claim_until > now()
    returning n.id`;
  const held = new Set(rows.map(({ id }) => id));
  return claims.map(({ id }) => held.has(id));
}

/** What came of an attempt. */
export interface AttemptOutcome extends Claim {
  readonly state: Extract<NotificationState, 'sent' | 'deferred' | 'failed' | 'uncertain' | 'queued'>;
  /** A sentence; null while all is well. */
  readonly reason: string | null;
  readonly delayMs: number;
  /** Ends mail to the address. */
  readonly suppress: boolean;
  /** A mail that failed because of its recipient's mailbox: what the server said of that; null: it did not. */
  readonly softBounce: string | null;
  readonly countsAsAttempt: boolean;
  readonly stage: string | null;
  readonly code: number | null;
  /** The server's words. */
  readonly reply: string;
  /** Hash in hex of the Message-ID that it gave the mail instead of ours; absent: none. */
  readonly aliasHash?: string | undefined;
}

/** Commits outcomes where the claim still matches; each leaves a row of its attempt. */
export async function finishAttempts(db: Queryable, outcomes: readonly AttemptOutcome[]): Promise<readonly boolean[]> {
  const rows = await db.sql<{ id: NotificationId }[]>`
    with outcome as (
      select * from json_to_recordset(${records(db, outcomes)}) as r(id bigint, "claimToken" uuid, state text,
        reason text, "delayMs" float8, suppress boolean, "countsAsAttempt" boolean, stage text, code int, reply text, "aliasHash" text)
    ), finished as (
      update notifications n set state = o.state, reason = o.reason, claim_token = null, claimed_by = null,
        claim_until = null, next_attempt_at = now() + o."delayMs" * interval '1 millisecond',
        sent_at = case when o.state = 'sent' then now() end,
        alias_hash = coalesce(decode(o."aliasHash", 'hex'), n.alias_hash),
        -- It may have to go out again while it waits, and once while nobody knows.
        secret = case when o.state in ('queued', 'deferred') or (o.state = 'uncertain' and n.resends = 0) then n.secret end,
        attempts = n.attempts - case when o."countsAsAttempt" then 0 else 1 end
      from outcome o
      where n.id = o.id and n.claim_token = o."claimToken" and n.state in ('sending', 'submitting')
      returning n.id, n.recipient
    ), logged as (
      insert into deliveries (notification_id, outcome, stage, code, reply)
      select o.id, o.state, o.stage, o.code, o.reply from outcome o join finished f on f.id = o.id
    ), silenced as (
      insert into suppressions (address, reason)
      select distinct on (f.recipient) f.recipient, o.reason from outcome o join finished f on f.id = o.id where o.suppress
      on conflict (address) do nothing
    )
    select id from finished`;
  const held = new Set(rows.map(({ id }) => id));
  return outcomes.map(({ id }) => held.has(id));
}

/**
 * This instance is at work now; whoever had its name before is not: its claims are anybody's at once. Should that one
 * live after all, its next heartbeat tells it.
 */
export async function beginWork(db: Db, instance: string, name: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    await tx.sql`delete from workers where name = ${name}`;
    await tx.sql`insert into workers (instance, name) values (${instance}, ${name})`;
  });
}

/** This instance is still at work. @returns `replaced` when another one has begun under its name */
export async function reportAlive(db: Db, instance: string, name: string): Promise<'alive' | 'replaced'> {
  const seen = await db.sql`update workers set seen_at = now() where instance = ${instance}`;
  if (seen.count > 0) return 'alive';
  return inTransaction(db, async (tx) => {
    // Taken for dead after a silence, or replaced.
    const others = await tx.sql`select 1 from workers where name = ${name} limit 1`;
    if (others.count > 0) return 'replaced';
    await tx.sql`insert into workers (instance, name) values (${instance}, ${name})`;
    return 'alive';
  });
}

/** This instance has ended: what it had claimed and not begun is anybody's. */
export async function endWork(db: Queryable, instance: string): Promise<void> {
  await db.sql`delete from workers where instance = ${instance}`;
}

/**
 * Takes back the claims of workers that are gone. What had not reached its content is safe to send; what had may have
 * been accepted: it is `uncertain`, and rests.
 *
 * @param deadWorkerMs workers not seen for so long are dead; null: nobody is to be judged now
 * @returns how many of each
 */
export async function reclaimAbandoned(
  db: Db,
  deadWorkerMs: number | null,
  uncertainWaitMs: number,
): Promise<{ readonly requeued: number; readonly uncertain: number }> {
  if (deadWorkerMs !== null) {
    await db.sql`delete from workers where seen_at < now() - ${deadWorkerMs} * interval '1 millisecond'`;
  }
  const rows = await db.sql<{ state: NotificationState }[]>`
    with abandoned as (
      select n.id from notifications n
      where n.state in ('sending', 'submitting')
        and (n.claim_until < now() or not exists (select 1 from workers w where w.instance = n.claimed_by))
      limit 1000 for update skip locked
    ), taken as (
      update notifications n set
        state = case n.state when 'sending' then 'queued' else 'uncertain' end,
        reason = case n.state when 'submitting' then 'the worker stopped while the server was taking the message' end,
        attempts = n.attempts - case n.state when 'sending' then 1 else 0 end,
        next_attempt_at = case n.state when 'sending' then now() else now() + ${uncertainWaitMs} * interval '1 millisecond' end,
        secret = case when n.state = 'sending' or n.resends = 0 then n.secret end,
        claim_token = null, claimed_by = null, claim_until = null
      from abandoned a where n.id = a.id
      returning n.id, n.state, n.reason
    ), noted as (
      insert into deliveries (notification_id, outcome, reply)
      select id, state, reason from taken where state = 'uncertain'
    )
    select state from taken`;
  return {
    requeued: rows.filter(({ state }) => state === 'queued').length,
    uncertain: rows.filter(({ state }) => state === 'uncertain').length,
  };
}

/**
 * Uncertain mail whose kind may be sent once more, and whose rest is over, is queued again with the same bytes; so is
 * mail with something to sign in with (DESIGN 5.6).
 */
export async function requeueUncertain(
  db: Queryable,
  kinds: readonly { readonly kind: string; readonly resends: number }[],
): Promise<number> {
  const rows = await db.sql`
    update notifications n set state = 'queued', resends = n.resends + 1, next_attempt_at = now()
    from json_to_recordset(${records(db, kinds)}) as r(kind text, resends int)
    where n.state = 'uncertain' and n.kind = r.kind and n.next_attempt_at <= now()
      and n.resends < case when n.secret is null then r.resends else 1 end`;
  return rows.count;
}
