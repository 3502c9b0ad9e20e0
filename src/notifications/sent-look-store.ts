import type { Db, Queryable } from '../db/client.ts';
import type { MailboxId, NotificationId } from '../db/ids.ts';

/** A mail whose fate is unknown, and for which nobody has looked since. */
export interface Unsure {
  readonly id: NotificationId;
  readonly mailboxId: MailboxId;
  readonly messageId: string;
}

/** One look of one mailbox: a search each. */
const MAX_LOOKED_FOR = 50;

/**
 * Uncertain mail that has rested for so long that only `leftMs` of its rest remain, and that was not looked for since it
 * became uncertain; of each mailbox the first 50.
 */
export async function listUnsure(db: Queryable, leftMs: number): Promise<readonly Unsure[]> {
  return db.sql<Unsure[]>`
    select id, mailbox_id as "mailboxId", message_id as "messageId" from (
      select n.id, n.mailbox_id, n.message_id, row_number() over (partition by n.mailbox_id order by n.next_attempt_at, n.id) as place
      from notifications n
      where n.state = 'uncertain' and n.next_attempt_at <= now() + ${leftMs} * interval '1 millisecond'
        and not exists (select 1 from deliveries d where d.notification_id = n.id and d.outcome = 'looked_for'
          and d.id > coalesce((select max(u.id) from deliveries u where u.notification_id = n.id and u.outcome = 'uncertain'), 0))
    ) unsure
    where place <= ${MAX_LOOKED_FOR} order by id limit 1000`;
}

/** These were looked for and not found; of two workers that looked one says so. */
export async function noteLookedFor(db: Db, ids: readonly NotificationId[], said: string): Promise<void> {
  if (ids.length === 0) return;
  await db.sql`
    with looked as (
      select id from notifications where id = any(${[...ids]}::bigint[]) and state = 'uncertain' for update skip locked
    )
    insert into deliveries (notification_id, outcome, reply)
    select l.id, 'looked_for', ${said} from looked l
    where not exists (select 1 from deliveries d where d.notification_id = l.id and d.outcome = 'looked_for'
      and d.id > coalesce((select max(u.id) from deliveries u where u.notification_id = l.id and u.outcome = 'uncertain'), 0))`;
}
