import type { Queryable, Tx } from '../db/client.ts';
import { records } from '../db/records.ts';
import type { BudgetGrant, BudgetRequest } from './budget.ts';

/**
 * Leaky buckets: each loses `limit` per window, steadily, and takes what fits. One statement, so that two workers
 * cannot both take the last; the rows are locked in the order of their keys.
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
    )}) as r(scope text, key text, wanted int, "limit" int, "windowSeconds" int)
    order by r.key
    on conflict (scope, key) do update set (level, granted, updated_at) = (
      select left_over.level + taken.n, taken.n, greatest(now(), b.updated_at)
      from (
        select greatest(0, b.level - q.limit * extract(epoch from greatest(now() - b.updated_at, interval '0')) / q."windowSeconds")
          as level, q.wanted, q.limit
        from json_to_recordset(${records(tx, requests)})
          as q(scope text, key text, wanted int, "limit" int, "windowSeconds" int)
        where q.scope = b.scope and q.key = b.key
      ) as left_over,
      lateral (select greatest(0, least(left_over.wanted, floor(left_over.limit - left_over.level + 1e-9)::int)) as n) as taken
    )
    returning key, granted, level`;
  return new Map(rows.map(({ key, ...grant }) => [key, grant]));
}

/** How full a bucket is now; it is not asked for anything. */
export async function findBudgetLevel(
  db: Queryable,
  { scope, key, limit, windowSeconds }: Omit<BudgetRequest, 'wanted'>,
): Promise<number> {
  const [row] = await db.sql<{ level: number }[]>`
    select greatest(0, level - ${limit}::float8 * extract(epoch from greatest(now() - updated_at, interval '0')) / ${windowSeconds}::float8)::float8
      as level
    from budgets where scope = ${scope} and key = ${key}`;
  return row?.level ?? 0;
}

/** What the buckets would grant now; nothing is taken. */
export async function peekBudget(
  db: Queryable,
  requests: readonly BudgetRequest[],
): Promise<ReadonlyMap<string, BudgetGrant>> {
  const levels = await Promise.all(requests.map((request) => findBudgetLevel(db, request)));
  return new Map(
    requests.map(({ key, wanted, limit }, index) => {
      const level = levels[index] ?? 0;
      const granted = Math.max(0, Math.min(wanted, Math.floor(limit - level + 1e-9)));
      return [key, { granted, level: level + granted }];
    }),
  );
}
