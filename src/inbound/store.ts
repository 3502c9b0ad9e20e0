import type { Queryable, Tx } from '../db/client.ts';
import type { InboundMessageId, MailboxId, TicketEntryId, TicketId } from '../db/ids.ts';
import { hexBytes, records } from '../db/records.ts';
import type { InboundStatus, Override, Verdict } from '../db/schema/mailboxes.ts';
import { BATCH } from '../mailboxes/accept.ts';
import type { Lease } from '../mailboxes/lease-store.ts';
import type { Facts } from './facts.ts';
import type { TraceStep } from './decide.ts';
import { toStored } from './stored-trace.ts';

/** So many of those that stepped aside are looked at again in one batch. */
const ASIDE_AT_ONCE = 10;

/** A message whose turn it is; the attempt is counted already. */
export interface ClaimedMessage {
  readonly id: InboundMessageId;
  readonly contentKey: Buffer;
  readonly rawSha256: Buffer;
  readonly sizeBytes: number;
  readonly isHeadersOnly: boolean;
  readonly internalDate: Date;
  readonly receivedAt: Date;
  /** This attempt included. */
  readonly attempts: number;
  /** How often it stepped aside before. */
  readonly waits: number;
  /** What a person said about it after it had waited for one. */
  readonly released: Override | null;
}

/**
 * Takes the next messages of the mailbox, in order of arrival, and counts the attempt in a commit of its own: what
 * kills the process has been counted before it was looked at (RELIABILITY D4). A message that was tried before comes
 * alone: should it kill the process again, no attempt of another was counted with it.
 *
 * @param waitsMs how long until the next attempt, should this one be the last thing we do
 * Those that stepped aside come in small numbers beside the others, however many there are.
 *
 * @returns at most a BATCH, but one message at least; none when the lease is no longer ours
 */
export async function claimReceived(
  db: Queryable,
  lease: Lease,
  waitsMs: readonly number[],
): Promise<readonly ClaimedMessage[]> {
  const rows = await db.sql<ClaimedMessage[]>`
    with due as (
      select id from (
        select id, sum(size_bytes) over by_id - size_bytes as before, row_number() over by_id as place,
          count(*) filter (where attempts > 0) over by_id as tried_before
        from (
          (select id, size_bytes, attempts from inbound_messages
          where mailbox_id = ${lease.mailboxId} and status = 'received' and waits = 0 and next_attempt_at <= now()
          -- An order that no index has but that of what waits: by the primary key it could walk past all that is done.
          order by (id + 0) limit ${BATCH.messages})
          union all
          (select id, size_bytes, attempts from inbound_messages
          where mailbox_id = ${lease.mailboxId} and status = 'received' and waits > 0 and next_attempt_at <= now()
          order by next_attempt_at, id limit ${ASIDE_AT_ONCE})
        ) waiting window by_id as (order by id)
      ) sized where before < ${BATCH.bytes} and place <= ${BATCH.messages} and (place = 1 or tried_before = 0)
    )
    update inbound_messages m set attempts = m.attempts + 1,
      next_attempt_at = now() + (${[...waitsMs]}::float8[])[least(m.attempts + 1, ${waitsMs.length})] * interval '1 millisecond'
    from due
    where m.id = due.id and exists (
      select 1 from mailbox_leases l where l.mailbox_id = ${lease.mailboxId} and l.holder = ${lease.holder}
        and l.epoch = ${lease.epoch} and l.expires_at > clock_timestamp())
    returning m.id, m.content_key as "contentKey", m.raw_sha256 as "rawSha256", m.size_bytes as "sizeBytes",
      m.is_headers_only as "isHeadersOnly", m.internal_date as "internalDate", m.received_at as "receivedAt", m.attempts, m.waits, m.released`;
  return rows.toSorted((a, b) => a.id - b.id);
}

