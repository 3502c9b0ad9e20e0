import { createAuthenticate } from '../../src/inbound/prove.ts';
import { processBatch } from '../../src/inbound/process.ts';
import type { InboundDeps } from '../../src/inbound/process.ts';
import { loadStaff } from '../../src/access/staff.ts';
import type { Db } from '../../src/db/client.ts';
import { inTransaction } from '../../src/db/client.ts';
import { noCheckpoint } from '../../src/lib/checkpoint.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Keys } from '../../src/lib/crypto.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { ParsePool } from '../../src/mail/parse-pool.ts';
import { acceptBatch } from '../../src/mailboxes/accept.ts';
import { takeLease } from '../../src/mailboxes/lease-store.ts';
import { findGeneration, insertGeneration, listMailboxes } from '../../src/mailboxes/store.ts';

/** The first mailbox of a desk as its worker reads it, without a server: mail is accepted, understood and carried out. */
export async function openIntake(
  db: Db,
  keys: Keys,
  parsePool: ParsePool,
): Promise<(mails: readonly Buffer[]) => Promise<void>> {
  const [mailbox] = await listMailboxes(db);
  const lease = mailbox === undefined ? null : await takeLease(db, mailbox.id, 'test', 600_000);
  if (mailbox === undefined || lease === null) throw new Error('there is no mailbox to read');
  const place = { mailboxId: mailbox.id, folder: 'INBOX', uidValidity: 1 };
  await inTransaction(db, (tx) => insertGeneration(tx, { ...place, baselineUid: 0, inheritedBelowUid: 0 }));
  const generation = await findGeneration(db, place.mailboxId, place.folder, place.uidValidity);
  if (generation === null) throw new Error('the folder is not there');
  const deps: InboundDeps = {
    db,
    keys,
    parsePool,
    clock: systemClock,
    log: silentLog,
    checkpoint: noCheckpoint,
    takeFresh: () => null,
    authenticate: createAuthenticate(() => Promise.resolve({ is: 'absent' })),
    loadStaff,
    attemptWaitsMs: [1],
  };
  let uid = 0;
  return async (mails) => {
    const fetched = mails.map((bytes) => {
      uid += 1;
      return { uid, bytes, sizeBytes: bytes.byteLength, internalDate: new Date(), isHeadersOnly: false };
    });
    await acceptBatch(db, lease, generation.id, fetched, noCheckpoint);
    const { finished } = await processBatch(deps, mailbox, lease, new Set(), AbortSignal.timeout(20_000));
    if (finished !== mails.length) throw new Error(`of ${mails.length} mails ${finished} were finished`);
  };
}
