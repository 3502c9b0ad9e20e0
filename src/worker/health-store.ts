import type { Queryable } from '../db/client.ts';

export interface Gauges {
  readonly received: number;
  readonly receivedAgeSeconds: number;
  readonly attention: readonly {
    readonly status: string;
    readonly reason: string;
    readonly count: number;
    readonly age: number;
  }[];
  readonly due: number;
  readonly dueAgeSeconds: number;
  readonly uncertain: number;
  readonly mailboxes: readonly {
    readonly address: string;
    readonly gaps: number;
    readonly isWatched: boolean;
    readonly checkedSeconds: number | null;
  }[];
}

/** What a monitor wants to know. Every count goes over a partial index of what is not finished. */
export async function readGauges(db: Queryable): Promise<Gauges> {
  const [[inbound], attention, [outbox], [unsure], mailboxes] = await Promise.all([
    db.sql<{ count: number; age: number }[]>`
      select count(*)::int as count, coalesce(extract(epoch from now() - min(received_at)), 0)::float8 as age
      from inbound_messages where status = 'received'`,
    db.sql<{ status: string; reason: string; count: number; age: number }[]>`
      select status, reason, count(*)::int as count,
        extract(epoch from now() - min(received_at))::float8 as age from inbound_messages
      where status in ('held', 'quarantined') group by status, reason order by status, reason`,
    db.sql<{ count: number; age: number }[]>`
      select count(*)::int as count,
        coalesce(extract(epoch from now() - min(next_attempt_at)), 0)::float8 as age
      from notifications where state in ('queued', 'deferred')`,
    db.sql<{ count: number }[]>`select count(*)::int as count from notifications where state = 'uncertain'`,
    db.sql<{ address: string; gaps: number; isWatched: boolean; checkedSeconds: number | null }[]>`
      select m.address,
        (select count(*)::int from mailbox_gaps g join mailbox_folders f on f.id = g.folder_id
          where f.mailbox_id = m.id and g.kind = 'vanished') as gaps,
        coalesce(h.state = 'watching' and l.expires_at > now(), false) as "isWatched",
        extract(epoch from now() - h.checked_at)::float8 as "checkedSeconds"
      from mailboxes m
      left join mailbox_health h on h.mailbox_id = m.id
      left join mailbox_leases l on l.mailbox_id = m.id
      order by m.id`,
  ]);
  return {
    received: inbound?.count ?? 0,
    receivedAgeSeconds: inbound?.age ?? 0,
    attention,
    due: outbox?.count ?? 0,
    dueAgeSeconds: Math.max(0, outbox?.age ?? 0),
    uncertain: unsure?.count ?? 0,
    mailboxes,
  };
}

/** Active mailboxes that nobody watches right now; none: the desk is ready. */
export async function listUnwatched(db: Queryable): Promise<readonly string[]> {
  const rows = await db.sql<{ address: string }[]>`
    select m.address from mailboxes m
    left join mailbox_health h on h.mailbox_id = m.id
    left join mailbox_leases l on l.mailbox_id = m.id
    where m.status = 'active' and not coalesce(h.state = 'watching' and l.expires_at > now(), false)
    order by m.id limit 100`;
  return rows.map(({ address }) => address);
}
