import type { Queryable } from '../db/client.ts';

/** What would be deleted: how many, and how many bytes they have; null where they are rows and no bytes. */
export interface Due {
  /** At most COUNT_LIMIT and one more, which says that there are more. */
  readonly count: number;
  readonly sizeBytes: number | null;
}

export type CountDue = (db: Queryable, before: Date) => Promise<Due>;

/** Nobody needs to know more exactly what is more than this. */
export const COUNT_LIMIT = 100_000;
const LIMIT = COUNT_LIMIT + 1;

const NONE: Due = { count: 0, sizeBytes: null };

/** As `forgetRawMail`. */
export const countRawMail: CountDue = async (db, before) => {
  const [row] = await db.sql<Due[]>`
    select count(*)::int as count, coalesce(sum(size_bytes), 0)::bigint as "sizeBytes" from (
      select size_bytes from inbound_messages
      where status = 'done' and done_at < ${before} and raw_gone_at is null limit ${LIMIT}) due`;
  return row ?? NONE;
};

/** As `forgetAttachments`. */
export const countAttachments: CountDue = async (db, before) => {
  const [row] = await db.sql<Due[]>`
    select count(*)::int as count, coalesce(sum(size_bytes), 0)::bigint as "sizeBytes" from (
      select a.size_bytes from attachments a
      join ticket_entries e on e.id = a.entry_id
      join tickets t on t.id = e.ticket_id
      join tickets r on r.id = coalesce(t.merged_into_id, t.id)
      where a.gone_at is null and r.status = 'closed' and r.closed_at < ${before} limit ${LIMIT}) due`;
  return row ?? NONE;
};

/** As `forgetDecisions`. */
export const countDecisions: CountDue = async (db, before) => {
  const [row] = await db.sql<Due[]>`
    select count(*)::int as count, null as "sizeBytes" from (
      select 1 from decisions d join inbound_messages m on m.id = d.inbound_id
      where m.status = 'done' and m.done_at < ${before} and not exists (
        select 1 from ticket_entries e where e.inbound_id = m.id and e.visibility = 'operators_until_admitted')
      limit ${LIMIT}) due`;
  return row ?? NONE;
};

/** As `forgetDeliveries`. */
export const countDeliveries: CountDue = async (db, before) => {
  const [row] = await db.sql<Due[]>`
    select count(*)::int as count, null as "sizeBytes" from (
      select 1 from deliveries d join notifications n on n.id = d.notification_id
      where d.at < ${before} and n.state in ('sent', 'failed', 'suppressed', 'cancelled', 'bounced')
      limit ${LIMIT}) due`;
  return row ?? NONE;
};

/** As `forgetAudit`. */
export const countAudit: CountDue = async (db, before) => {
  const [row] = await db.sql<Due[]>`
    select count(*)::int as count, null as "sizeBytes" from (
      select 1 from audit_rows where at < ${before} limit ${LIMIT}) due`;
  return row ?? NONE;
};
