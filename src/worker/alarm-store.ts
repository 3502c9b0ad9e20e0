import type { Queryable, Tx } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import { isTroubled } from '../notifications/pause-store.ts';

/** What waits for a person in one mailbox: held, quarantined, or in a ticket for operators' eyes. */
export interface WaitingMail {
  readonly mailboxId: MailboxId;
  readonly waiting: number;
  readonly oldestAt: Date;
}

/** By mailbox; those without any are not in the answer. Two looks at indexes of what waits. */
export async function listWaitingMail(db: Queryable): Promise<readonly WaitingMail[]> {
  return db.sql<WaitingMail[]>`
    select w.mailbox_id as "mailboxId", count(*)::int as waiting, min(w.at) as "oldestAt" from (
      select mailbox_id, received_at as at from inbound_messages where status in ('held', 'quarantined')
      union all
      select t.mailbox_id, e.at from ticket_entries e join tickets t on t.id = e.ticket_id
      where e.visibility = 'operators_until_admitted'
    ) w group by w.mailbox_id order by w.mailbox_id limit 1000`;
}

/** What of a mailbox may not work. */
export type MailboxPart = 'reading' | 'sending';

/** A mailbox of which something does not work. */
export interface SickMailbox {
  readonly mailboxId: MailboxId;
  readonly address: EmailAddress;
  readonly part: MailboxPart;
  /** In the words of whoever saw it; null: nobody reads it. */
  readonly reason: string | null;
  /** Reading: when it last did. Sending: since when it certainly has not. */
  readonly since: Date;
}

/**
 * Every mailbox that is not read though it is to be, or whose server takes no mail. A route's pauses, which double, say
 * how long it has been in trouble; one that ended long ago and was not tried again says nothing.
 */
export async function listSickMailboxes(db: Queryable): Promise<readonly SickMailbox[]> {
  return db.sql<SickMailbox[]>`
    select m.id as "mailboxId", m.address, 'reading' as part,
      case when l.expires_at > now() then trim(coalesce(h.reason, '') || ' ' || coalesce(h.advice, '')) end as reason,
      coalesce(h.checked_at, m.created_at) as since
    from mailboxes m
    left join mailbox_health h on h.mailbox_id = m.id
    left join mailbox_leases l on l.mailbox_id = m.id
    where m.status = 'active' and not coalesce(h.state = 'watching' and l.expires_at > now(), false)
    union all
    select m.id, m.address, 'sending', p.reason,
      p.until - interval '1 second' * (select sum(least(900, 5 * 2 ^ least(i, 10))) from generate_series(0, p.failures - 1) i)
    from route_pauses p join mailboxes m on m.id = p.mailbox_id
    where ${isTroubled(db)}
    order by "mailboxId", part limit 1000`;
}

const SCOPE = 'mailbox_alarm';

/** What one alarm is called among those that were told. */
export const alarmKey = (mailboxId: MailboxId, part: MailboxPart): string => `${part}:${mailboxId}`;

/** Alarms that were told and have not ended, by `alarmKey`. */
export async function listTold(db: Queryable): Promise<ReadonlySet<string>> {
  const rows = await db.sql<{ key: string }[]>`select key from budgets where scope = ${SCOPE} order by key limit 1000`;
  return new Set(rows.map(({ key }) => key));
}

/** That somebody was told of the trouble: false where they had been, and it has not ended since. */
export async function takeAlarm(tx: Tx, mailboxId: MailboxId, part: MailboxPart): Promise<boolean> {
  const rows = await tx.sql`
    insert into budgets (scope, key, level, granted, updated_at) values (${SCOPE}, ${alarmKey(mailboxId, part)}, 1, 1, now())
    on conflict do nothing returning key`;
  return rows.count > 0;
}

/**
 * Troubles that have ended may be told again when they come back: the mailbox was read since, its route is free. So may
 * those that were told by a clock which was a day ahead.
 */
export async function endAlarms(db: Queryable): Promise<void> {
  await db.sql`
    delete from budgets b where b.scope = ${SCOPE} and (
      b.updated_at > now() + interval '1 day'
      or b.key in (select 'reading:' || h.mailbox_id from mailbox_health h where h.checked_at > b.updated_at)
      or b.key in (select 'reading:' || m.id from mailboxes m where m.status <> 'active')
      or (b.key like 'sending:%' and b.key not in (
        select 'sending:' || p.mailbox_id from route_pauses p where ${isTroubled(db)})))`;
}
