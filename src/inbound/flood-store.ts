import type { Queryable, Tx } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import type { OpenedTickets } from './flood.ts';

// Counted for each mailbox: whoever holds its lease is the only one to count.
const scopeOf = (mailboxId: MailboxId): string => `tickets_hour:${mailboxId}`;

/** The tickets that mail of these addresses has opened of late, by `floodKey`; none for those of whom nothing is known. */
export async function findOpened(
  db: Queryable,
  mailboxId: MailboxId,
  keys: readonly string[],
): Promise<Map<string, OpenedTickets>> {
  if (keys.length === 0) return new Map();
  const rows = await db.sql<({ key: string } & OpenedTickets)[]>`
    select key, level::int as count, updated_at as since from budgets
    where scope = ${scopeOf(mailboxId)} and key = any(${[...keys]}::text[])`;
  return new Map(rows.map(({ key, ...opened }) => [key, opened]));
}

/** So many have been opened from now on; rows are taken in order of their keys. */
export async function putOpened(
  tx: Tx,
  mailboxId: MailboxId,
  opened: ReadonlyMap<string, OpenedTickets>,
): Promise<void> {
  if (opened.size === 0) return;
  const rows = [...opened].map(([key, { count, since }]) => ({ key, count, since }));
  await tx.sql`
    insert into budgets (scope, key, level, granted, updated_at)
    select ${scopeOf(mailboxId)}, r.key, r.count, 0, r.since
    from json_to_recordset(${records(tx, rows)}) as r(key text, count int, since timestamptz)
    order by r.key
    on conflict (scope, key) do update set level = excluded.level, updated_at = excluded.updated_at`;
}
