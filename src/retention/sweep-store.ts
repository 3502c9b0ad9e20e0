import type { Queryable, Tx } from '../db/client.ts';

/** How far the deletion of one kind has come. */
export interface Sweep {
  /** 0: a sweep begins. */
  readonly throughId: number;
  /** What it has deleted so far. */
  readonly forgotten: number;
  /** When the last one came to the end. */
  readonly sweptAt: Date | null;
}

/** Under lock until the transaction ends: whoever has it is the one who deletes. Null: somebody else is at it. */
export async function lockSweep(tx: Tx, kind: string): Promise<Sweep | null> {
  await tx.sql`insert into retention_sweeps (kind) values (${kind}) on conflict do nothing`;
  const [row] = await tx.sql<Sweep[]>`
    select through_id as "throughId", forgotten, swept_at as "sweptAt" from retention_sweeps
    where kind = ${kind} for update skip locked`;
  return row ?? null;
}

/** The deletion has come so far. */
export async function putSweep(tx: Tx, kind: string, { throughId, forgotten, sweptAt }: Sweep): Promise<void> {
  await tx.sql`
    update retention_sweeps set through_id = ${throughId}, forgotten = ${forgotten}, swept_at = ${sweptAt}
    where kind = ${kind}`;
}

/** When each kind was last swept to the end; kinds that never were are not there. */
export async function listSwept(db: Queryable): Promise<ReadonlyMap<string, Date>> {
  const rows = await db.sql<{ kind: string; sweptAt: Date }[]>`
    select kind, swept_at as "sweptAt" from retention_sweeps where swept_at is not null order by kind limit 100`;
  return new Map(rows.map(({ kind, sweptAt }) => [kind, sweptAt]));
}
