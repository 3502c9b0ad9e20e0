import type { Queryable, Tx } from '../db/client.ts';
import type { InboundMessageId } from '../db/ids.ts';
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

/** Where the bytes of a message lie, and since when they do no more; null when there is no such message. */
export async function findRaw(
  db: Queryable,
  id: InboundMessageId,
): Promise<{ readonly sha256: Buffer; readonly goneAt: Date | null } | null> {
  const [row] = await db.sql<{ sha256: Buffer; goneAt: Date | null }[]>`
    select raw_sha256 as sha256, raw_gone_at as "goneAt" from inbound_messages where id = ${id}`;
  return row ?? null;
}
