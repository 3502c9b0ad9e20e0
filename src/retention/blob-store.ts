import type { Tx } from '../db/client.ts';
import { hexBytes } from '../db/records.ts';

/**
 * Deletes the bytes among these that nothing refers to any more. A batch that stores the same bytes at this moment holds
 * a lock on their row (blobs/store.ts): it is waited for, and what it refers to is seen then, for the second statement
 * looks anew. Rows are taken in the order of their hashes, as there.
 *
 * @returns how many bytes are gone
 */
export async function dropUnreferencedBlobs(tx: Tx, names: readonly Buffer[]): Promise<number> {
  if (names.length === 0) return 0;
  const wanted = names.map(hexBytes);
  await tx.sql`
    select 1 from blobs where sha256 = any(${wanted}::text[]::bytea[]) order by sha256 for update`;
  const [row] = await tx.sql<{ bytes: number }[]>`
    with gone as (
      delete from blobs b where b.sha256 = any(${wanted}::text[]::bytea[])
        and not exists (select 1 from inbound_messages m where m.raw_sha256 = b.sha256 and m.raw_gone_at is null)
        and not exists (select 1 from contacts c where c.picture_sha256 = b.sha256)
        and not exists (select 1 from attachments a where a.sha256 = b.sha256 and a.gone_at is null)
      returning b.sha256, b.size_bytes
    ), chunks as (delete from blob_chunks c using gone where c.sha256 = gone.sha256)
    select coalesce(sum(size_bytes), 0)::bigint as bytes from gone`;
  return row?.bytes ?? 0;
}
