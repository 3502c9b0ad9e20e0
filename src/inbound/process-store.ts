import type { Queryable, Tx } from '../db/client.ts';
import type { InboundMessageId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import type { Override } from '../db/schema/mailboxes.ts';
import type { Facts } from './facts.ts';
import { PLAIN_MAIL } from './facts.ts';

/** A message that waits for a person, and why. */
export interface Kept {
  readonly status: 'held' | 'quarantined';
  readonly reason: string;
  readonly facts: Facts;
}

/** The message under lock; null when it does not wait for a person. */
export async function lockKept(tx: Tx, id: InboundMessageId): Promise<Kept | null> {
  const [row] = await tx.sql<Kept[]>`
    select m.status, m.reason, d.facts from inbound_messages m join decisions d on d.inbound_id = m.id
    where m.id = ${id} and m.status in ('held', 'quarantined') for update of m`;
  return row === undefined ? null : { ...row, facts: { ...PLAIN_MAIL, ...row.facts } };
}

/** The message is waiting to be understood again, with what a person said about it. */
export async function releaseKept(tx: Tx, id: InboundMessageId, override: Override): Promise<void> {
  await tx.sql`
    update inbound_messages set status = 'received', verdict = null, reason = null, rule = null, done_at = null,
      attempts = 0, waits = 0, next_attempt_at = now(), released = ${tx.sql.json(override as never)}
    where id = ${id}`;
}

/** Some of the messages that wait for a person. */
export interface KeptSelection {
  readonly reason: string;
  /** null: whoever sent them. */
  readonly sender: string | null;
  /** The last of them; null: however new. */
  readonly upTo: InboundMessageId | null;
}

/** These messages under lock, the oldest first. */
export async function lockKeptFor(
  tx: Tx,
  { reason, sender, upTo }: KeptSelection,
  limit: number,
): Promise<readonly (Pick<Kept, 'facts'> & { readonly id: InboundMessageId })[]> {
  const rows = await tx.sql<(Pick<Kept, 'facts'> & { id: InboundMessageId })[]>`
    select m.id, d.facts from inbound_messages m join decisions d on d.inbound_id = m.id
    where m.status in ('held', 'quarantined') and m.reason = ${reason}
      and (${sender}::text is null or d.facts #>> '{sender,address}' = ${sender})
      and (${upTo}::bigint is null or m.id <= ${upTo})
    order by m.id limit ${limit} for update of m`;
  return rows.map(({ id, facts }) => ({ id, facts: { ...PLAIN_MAIL, ...facts } }));
}

/** How many these are, when the oldest came, and which is the newest; null where there is none. */
export async function countKept(
  db: Queryable,
  { reason, sender, upTo }: KeptSelection,
): Promise<{ readonly count: number; readonly oldestAt: Date | null; readonly newest: InboundMessageId | null }> {
  const [row] = await db.sql<{ count: number; oldestAt: Date | null; newest: InboundMessageId | null }[]>`
    select count(*)::int as count, min(m.received_at) as "oldestAt", max(m.id) as newest
    from inbound_messages m join decisions d on d.inbound_id = m.id
    where m.status in ('held', 'quarantined') and m.reason = ${reason}
      and (${sender}::text is null or d.facts #>> '{sender,address}' = ${sender})
      and (${upTo}::bigint is null or m.id <= ${upTo})`;
  return row ?? { count: 0, oldestAt: null, newest: null };
}

/** The same of many messages as `releaseKept` does of one. */
export async function releaseAll(
  tx: Tx,
  released: readonly { readonly id: InboundMessageId; readonly override: Override }[],
): Promise<void> {
  if (released.length === 0) return;
  await tx.sql`
    update inbound_messages m set status = 'received', verdict = null, reason = null, rule = null, done_at = null,
      attempts = 0, waits = 0, next_attempt_at = now(), released = r.override
    from json_to_recordset(${records(tx, released)}) as r(id bigint, override jsonb) where m.id = r.id`;
}

/** Where the bytes of a message lie, and since when they do no more; null when there is no such message. */
export async function findRaw(
  db: Queryable,
  id: InboundMessageId,
): Promise<{ readonly sha256: Buffer; readonly goneAt: Date | null } | null> {
  const [row] = await db.sql<{ sha256: Buffer; goneAt: Date | null }[]>`
    select raw_sha256 as sha256, raw_gone_at as "goneAt" from inbound_messages where id = ${id}`;
  return row ?? null;
}
