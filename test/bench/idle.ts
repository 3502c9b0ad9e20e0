import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchMailbox, Rig } from './rig.ts';

export interface IdleFigures {
  readonly mailboxes: number;
  readonly commitsPerSecond: number;
  readonly nodeShareOfCore: number;
  readonly postgresShareOfCore: number;
}

/** Statistics of a backend that has gone quiet show after this long at the latest. */
const REST_MS = 3_000;

/** What a desk costs that has nothing to do. */
export async function measureIdle(
  rig: Rig,
  mailboxes: readonly BenchMailbox[],
  seconds: number,
  signal: AbortSignal,
): Promise<IdleFigures> {
  const { db, desk } = rig;
  for (const mailbox of mailboxes) await mailbox.activate();
  await desk.untilReady(signal);
  // What the load before has left to do is not idleness.
  await db.sql`vacuum analyze`;
  await db.sql`checkpoint`;
  await sleep(REST_MS, null, { signal });
  const look = async () => {
    const [row] = await db.sql<{ commits: number }[]>`
      select (xact_commit + xact_rollback)::float8 as commits from pg_stat_database where datname = current_database()`;
    return {
      commits: row?.commits ?? 0,
      node: desk.cpuMs(),
      postgres: await rig.postgresCpuMs(),
      at: performance.now(),
    };
  };
  const before = await look();
  await sleep(seconds * 1_000, null, { signal });
  const after = await look();
  const elapsedMs = after.at - before.at;
  const [active] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from mailboxes where status = 'active'`;
  return {
    mailboxes: active?.count ?? 0,
    // The first look is one of them.
    commitsPerSecond: Math.max(0, after.commits - before.commits - 1) / (elapsedMs / 1_000),
    nodeShareOfCore: (after.node - before.node) / elapsedMs,
    postgresShareOfCore: (after.postgres - before.postgres) / elapsedMs,
  };
}
