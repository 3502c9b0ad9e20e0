import type { Tx } from '../db/client.ts';
import type { MailboxId, NotificationId } from '../db/ids.ts';
import type { ToldTrouble } from '../db/schema/notifications.ts';

/** Mail of one mailbox that has one trouble, and of which nobody has been told. */
export interface Untold {
  readonly mailboxId: MailboxId;
  readonly trouble: ToldTrouble;
}

/** What was told. */
export interface Told extends Untold {
  readonly first: NotificationId;
  readonly count: number;
}

/** Told at once at most. */
const MAX_TOLD = 10_000;

/** What nobody has been told of, by mailbox and trouble. */
export async function countUntold(
  tx: Tx,
  kinds: readonly string[],
  delayedAfterHours: number,
): Promise<readonly Untold[]> {
  return tx.sql<Untold[]>`
    select distinct mailbox_id as "mailboxId", 'failed' as trouble from notifications
    where state in ('failed', 'bounced') and told_trouble is distinct from 'failed' and kind = any(${[...kinds]}::text[])
    union all
    select m.id, 'delayed' from mailboxes m where exists (
      select 1 from notifications n
      where n.mailbox_id = m.id and n.state in ('queued', 'deferred') and n.told_trouble is null
        and n.created_at < now() - ${delayedAfterHours} * interval '1 hour' and n.kind = any(${[...kinds]}::text[]))`;
}

/** It has been told from now on; what a sender holds at this moment is told another time. */
export async function markTold(
  tx: Tx,
  { mailboxId, trouble }: Untold,
  kinds: readonly string[],
  delayedAfterHours: number,
): Promise<readonly Told[]> {
  const which =
    trouble === 'failed'
      ? tx.sql`state in ('failed', 'bounced') and told_trouble is distinct from 'failed'`
      : tx.sql`state in ('queued', 'deferred') and told_trouble is null
          and created_at < now() - ${delayedAfterHours} * interval '1 hour'`;
  const [row] = await tx.sql<{ first: NotificationId | null; count: number }[]>`
    with told as (
      update notifications n set told_trouble = ${trouble}
      from (select id from notifications where mailbox_id = ${mailboxId} and kind = any(${[...kinds]}::text[]) and ${which}
        order by id limit ${MAX_TOLD} for update skip locked) as untold
      where n.id = untold.id
      returning n.id
    )
    select min(id) as first, count(*)::int as count from told`;
  return row === undefined || row.first === null ? [] : [{ mailboxId, trouble, first: row.first, count: row.count }];
}

/** Of mail to the staff that failed nobody is told, and nobody looks at it again. */
export async function passOverStaffsMail(tx: Tx, kinds: readonly string[]): Promise<void> {
  await tx.sql`
    update notifications n set told_trouble = 'failed'
    from (select id from notifications
      where state in ('failed', 'bounced') and told_trouble is distinct from 'failed' and kind <> all(${[...kinds]}::text[])
      order by id limit ${MAX_TOLD} for update skip locked) as passed
    where n.id = passed.id`;
}
