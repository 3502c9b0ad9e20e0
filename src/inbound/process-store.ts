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

/** Messages that wait for a reason under lock, the oldest first; those of one sender where one is given. */
export async function lockKeptFor(
  tx: Tx,
  reason: string,
  sender: string | null,
  limit: number,
): Promise<readonly (Pick<Kept, 'facts'> & { readonly id: InboundMessageId })[]> {
  const rows = await tx.sql<(Pick<Kept, 'facts'> & { id: InboundMessageId })[]>`
    select m.id, d.facts from inbound_messages m join decisions d on d.inbound_id = m.id
    where m.status in ('held', 'quarantined') and m.reason = ${reason}
      and (${sender}::text is null or d.facts #>> '{sender,address}' = ${sender})
    order by m.id limit ${limit} for update of m`;
  return rows.map(({ id, facts }) => ({ id, facts: { ...PLAIN_MAIL, ...facts } }));
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