/** The attempts were not the messages' fault: they are due again at once, and cost nothing. */
export async function giveBack(db: Queryable, lease: Lease, ids: readonly InboundMessageId[]): Promise<void> {
  await db.sql`
    update inbound_messages set attempts = greatest(0, attempts - 1), next_attempt_at = now()
    where id = any(${[...ids]}::bigint[]) and status = 'received' and exists (
      select 1 from mailbox_leases l where l.mailbox_id = ${lease.mailboxId} and l.holder = ${lease.holder}
        and l.epoch = ${lease.epoch} and l.expires_at > clock_timestamp())`;
}

/** They wait for something else: looked at again after half the time they have waited, from 10 s to 30 s. */
export async function stepAside(db: Queryable, lease: Lease, ids: readonly InboundMessageId[]): Promise<void> {
  await db.sql`
    update inbound_messages set attempts = greatest(0, attempts - 1), waits = least(waits + 1, 30000),
      next_attempt_at = now() + greatest(interval '10 seconds', least(interval '30 seconds', (now() - received_at) / 2))
    where id = any(${[...ids]}::bigint[]) and status = 'received' and exists (
      select 1 from mailbox_leases l where l.mailbox_id = ${lease.mailboxId} and l.holder = ${lease.holder}
        and l.epoch = ${lease.epoch} and l.expires_at > clock_timestamp())`;
}

/** When the next waiting message of the mailbox is due; null when none waits. */
export async function findNextDue(db: Queryable, mailboxId: MailboxId): Promise<Date | null> {
  const [row] = await db.sql<{ at: Date | null }[]>`
    select min(next_attempt_at) as at from (
      (select next_attempt_at from inbound_messages where mailbox_id = ${mailboxId} and status = 'received' and waits = 0 limit 1000)
      union all
      (select next_attempt_at from inbound_messages where mailbox_id = ${mailboxId} and status = 'received' and waits > 0
      order by next_attempt_at limit 1)) w`;
  return row?.at ?? null;
}

export interface Identity {
  readonly contentKey: Buffer;
  readonly messageIdHash: Buffer | null;
  readonly inboundId: InboundMessageId;
  readonly ticketId: TicketId | null;
}

export interface NewIdentity extends Identity {
  /** null: it could not be read, so nobody knows what it says. */
  readonly repeatKey: Buffer | null;
}

/** Which messages these content keys and Message-IDs are. */
export async function findIdentities(
  db: Queryable,
  contentKeys: readonly Buffer[],
  messageIdHashes: readonly Buffer[],
): Promise<readonly Identity[]> {
  return db.sql<Identity[]>`
    select content_key as "contentKey", message_id_hash as "messageIdHash", inbound_id as "inboundId", ticket_id as "ticketId"
    from message_identities where content_key = any(${contentKeys.map(hexBytes)}::text[]::bytea[])
    union all
    select newest.* from unnest(${messageIdHashes.map(hexBytes)}::text[]::bytea[]) as wanted(hash)
    cross join lateral (
      select content_key, message_id_hash, inbound_id, ticket_id from message_identities
      where message_id_hash = wanted.hash and ticket_id is not null order by inbound_id desc limit 20
    ) newest`;
}

/** By repeat key in hex the first message of the last 24 hours that has it. */
export async function findRepeats(
  db: Queryable,
  repeatKeys: readonly Buffer[],
): Promise<Map<string, InboundMessageId>> {
  const rows = await db.sql<{ key: string; id: InboundMessageId }[]>`
    select encode(i.repeat_key, 'hex') as key, min(i.inbound_id) as id
    from message_identities i
    where i.repeat_key = any(${repeatKeys.map(hexBytes)}::text[]::bytea[]) and exists (
      select 1 from inbound_messages m
      where m.id = i.inbound_id and m.received_at > now() - interval '24 hours' and m.verdict in ('opened', 'appended')
      -- The keys lead, whatever is believed of tables that have just grown: without this it may begin with all messages of the day.
      offset 0)
    group by i.repeat_key`;
  return new Map(rows.map(({ key, id }) => [key, id]));
}

