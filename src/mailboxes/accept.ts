import { storeBlobs } from '../blobs/store.ts';
import type { Db } from '../db/client.ts';
import { inTransaction } from '../db/client.ts';
import type { FolderId, InboundMessageId } from '../db/ids.ts';
import type { Checkpoint } from '../lib/checkpoint.ts';
import { sha256 } from '../lib/crypto.ts';
import { createPace } from '../lib/pace.ts';
import { contentKey } from '../mail/content-key.ts';
import { firstHeader, splitMessage } from '../mail/headers.ts';
import { messageIdHash, parseMessageIds } from '../mail/message-id.ts';
import type { Lease } from './lease-store.ts';
import { requireLease } from './lease-store.ts';
import { insertInbound } from './store.ts';

/** What one batch holds at most, on all its way: memory is bounded by this, not by the mailbox. */
export const BATCH = { messages: 50, bytes: 8 * 1024 * 1024 } as const;

/** Bytes from the server that are not ours yet. */
export interface FetchedBytes {
  readonly uid: number;
  readonly internalDate: Date;
  /** As the server says; of a message too large to take, more than `bytes` holds. */
  readonly sizeBytes: number;
  readonly isHeadersOnly: boolean;
  readonly bytes: Buffer;
}

/** A message that is ours now: durable, and not understood yet. */
export interface AcceptedMessage {
  readonly id: InboundMessageId;
  readonly uid: number;
  readonly bytes: Buffer;
}

/**
 * Takes responsibility: after this commit the message is ours (RELIABILITY D3, tx 1). Repeats do nothing.
 *
 * @param fetched at most a BATCH, unless it is one message
 * @returns those that are new
 */
export async function acceptBatch(
  db: Db,
  lease: Lease,
  folderId: FolderId,
  fetched: readonly FetchedBytes[],
  checkpoint: Checkpoint,
): Promise<readonly AcceptedMessage[]> {
  const pace = createPace();
  const messages: (FetchedBytes & ReturnType<typeof identify>)[] = [];
  for (const message of fetched) {
    messages.push({ ...message, ...identify(message.bytes) });
    await pace();
  }
  const inserted = await inTransaction(db, async (tx) => {
    await requireLease(tx, lease);
    await storeBlobs(
      tx,
      messages.map(({ rawSha256, bytes }) => ({ sha256: rawSha256, bytes })),
    );
    const rows = await insertInbound(tx, { mailboxId: lease.mailboxId, folderId, epoch: lease.epoch }, messages);
    checkpoint('tx1.before');
    return rows;
  });
  checkpoint('tx1.after');
  const bytesOf = new Map(messages.map((message) => [message.uid, message.bytes]));
  return inserted.map(({ id, uid }) => ({ id, uid, bytes: bytesOf.get(uid) as Buffer }));
}

function identify(bytes: Buffer) {
  const messageId = parseMessageIds(firstHeader(splitMessage(bytes).fields, 'message-id') ?? '', 1)[0];
  return {
    contentKey: contentKey(bytes),
    messageIdHash: messageId === undefined ? null : messageIdHash(messageId),
    rawSha256: sha256(bytes),
  };
}
