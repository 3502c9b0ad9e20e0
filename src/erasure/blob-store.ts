import { storeBlobs } from '../blobs/store.ts';
import type { Tx } from '../db/client.ts';
import { sha256 } from '../lib/crypto.ts';
import type { Erasure } from './model.ts';
import { ERASED_MAIL } from './model.ts';

/**
 * Mail they wrote is not kept as it came any more, nor are its other deliveries; each has bytes that say so.
 *
 * @returns the hashes of what it was
 */
export async function eraseRawMail(tx: Tx, { messageIds }: Erasure): Promise<readonly Buffer[]> {
  const stub = sha256(ERASED_MAIL);
  await storeBlobs(tx, [{ sha256: stub, bytes: ERASED_MAIL }]);
  const rows = await tx.sql<{ sha256: Buffer }[]>`
    with before as (
      select id, raw_sha256 from inbound_messages
      where (id = any(${[...messageIds]}::bigint[]) or duplicate_of = any(${[...messageIds]}::bigint[])) and status <> 'received'
      order by id for update
    )
    update inbound_messages m set raw_sha256 = ${stub} from before b where m.id = b.id
    returning b.raw_sha256 as sha256`;
  return rows.map((row) => row.sha256);
}