/** Of these Message-IDs those whose message has been received, but not understood yet; with the first mail that waits. */
export async function findWaitingMessageIds(
  db: Queryable,
  messageIdHashes: readonly Buffer[],
): Promise<readonly { readonly id: InboundMessageId; readonly hash: string }[]> {
  if (messageIdHashes.length === 0) return [];
  return db.sql<{ id: InboundMessageId; hash: string }[]>`
    select min(id) as id, encode(message_id_hash, 'hex') as hash from inbound_messages
    where status = 'received' and message_id_hash = any(${messageIdHashes.map(hexBytes)}::text[]::bytea[])
    group by message_id_hash`;
}

/** @returns false when somebody else has just decided about one of the messages: the caller begins anew */
export async function insertIdentities(tx: Tx, identities: readonly NewIdentity[]): Promise<boolean> {
  if (identities.length === 0) return true;
  const rows = identities
    .map((identity) => ({
      ...identity,
      contentKey: hexBytes(identity.contentKey),
      messageIdHash: identity.messageIdHash === null ? null : hexBytes(identity.messageIdHash),
      repeatKey: identity.repeatKey === null ? null : hexBytes(identity.repeatKey),
    }))
    .toSorted((a, b) => (a.contentKey < b.contentKey ? -1 : 1));
  const inserted = await tx.sql`
    insert into message_identities (content_key, message_id_hash, inbound_id, ticket_id, repeat_key)
    select r."contentKey", r."messageIdHash", r."inboundId", r."ticketId", r."repeatKey"
    from json_to_recordset(${records(tx, rows)}) as r("contentKey" bytea, "messageIdHash" bytea, "inboundId" bigint,
      "ticketId" bigint, "repeatKey" bytea)
    on conflict (content_key) do update set ticket_id = excluded.ticket_id, repeat_key = excluded.repeat_key
    where message_identities.inbound_id = excluded.inbound_id`;
  return inserted.count === identities.length;
}

/** What became of a message. */
export interface Finished {
  readonly id: InboundMessageId;
  readonly status: Exclude<InboundStatus, 'received'>;
  readonly verdict: Verdict | null;
  readonly reason: string | null;
  readonly rule: string;
  readonly duplicateOf: InboundMessageId | null;
  readonly ticketId: TicketId | null;
  readonly entryId: TicketEntryId | null;
}

/** @returns false when one of them was not waiting any more: the caller rolls back */
export async function finishMessages(tx: Tx, finished: readonly Finished[]): Promise<boolean> {
  const rows = await tx.sql`
    update inbound_messages m set status = r.status, verdict = r.verdict, reason = r.reason, rule = r.rule,
      duplicate_of = r."duplicateOf", ticket_id = r."ticketId", entry_id = r."entryId", done_at = now()
    from json_to_recordset(${records(tx, finished)}) as r(id bigint, status text, verdict text, reason text, rule text,
      "duplicateOf" bigint, "ticketId" bigint, "entryId" bigint)
    where m.id = r.id and m.status = 'received'`;
  return rows.count === finished.length;
}

export interface NewDecision {
  readonly inboundId: InboundMessageId;
  readonly rule: string;
  readonly facts: Facts;
  readonly trace: readonly TraceStep[];
}

export async function insertDecisions(tx: Tx, decisions: readonly NewDecision[]): Promise<void> {
  if (decisions.length === 0) return;
  const rows = decisions.map((decision) => ({ ...decision, trace: toStored(decision.trace) }));
  await tx.sql`
    insert into decisions (inbound_id, rule, facts, trace)
    select r."inboundId", r.rule, r.facts, r.trace
    from json_to_recordset(${records(tx, rows)}) as r("inboundId" bigint, rule text, facts jsonb, trace jsonb)
    on conflict (inbound_id) do update set rule = excluded.rule, facts = excluded.facts, trace = excluded.trace,
      decided_at = now()`;
}
