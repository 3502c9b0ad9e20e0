import type { Queryable, Tx } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import type { BudgetGrant, BudgetRequest } from './budget.ts';

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
        case when left_over."isSteady" or left_over."isOver" then greatest(now(), b.updated_at) else b.updated_at end
      from (
        select asked.wanted, asked.limit, asked."isSteady", asked."isOver", greatest(0, b.level - case
          when asked."isSteady" then asked.limit * asked.passed / asked."windowSeconds"
          when asked."isOver" then b.level else 0 end) as level
        from (
          select q.wanted, q.limit, q."windowSeconds", coalesce(q.refills, 'steadily') = 'steadily' as "isSteady", passed.seconds as passed,
            passed.seconds >= q."windowSeconds" as "isOver"
          from json_to_recordset(${records(tx, requests)})
            as q(scope text, key text, wanted int, "limit" int, "windowSeconds" int, refills text),
          lateral (select extract(epoch from greatest(now() - b.updated_at, interval '0')) as seconds) as passed
          where q.scope = b.scope and q.key = b.key
        ) as asked
      ) as left_over,
      lateral (select greatest(0, least(left_over.wanted, floor(left_over.limit - left_over.level + 1e-9)::int)) as n) as taken
    )
    returning key, granted, level`;
  return new Map(rows.map(({ key, ...grant }) => [key, grant]));
}

/** How full a bucket is now; it is not asked for anything. */
export async function findBudgetLevel(
  db: Queryable,
  { scope, key, limit, windowSeconds, refills = 'steadily' }: Omit<BudgetRequest, 'wanted'>,
): Promise<number> {
  const [row] = await db.sql<{ level: number; passedSeconds: number }[]>`
    select level, greatest(0, extract(epoch from now() - updated_at))::float8 as "passedSeconds"
    from budgets where scope = ${scope} and key = ${key}`;
  if (row === undefined) return 0;
  const { level, passedSeconds } = row;
  if (refills === 'at_once') return passedSeconds >= windowSeconds ? 0 : level;
  return Math.max(0, level - (limit * passedSeconds) / windowSeconds);
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

/** Longer than the longest window: what a bucket held then it holds no more. */
const QUIET_DAYS = 31;
const MAX_FORGOTTEN = 1000;

/** Buckets that have been empty for long are not remembered; at most 1,000 at once. */
export async function forgetQuietBudgets(db: Queryable): Promise<number> {
  const rows = await db.sql`
    delete from budgets where (scope, key) in (
      select scope, key from budgets where updated_at < now() - ${QUIET_DAYS} * interval '1 day'
      order by scope, key limit ${MAX_FORGOTTEN} for update skip locked)`;
  return rows.count;
}
