import type { Tx } from '../db/client.ts';
import { findMailUnder } from '../notifications/alias-store.ts';
import type { Understood } from './understand.ts';

/**
 * The same messages, with the mail of ours that a report knows by the Message-ID of its way out alone (DESIGN 5.5). Like
 * ours, that is known to nobody but the mail's recipient and its carriers: whoever names one has had it. Most batches
 * ask nothing.
 */
export async function withAliased(tx: Tx, batch: readonly Understood[]): Promise<readonly Understood[]> {
  const hashes = new Set(batch.flatMap(({ reportUnderAlias }) => reportUnderAlias?.hashes ?? []));
  const mails = await findMailUnder(tx, [...hashes]);
  if (mails.size === 0) return batch;
  return batch.map((message) => {
    if (message.reportUnderAlias === null) return message;
    const { hashes: own, ...said } = message.reportUnderAlias;
    const publicId = own.map((hash) => mails.get(hash)).find((id) => id !== undefined);
    return publicId === undefined ? message : { ...message, report: { publicId, ...said } };
  });
}
