import type { Tx } from '../db/client.ts';
import { dropUnreferencedBlobs } from './blob-store.ts';

/** What one page of a sweep came to. */
export interface Page {
  /** Rows up to this id have been looked at. */
  readonly throughId: number;
  /** Nothing behind it is old enough. */
  readonly isEnd: boolean;
  readonly forgotten: number;
}

/** Looks at the rows of a table behind an id, and deletes what is older than a moment, in the caller's transaction. */
export type ForgetPage = (tx: Tx, fromId: number, before: Date, now: Date) => Promise<Page>;

/** So many rows are looked at in one transaction, and so many bytes deleted: no lock is held for long. */
const PAGE_ROWS = 2_000;
const PAGE_BYTES = 64 * 1024 * 1024;

interface PageRow {
  readonly throughId: number | null;
  readonly isEnd: boolean;
  readonly forgotten: number;
}

interface BytesPageRow extends PageRow {
  readonly names: readonly Buffer[] | null;
}

const asPage = (row: PageRow | undefined, fromId: number): Page => ({
  throughId: row?.throughId ?? fromId,
  isEnd: row?.isEnd ?? true,
  forgotten: row?.forgotten ?? 0,
});

/** The bytes of messages that are done; never of those that wait for a person, or are to be read yet. */
export const forgetRawMail: ForgetPage = async (tx, fromId, before, now) => {
  const [row] = await tx.sql<BytesPageRow[]>`
    with page as (
      select id, raw_sha256, size_bytes, received_at >= ${before} as is_young,
        status = 'done' and done_at < ${before} and raw_gone_at is null as is_due
      from inbound_messages where id > ${fromId} order by id limit ${PAGE_ROWS}
    ), taken as (
      select * from (
        select *, sum(case when is_due then size_bytes else 0 end) over (order by id) as bytes, row_number() over (order by id) as place from page
      ) sized where bytes <= ${PAGE_BYTES} or place = 1
    ), gone as (
      update inbound_messages m set raw_gone_at = ${now} from taken t
      where m.id = t.id and t.is_due and m.status = 'done' and m.raw_gone_at is null returning m.raw_sha256
    )
    select (select max(id) from taken) as "throughId", (select count(*) from gone)::int as forgotten,
      (select array_agg(distinct raw_sha256) from gone) as names,
      (select count(*) from taken) = (select count(*) from page)
        and ((select count(*) from page) < ${PAGE_ROWS} or (select bool_or(is_young) from taken)) as "isEnd"`;
  await dropUnreferencedBlobs(tx, row?.names ?? []);
  return asPage(row, fromId);
};

/** The bytes of attachments of tickets that have been closed for so long; of a merged ticket, where it goes on. */
export const forgetAttachments: ForgetPage = async (tx, fromId, before, now) => {
  const [row] = await tx.sql<BytesPageRow[]>`
    with page as (
      select a.id, a.sha256, a.size_bytes, e.at >= ${before} as is_young,
        a.gone_at is null and r.status = 'closed' and r.closed_at < ${before} as is_due
      from attachments a
      join ticket_entries e on e.id = a.entry_id
      join tickets t on t.id = e.ticket_id
      join tickets r on r.id = coalesce(t.merged_into_id, t.id)
      where a.id > ${fromId} order by a.id limit ${PAGE_ROWS}
    ), taken as (
      select * from (
        select *, sum(case when is_due then size_bytes else 0 end) over (order by id) as bytes, row_number() over (order by id) as place from page
      ) sized where bytes <= ${PAGE_BYTES} or place = 1
    ), gone as (
      update attachments a set gone_at = ${now} from taken t
      where a.id = t.id and t.is_due and a.gone_at is null returning a.sha256
    )
    select (select max(id) from taken) as "throughId", (select count(*) from gone)::int as forgotten,
      (select array_agg(distinct sha256) from gone) as names,
      (select count(*) from taken) = (select count(*) from page)
        and ((select count(*) from page) < ${PAGE_ROWS} or (select bool_or(is_young) from taken)) as "isEnd"`;
  await dropUnreferencedBlobs(tx, row?.names ?? []);
  return asPage(row, fromId);
};

/** Why messages that are done became what they became; not of those in an airlock, which a person decides about yet. */
export const forgetDecisions: ForgetPage = async (tx, fromId, before, now) => {
  const [row] = await tx.sql<PageRow[]>`
    with page as (
      select d.inbound_id as id, m.received_at >= ${before} as is_young,
        m.status = 'done' and m.done_at < ${before} and not exists (
          select 1 from ticket_entries e
          where e.inbound_id = m.id and e.visibility = 'operators_until_admitted') as is_due
      from decisions d join inbound_messages m on m.id = d.inbound_id
      where d.inbound_id > ${fromId} order by d.inbound_id limit ${PAGE_ROWS}
    ), gone as (
      delete from decisions d using page p where d.inbound_id = p.id and p.is_due returning d.inbound_id
    ), marked as (
      update inbound_messages m set decision_gone_at = ${now} from gone where m.id = gone.inbound_id
    )
    select (select max(id) from page) as "throughId", (select count(*) from gone)::int as forgotten,
      (select count(*) from page) < ${PAGE_ROWS} or (select bool_or(is_young) from page) as "isEnd"`;
  return asPage(row, fromId);
};

/** Attempts to send mail whose fate is settled; the mail, its state and its bytes stay. */
export const forgetDeliveries: ForgetPage = async (tx, fromId, before) => {
  const [row] = await tx.sql<PageRow[]>`
    with page as (
      select d.id, d.at >= ${before} as is_young,
        d.at < ${before} and n.state in ('sent', 'failed', 'suppressed', 'cancelled', 'bounced') as is_due
      from deliveries d join notifications n on n.id = d.notification_id
      where d.id > ${fromId} order by d.id limit ${PAGE_ROWS}
    ), gone as (delete from deliveries d using page p where d.id = p.id and p.is_due returning 1)
    select (select max(id) from page) as "throughId", (select count(*) from gone)::int as forgotten,
      (select count(*) from page) < ${PAGE_ROWS} or (select bool_or(is_young) from page) as "isEnd"`;
  return asPage(row, fromId);
};

/** Who did what. */
export const forgetAudit: ForgetPage = async (tx, fromId, before) => {
  const [row] = await tx.sql<PageRow[]>`
    with page as (
      select id, at >= ${before} as is_young from audit_rows where id > ${fromId} order by id limit ${PAGE_ROWS}
    ), gone as (delete from audit_rows a using page p where a.id = p.id and not p.is_young returning 1)
    select (select max(id) from page) as "throughId", (select count(*) from gone)::int as forgotten,
      (select count(*) from page) < ${PAGE_ROWS} or (select bool_or(is_young) from page) as "isEnd"`;
  return asPage(row, fromId);
};
