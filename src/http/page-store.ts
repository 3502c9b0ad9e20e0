import type { Db } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';

/** The mailbox whose name the desk has on its pages; null: it has none yet. */
export async function findFirstMailbox(db: Db): Promise<{ readonly id: MailboxId; readonly name: string } | null> {
  const [row] = await db.sql<{ id: MailboxId; name: string }[]>`
    select id, display_name as name from mailboxes order by id limit 1`;
  return row ?? null;
}

/** Visitors whose budget has been whole again for long are not remembered. */
export async function forgetVisitors(db: Db, scope: string, seconds: number): Promise<void> {
  await db.sql`
    delete from budgets where scope = ${scope} and updated_at < now() - ${seconds} * interval '1 second'`;
}
