import type { Queryable, Tx } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import type { BudgetGrant, BudgetRequest, Buckets } from './budget.ts';
import { grantAt } from './budget.ts';

/**
 * For how long the bucket `b` has leaked for the request `q`. One that was asked further ahead than its whole window was
 * so by a clock that was wrong: it is as one asked a whole window ago. Within the window it waits for the clock.
 */
const passed = (db: Queryable) => db.sql`
  select "isAstray", extract(epoch from case when "isAstray" then w.length else greatest(now() - b.updated_at, interval '0') end) as seconds
  from (select q."windowSeconds" * interval '1 second' as length) as w,
  lateral (select b.updated_at > now() + w.length as "isAstray") as a`;

/**
 * Leaky buckets: each loses `limit` per window, steadily, and takes what fits; one that refills at once is empty again
 * when the window is over that its first mail began. One statement, so that two workers cannot both take the last; the
 * rows are locked in the order of their keys.
 */
export async function takeBudget(
  tx: Tx,
  requests: readonly BudgetRequest[],
): Promise<ReadonlyMap<string, BudgetGrant>> {
  const rows = await tx.sql<({ key: string } & BudgetGrant)[]>`
    insert into budgets as b (scope, key, level, granted, updated_at)
    select r.scope, r.key, least(r.wanted, r.limit), least(r.wanted, r.limit), now()
    from json_to_recordset(${records(
      tx,
      requests.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    )}) as r(scope text, key text, wanted int, "limit" int)
    order by r.key
    on conflict (scope, key) do update set (level, granted, updated_at) = (
      select left_over.level + taken.n, taken.n,
        case when left_over."isAstray" then now()
          when left_over."isSteady" or left_over."isOver" then greatest(now(), b.updated_at) else b.updated_at end
      from (
        select asked.wanted, asked.limit, asked."isSteady", asked."isOver", asked."isAstray", greatest(0, b.level - case
          when asked."isSteady" then asked.limit * asked.passed / asked."windowSeconds"
          when asked."isOver" then b.level else 0 end) as level
        from (
          select q.wanted, q.limit, q."windowSeconds", coalesce(q.refills, 'steadily') = 'steadily' as "isSteady", passed.seconds as passed, passed."isAstray",
            passed.seconds >= q."windowSeconds" as "isOver"
          from json_to_recordset(${records(tx, requests)})
            as q(scope text, key text, wanted int, "limit" int, "windowSeconds" int, refills text),
          lateral (${passed(tx)}) as passed
          where q.scope = b.scope and q.key = b.key
        ) as asked
      ) as left_over,
      lateral (select greatest(0, least(left_over.wanted, floor(left_over.limit - left_over.level + 1e-9)::int)) as n) as taken
    )
    returning key, granted, level`;
  return new Map(rows.map(({ key, ...grant }) => [key, grant]));
}

/** How full a bucket is now; it is not asked for anything. */
export async function findBudgetLevel(db: Queryable, bucket: Omit<BudgetRequest, 'wanted'>): Promise<number> {
  return (await findLevels(db, [bucket])).get(bucket.key) ?? 0;
}

/** What the buckets of one scope would grant now; nothing is taken. */
export async function peekBudget(
  db: Queryable,
  requests: readonly BudgetRequest[],
): Promise<ReadonlyMap<string, BudgetGrant>> {
  const levels = await findLevels(db, requests);
  return new Map(requests.map(({ key, wanted, limit }) => [key, grantAt(levels.get(key) ?? 0, wanted, limit)]));
}

/** Those of the desk, for whoever owes mail. */
export const bucketsOf = (tx: Tx): Buckets => ({
  peek: (requests) => peekBudget(tx, requests),
  take: (requests) => takeBudget(tx, requests),
});

/** By key; those of which nothing is known are empty. */
async function findLevels(
  db: Queryable,
  buckets: readonly Omit<BudgetRequest, 'wanted'>[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await db.sql<{ key: string; level: number }[]>`
    select q.key, greatest(0, case
        when coalesce(q.refills, 'steadily') = 'steadily' then b.level - q.limit * passed.seconds / q."windowSeconds"
        when passed.seconds >= q."windowSeconds" then 0 else b.level end)::float8 as level
    from json_to_recordset(${records(db, buckets)}) as q(scope text, key text, "limit" int, "windowSeconds" int, refills text)
    join budgets b on b.scope = q.scope and b.key = q.key,
    lateral (${passed(db)}) as passed`;
  return new Map(rows.map(({ key, level }) => [key, level]));
}

/** Budgets of the desk that refused mail since somebody last looked; looked at by `takeTripped`. */
export async function markTripped(
  tx: Tx,
  tripped: readonly { readonly toggle: string; readonly mailboxId: MailboxId }[],
): Promise<void> {
  if (tripped.length === 0) return;
  const keys = [...new Set(tripped.map(({ toggle, mailboxId }) => `${toggle} ${mailboxId}`))];
  await tx.sql`
    insert into budgets (scope, key, level, granted, updated_at)
    select ${TRIPPED}, key, 1, 0, now() from unnest(${keys}::text[]) as k(key) order by key
    on conflict (scope, key) do update set level = 1`;
}

const TRIPPED = 'tripped';

/** Whether `takeTripped` would find any. */
export async function isAnyTripped(db: Queryable): Promise<boolean> {
  const rows = await db.sql`select 1 from budgets where scope = ${TRIPPED} and level > 0 limit 1`;
  return rows.count > 0;
}

/** Which budgets of the desk have refused mail since this was last asked, and of which mailbox; nobody else is told of these. */
export async function takeTripped(
  tx: Tx,
): Promise<readonly { readonly toggle: string; readonly mailboxId: MailboxId }[]> {
  return tx.sql<{ toggle: string; mailboxId: MailboxId }[]>`
    with tripped as (select key from budgets where scope = ${TRIPPED} and level > 0 order by key for update skip locked)
    update budgets b set level = 0, updated_at = now() from tripped t where b.scope = ${TRIPPED} and b.key = t.key
    returning split_part(b.key, ' ', 1) as toggle, split_part(b.key, ' ', 2)::bigint as "mailboxId"`;
}

/** Longer than the longest window: what a bucket held then it holds no more; nor what one holds that was asked so far ahead. */
const QUIET_DAYS = 31;
const MAX_FORGOTTEN = 1000;

/** Buckets that have been empty for long are not remembered; at most 1,000 at once. */
export async function forgetQuietBudgets(db: Queryable): Promise<number> {
  const rows = await db.sql`
    delete from budgets where (scope, key) in (
      select scope, key from budgets
      where updated_at not between now() - ${QUIET_DAYS} * interval '1 day' and now() + ${QUIET_DAYS} * interval '1 day'
      order by scope, key limit ${MAX_FORGOTTEN} for update skip locked)`;
  return rows.count;
}
