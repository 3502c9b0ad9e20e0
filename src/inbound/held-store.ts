import type { Queryable, Tx } from '../db/client.ts';
import type { InboundMessageId, MailboxId } from '../db/ids.ts';
import type { InboundStatus, Override, Verdict } from '../db/schema/mailboxes.ts';
import type { Facts } from './facts.ts';
import { PLAIN_MAIL } from './facts.ts';
import type { HeldGroup } from './held.ts';
import type { HoldReason } from './policy.ts';
import { REJECTED_RULE } from './policy.ts';

/** A message that waits for a person. */
export interface HeldMessage {
  readonly id: InboundMessageId;
  readonly mailboxId: MailboxId;
  readonly mailbox: string;
  readonly receivedAt: Date;
  readonly sizeBytes: number;
  readonly status: 'held' | 'quarantined';
  readonly reason: HoldReason;
  readonly facts: Facts;
}

/** Those that came first, behind a message where one is given. */
export async function listHeld(
  db: Queryable,
  after: InboundMessageId | null,
  limit: number,
): Promise<readonly HeldMessage[]> {
  const rows = await db.sql<HeldMessage[]>`
    select m.id, m.mailbox_id as "mailboxId", b.address as mailbox, m.received_at as "receivedAt",
      m.size_bytes as "sizeBytes", m.status, m.reason, d.facts
    from inbound_messages m
    join mailboxes b on b.id = m.mailbox_id
    join decisions d on d.inbound_id = m.id
    where m.status in ('held', 'quarantined') and m.id > ${after ?? 0}
    order by m.id limit ${limit}`;
  return rows.map((row) => ({ ...row, facts: { ...PLAIN_MAIL, ...row.facts } }));
}

/** What waits for a person, by mailbox and reason: one look at the index of what waits. */
export async function groupHeld(db: Queryable): Promise<readonly HeldGroup[]> {
  return db.sql<HeldGroup[]>`
    select mailbox_id as "mailboxId", status, reason, count(*)::int as count, min(received_at) as "oldestAt"
    from inbound_messages where status in ('held', 'quarantined')
    group by mailbox_id, status, reason order by mailbox_id, status, reason`;
}

/** How many mails of strangers wait inside tickets. */
export async function countAirlocked(db: Queryable): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from ticket_entries where visibility = 'operators_until_admitted'`;
  return row?.count ?? 0;
}

/** What has become of a message, and who said so. */
export interface Fate {
  readonly status: InboundStatus;
  readonly verdict: Verdict | null;
  readonly ticketNumber: number | null;
  readonly released: Override | null;
  /** The operator's name; null where no operator did it. */
  readonly releasedBy: string | null;
}

export async function findFate(db: Queryable, id: InboundMessageId): Promise<Fate | null> {
  const [row] = await db.sql<Fate[]>`
    select m.status, m.verdict, t.number as "ticketNumber", m.released, o.name as "releasedBy"
    from inbound_messages m
    left join tickets t on t.id = m.ticket_id
    left join operators o on 'operator:' || o.id = m.released ->> 'by'
    where m.id = ${id}`;
  return row ?? null;
}

/** A person said that nothing comes of these: they wait no more, and are no tickets. */
export async function markRejected(tx: Tx, ids: readonly InboundMessageId[], override: Override): Promise<void> {
  await tx.sql`
    update inbound_messages set status = 'done', verdict = 'ignored', reason = null, rule = ${REJECTED_RULE},
      done_at = now(), released = ${tx.sql.json(override as never)}
    where id = any(${[...ids]}::bigint[]) and status in ('held', 'quarantined')`;
}
