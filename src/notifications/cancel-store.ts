import type { Tx } from '../db/client.ts';
import type { ContactId, NotificationId } from '../db/ids.ts';

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
