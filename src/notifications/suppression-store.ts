import type { Queryable, Tx } from '../db/client.ts';
import type { NotificationId } from '../db/ids.ts';
import type { NotificationState } from '../db/schema/notifications.ts';
import type { EmailAddress } from '../mail/address.ts';
import { rateLimitKey } from '../mail/address.ts';
import { SOFT_BOUNCES } from './suppression.ts';

/** An address that is not mailed. */
export interface SuppressionRow {
  readonly address: EmailAddress;
  readonly reason: string;
  readonly since: Date;
}

/** Addresses that are not mailed, by the alphabet, behind `after`; at most 1,001. */
export async function listSuppressions(
  db: Queryable,
  search: string,
  after: string,
  limit: number,
): Promise<readonly SuppressionRow[]> {
  return db.sql<SuppressionRow[]>`
    select address, reason, created_at as since from suppressions
    where address > ${after} and position(lower(${search}) in lower(address || ' ' || reason)) > 0
    order by address limit ${Math.min(limit, 1001)}`;
}

export async function findSuppression(db: Queryable, address: EmailAddress): Promise<SuppressionRow | null> {
  const [row] = await db.sql<SuppressionRow[]>`
    select address, reason, created_at as since from suppressions where address = ${address}`;
  return row ?? null;
}

/** The address is not mailed from now on. @returns false: it was not mailed already */
export async function insertSuppression(tx: Tx, address: EmailAddress, reason: string): Promise<boolean> {
  const rows = await tx.sql`
    insert into suppressions (address, reason) values (${address}, ${reason}) on conflict (address) do nothing`;
  return rows.count > 0;
}

/** The address is mailed again, and its soft bounces are forgotten. */
export async function deleteSuppression(tx: Tx, address: EmailAddress): Promise<void> {
  await tx.sql`delete from suppressions where address = ${address}`;
  await tx.sql`delete from budgets where scope = ${SOFT_BOUNCES.scope} and key = ${rateLimitKey(address)}`;
}

/** What became of a mail to such an address, in the words of a server or a report. */
export interface TroubledMail {
  readonly id: NotificationId;
  readonly kind: string;
  readonly ticketNumber: number | null;
  readonly state: NotificationState;
  readonly at: Date;
  readonly outcome: string;
  readonly said: string;
}

/** The newest 10 times that something was the matter with mail to the address, and how many mails were kept back since. */
export async function listTroubles(
  db: Queryable,
  address: EmailAddress,
  since: Date,
): Promise<{ readonly troubles: readonly TroubledMail[]; readonly keptBack: number }> {
  const [troubles, [row]] = await Promise.all([
    db.sql<TroubledMail[]>`
      select n.id, n.kind, t.number as "ticketNumber", n.state, d.at, d.outcome, d.reply as said
      from notifications n join deliveries d on d.notification_id = n.id left join tickets t on t.id = n.ticket_id
      where n.recipient = ${address} and d.outcome in ('failed', 'bounced', 'complained')
      order by d.id desc limit 10`,
    db.sql<{ count: number }[]>`
      select count(*)::int as count from notifications
      where recipient = ${address} and state = 'suppressed' and created_at >= ${since}`,
  ]);
  return { troubles, keptBack: row?.count ?? 0 };
}
