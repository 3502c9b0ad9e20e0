import type { Queryable } from '../db/client.ts';
import { hexBytes } from '../db/records.ts';
import type { TicketId } from '../db/ids.ts';

/** Tickets whose mail readers got under these Message-IDs, which its way out gave it, by hash in hex. */
export async function findAliased(
  db: Queryable,
  hashes: readonly Buffer[],
): Promise<readonly { readonly hash: string; readonly ticketId: TicketId }[]> {
  if (hashes.length === 0) return [];
  return db.sql<{ hash: string; ticketId: TicketId }[]>`
    select encode(alias_hash, 'hex') as hash, ticket_id as "ticketId" from notifications
    where alias_hash = any(${hashes.map(hexBytes)}::text[]::bytea[]) and ticket_id is not null order by id desc limit 1000`;
}
