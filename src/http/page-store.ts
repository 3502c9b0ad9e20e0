import type { Db } from '../db/client.ts';

/** The name of the desk as its pages show it. */
export async function findDeskName(db: Db): Promise<string> {
  const [row] = await db.sql<{ name: string }[]>`select display_name as name from mailboxes order by id limit 1`;
  return row?.name ?? 'Deskbell';
}

/** Visitors whose budget has been whole again for long are not remembered. */
export async function forgetVisitors(db: Db, scope: string, seconds: number): Promise<void> {
  await db.sql`
    delete from budgets where scope = ${scope} and updated_at < now() - ${seconds} * interval '1 second'`;
}
