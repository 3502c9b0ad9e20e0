import type { Queryable } from '../db/client.ts';
import { hexBytes } from '../db/records.ts';
import type { TicketId } from '../db/ids.ts';

/** Public ids of the mail that readers got under these Message-IDs, by hash in hex; of what two mails have, none. */
export async function findMailUnder(db: Queryable, hashes: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (hashes.length === 0) return new Map();
  const bytes = hashes.map((hash) => hexBytes(Buffer.from(hash, 'hex')));
  const rows = await db.sql<{ hash: string; publicId: string }[]>`
    select encode(alias_hash, 'hex') as hash, min(public_id::text) as "publicId" from notifications
    where alias_hash = any(${bytes}::text[]::bytea[]) group by alias_hash having count(*) = 1`;
  return new Map(rows.map(({ hash, publicId }) => [hash, publicId]));
}

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
