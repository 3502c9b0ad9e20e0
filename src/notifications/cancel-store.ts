import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, NotificationId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import { STAFF_KINDS } from './mail-kinds.ts';

/** A mail that is not sent any more, and the ticket it was about. */
export interface CancelledMail {
  readonly id: NotificationId;
  readonly ticketNumber: number | null;
}

/** Mail to these contacts at that address that was not sent yet is not sent any more; what is under way goes. */
export async function cancelPendingTo(
  tx: Tx,
  address: string,
  contactIds: readonly ContactId[],
  reason: string,
): Promise<readonly CancelledMail[]> {
  const rows = await tx.sql<CancelledMail[]>`
    with cancelled as (
      update notifications set state = 'cancelled', reason = ${reason}, secret = null
      where recipient = ${address} and contact_id = any(${[...contactIds]}::bigint[]) and (state in ('queued', 'deferred') or (state = 'folded' and folded_into is null))
      returning id, ticket_id
    )
    select c.id, t.number as "ticketNumber" from cancelled c left join tickets t on t.id = c.ticket_id order by c.id`;
  return rows;
}

/** Why mail for the staff is not sent. */
export const NO_OPERATOR = 'they are disabled as an operator, and the mail is for the staff alone';

/** Mail for the staff that was not sent yet is not sent to an operator who is disabled. @returns how many that were */
export async function cancelPendingToOperator(tx: Tx, address: EmailAddress): Promise<number> {
  const rows = await tx.sql`
    update notifications set state = 'cancelled', reason = ${NO_OPERATOR}, secret = null
    where recipient = ${address} and kind = any(${[...STAFF_KINDS]}::text[])
      and (state in ('queued', 'deferred') or (state = 'folded' and folded_into is null))`;
  return rows.count;
}

/** Which of these are addresses of operators who have been disabled. */
export async function findDisabledOperators(
  db: Queryable,
  addresses: readonly EmailAddress[],
): Promise<ReadonlySet<EmailAddress>> {
  if (addresses.length === 0) return new Set();
  const rows = await db.sql<{ address: EmailAddress }[]>`
    select address from operators where address = any(${[...addresses]}::text[]) and disabled_at is not null`;
  return new Set(rows.map(({ address }) => address));
}
