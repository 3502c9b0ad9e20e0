import type { Db, Queryable, Tx } from '../db/client.ts';
import { inTransaction } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import type { ClaimedNotification } from './outbox-store.ts';
import { claimDue } from './outbox-store.ts';
import type { Share } from './route-limit.ts';
import { burstOf } from './route-limit.ts';

/**
 * Claims due messages as `claimDue` does, and of a route with a limit no more than is left of it: all workers share one
 * bucket, and what a claim does not use it puts back.
 */
export async function claimWithinLimits(
  db: Db,
  instance: string,
  claimToken: string,
  shares: ReadonlyMap<MailboxId, Share>,
): Promise<readonly ClaimedNotification[]> {
  const rooms = new Map([...shares].map(([id, { room }]) => [id, room]));
  const limited = [...shares].flatMap(([id, { room, perMinute }]) => (perMinute > 0 ? [{ id, room, perMinute }] : []));
  const asking = limited.length === 0 ? new Set() : await findDue(db, limited);
  const asked = limited.filter(({ id }) => asking.has(id));
  // Where nothing is due nothing is asked for: a route at rest costs no write.
  for (const { id } of limited) rooms.delete(id);
  if (asked.length === 0) return rooms.size === 0 ? [] : claimDue(db, instance, claimToken, rooms);
  return inTransaction(db, async (tx) => {
    const granted = await takeShares(tx, asked);
    const claimed = await claimDue(tx, instance, claimToken, new Map([...rooms, ...granted]));
    const used = Map.groupBy(claimed, ({ mailboxId }) => mailboxId);
    const left = [...granted].map(([id, count]) => ({ id, count: count - (used.get(id)?.length ?? 0) }));
    await putBack(
      tx,
      left.filter(({ count }) => count > 0),
    );
    return claimed;
  });
}

async function findDue(db: Queryable, routes: readonly { readonly id: MailboxId }[]): Promise<ReadonlySet<MailboxId>> {
  const rows = await db.sql<{ id: MailboxId }[]>`
    select r.id from unnest(${routes.map(({ id }) => id)}::bigint[]) as r(id)
    where exists (select 1 from notifications n
      where n.mailbox_id = r.id and n.state in ('queued', 'deferred') and n.next_attempt_at <= now())`;
  return new Set(rows.map(({ id }) => id));
}

/**
 * The rows are locked in the order of their keys until the transaction ends: of two workers the second sees what is left.
 * A bucket that was asked more than a minute ahead was so by a clock that was wrong, and begins anew.
 */
async function takeShares(
  tx: Tx,
  routes: readonly ({ readonly id: MailboxId } & Share)[],
): Promise<ReadonlyMap<MailboxId, number>> {
  const asked = routes.map(({ id, room, perMinute }) => ({
    key: String(id),
    room,
    perMinute,
    burst: burstOf(perMinute),
  }));
  const rows = await tx.sql<{ id: MailboxId; granted: number }[]>`
    insert into budgets as b (scope, key, level, granted, updated_at)
    select 'route_minute', r.key, least(r.room, r.burst), least(r.room, r.burst), now()
    from json_to_recordset(${records(tx, asked)}) as r(key text, room int, burst int)
    order by r.key
    on conflict (scope, key) do update set (level, granted, updated_at) = (
      select old.level + taken.n, taken.n, case when old."isAstray" then now() else greatest(now(), b.updated_at) end
      from json_to_recordset(${records(tx, asked)}) as q(key text, room int, "perMinute" float8, burst int),
      lateral (select b.updated_at > now() + interval '1 minute' as "isAstray") as a,
      lateral (select a."isAstray", case when a."isAstray" then 0 else greatest(0, b.level
        - q."perMinute" * extract(epoch from greatest(now() - b.updated_at, interval '0')) / 60) end as level) as old,
      lateral (select greatest(0, least(q.room, floor(q.burst - old.level + 1e-9)::int)) as n) as taken
      where q.key = b.key
    )
    returning key::bigint as id, granted`;
  return new Map(rows.map(({ id, granted }) => [id, granted]));
}

async function putBack(tx: Tx, unused: readonly { readonly id: MailboxId; readonly count: number }[]): Promise<void> {
  if (unused.length === 0) return;
  const rows = unused.map(({ id, count }) => ({ key: String(id), count }));
  await tx.sql`
    update budgets b set level = greatest(0, b.level - r.count)
    from json_to_recordset(${records(tx, rows)}) as r(key text, count int)
    where b.scope = 'route_minute' and b.key = r.key`;
}
