import type { Queryable } from '../db/client.ts';
import { REJECTED_RULE } from './policy.ts';

/** One thing that must never be, and the rows that are so. */
export interface Invariant {
  readonly id: string;
  readonly says: string;
  /** Names of what breaks it, at most 100; none: it holds. */
  readonly find: (db: Queryable) => Promise<readonly { readonly name: string }[]>;
}

/** RELIABILITY 3, N1 to N8, as far as the database alone can tell; the server is asked by `checkLedger`. */
export const INVARIANTS: readonly Invariant[] = [
  {
    id: 'N1',
    says: 'every message that was taken has its bytes, unless its time to be kept was over',
    find: (db) => db.sql<{ name: string }[]>`
      select 'message ' || m.id || ' has no bytes' as name from inbound_messages m
      where m.raw_gone_at is null and not exists (select 1 from blobs b where b.sha256 = m.raw_sha256) order by m.id limit 100`,
  },
  {
    id: 'N2',
    says: 'a message is one entry of one ticket, however often it was delivered',
    find: (db) => db.sql<{ name: string }[]>`
      select 'messages ' || string_agg(m.id::text, ', ') || ' are the same and have ' || count(*) || ' entries' as name
      from ticket_entries e join inbound_messages m on m.id = e.inbound_id
      group by m.content_key having count(*) > 1 limit 100`,
  },
  {
    id: 'N3',
    says: 'bytes are what their hash says (the newest 1,000)',
    find: (db) => db.sql<{ name: string }[]>`
      select 'blob ' || encode(b.sha256, 'hex') || ' is damaged' as name
      from (select sha256, size_bytes from blobs order by created_at desc limit 1000) b
      where b.sha256 is distinct from
        (select sha256(string_agg(c.bytes, '' order by c.position)) from blob_chunks c where c.sha256 = b.sha256)
      limit 100`,
  },
  {
    id: 'N5',
    says: 'a mail that went out has its bytes, and they carry its Message-ID; one with a secret has none',
    find: (db) => db.sql<{ name: string }[]>`
      select 'notification ' || n.id || case when n.credential is null then ' went out without stored bytes'
        else ' has a secret, and stored bytes' end as name
      from notifications n left join notification_mime m on m.notification_id = n.id
      where n.state in ('submitting', 'sent', 'uncertain', 'bounced')
        and case when n.credential is null
          then m.bytes is null or position(convert_to('Message-ID: ' || n.message_id, 'UTF8') in m.bytes) = 0
          else m.bytes is not null end
      order by n.id limit 100`,
  },
  {
    id: 'N6',
    says: 'a ticket is acknowledged at most once',
    find: (db) => db.sql<{ name: string }[]>`
      select 'ticket ' || t.number || ' owes ' || count(*) || ' acknowledgements' as name
      from notifications n join tickets t on t.id = n.ticket_id
      where n.kind = 'ticket_opened' and n.state not in ('suppressed', 'cancelled')
      group by t.number having count(*) > 1 limit 100`,
  },
  {
    id: 'N7',
    says: 'nothing was written under a lease that had ended',
    find: (db) => db.sql<{ name: string }[]>`
      select 'message ' || id || ' was taken under epoch ' || epoch || ', after epoch ' || before as name
      from (select id, epoch, max(epoch) over (partition by mailbox_id order by id rows between unbounded preceding and 1 preceding) as before
        from inbound_messages) m
      where epoch < before limit 100`,
  },
  {
    id: 'N8.time',
    says: 'nothing waits to be understood for more than an hour, and no send is under way for more than 20 minutes',
    find: (db) => db.sql<{ name: string }[]>`
      (select 'message ' || id || ' waits since ' || received_at as name from inbound_messages
        where status = 'received' and greatest(received_at, (released ->> 'at')::timestamptz) < now() - interval '1 hour'
        order by id limit 50)
      union all
      (select 'notification ' || id || ' is ' || state || ' since before ' || claim_until from notifications
        where state in ('sending', 'submitting') and claim_until < now() - interval '5 minutes' order by id limit 50)`,
  },
  {
    id: 'N8.decision',
    says: 'every message that is not waiting has its decision, unless its time to be kept was over',
    find: (db) => db.sql<{ name: string }[]>`
      select 'message ' || m.id || ' is ' || m.status || ' without a decision' as name from inbound_messages m
      where m.status <> 'received' and m.decision_gone_at is null and not exists (select 1 from decisions d where d.inbound_id = m.id)
      order by m.id limit 100`,
  },
  {
    id: 'N8.entry',
    says: 'a message that joined a ticket has its entry there, and no other has one',
    find: (db) => db.sql<{ name: string }[]>`
      select 'message ' || m.id || ' is ' || coalesce(m.verdict, m.status)
        || case when e.id is null then ' without an entry' else ' and has an entry' end as name
      from inbound_messages m left join ticket_entries e on e.inbound_id = m.id
      where (coalesce(m.verdict, '') in ('opened', 'appended', 'airlocked')) <> (e.id is not null)
      order by m.id limit 100`,
  },
  {
    id: 'N8.owed',
    says: 'every ticket that a known person opened owes an acknowledgement, or a row says why not',
    find: (db) => db.sql<{ name: string }[]>`
      select 'event ' || e.id || ' of message ' || e.inbound_id || ' owes nothing' as name from events e
      where e.kind = 'ticket_opened' and e.contact_id is not null
        and not exists (select 1 from notifications n where n.event_id = e.id) order by e.id limit 100`,
  },
];

/** Where the UIDs of a mailbox's folder are, in the words of the balance sheet (FEATURES B-01). */
export interface BalanceParts {
  readonly ticketsAndReplies: number;
  readonly held: number;
  readonly automatic: number;
  readonly rejected: number;
  readonly mutes: number;
  readonly duplicates: number;
  readonly waiting: number;
  readonly beforeOurTime: number;
}

const NOTHING: BalanceParts = {
  ticketsAndReplies: 0,
  held: 0,
  automatic: 0,
  rejected: 0,
  mutes: 0,
  duplicates: 0,
  waiting: 0,
  beforeOurTime: 0,
};

/** Counts what we have of a folder: of the UIDs given, or of all when `uids` is null. */
export async function countParts(
  db: Queryable,
  folderId: number,
  uids: readonly number[] | null,
): Promise<BalanceParts> {
  const rows = await db.sql<{ part: keyof BalanceParts; count: number }[]>`
    select case
        when status in ('held', 'quarantined') then 'held'
        when status = 'received' then 'waiting'
        when verdict = 'ignored' then case when rule = ${REJECTED_RULE} then 'rejected' else 'mutes' end
        when verdict = 'duplicate' then 'duplicates'
        when verdict in ('opened', 'appended', 'airlocked') then 'ticketsAndReplies'
        else 'automatic' end as part, count(*)::int as count
    from inbound_messages
    where folder_id = ${folderId} and (${uids === null} or uid = any(${[...(uids ?? [])]}::bigint[]))
    group by 1
    union all
    select 'beforeOurTime', count(*)::int from mailbox_gaps
    where folder_id = ${folderId} and kind = 'before_baseline'
      and (${uids === null} or uid = any(${[...(uids ?? [])]}::bigint[]))`;
  return Object.assign({ ...NOTHING }, Object.fromEntries(rows.map(({ part, count }) => [part, count])));
}

/** UIDs that were gone before they could be read: nobody of ours took them. */
export async function countVanished(db: Queryable, folderId: number): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from mailbox_gaps where folder_id = ${folderId} and kind = 'vanished'`;
  return row?.count ?? 0;
}
