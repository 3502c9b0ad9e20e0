import type { Db } from '../db/client.ts';
import { inTransaction } from '../db/client.ts';
import type { InboundMessageId } from '../db/ids.ts';
import type { Checkpoint } from '../lib/checkpoint.ts';
import type { Log } from '../lib/log.ts';
import type { AcceptedMessage, FetchedBytes } from '../mailboxes/accept.ts';
import { acceptBatch } from '../mailboxes/accept.ts';
import type { Lease } from '../mailboxes/lease-store.ts';
import { requireLease } from '../mailboxes/lease-store.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import type { MailSource, MessageSize } from '../mailboxes/source.ts';
import type { FolderGeneration } from '../mailboxes/store.ts';
import {
  countUnaccounted,
  findFirstSeen,
  findGeneration,
  insertGaps,
  insertGeneration,
  listUnsettled,
  markSettledThrough,
  missingUids,
} from '../mailboxes/store.ts';

export interface ReaderDeps {
  readonly db: Db;
  readonly log: Log;
  readonly checkpoint: Checkpoint;
  readonly waitForRoom: (signal: AbortSignal) => Promise<void>;
  readonly onAccepted: (accepted: readonly AcceptedMessage[]) => void;
}

/** A folder under its UIDVALIDITY, read by one lease over one connection. */
export interface Reader {
  /**
   * Makes ours whatever the server has and we have not (RELIABILITY D2).
   *
   * @param isWhole compares every UID; else only those above what is accounted for
   * @returns how many UIDs the server listed, and how many of them nobody knows of even now: none, or an alarm
   */
  catchUp(isWhole: boolean, signal: AbortSignal): Promise<{ readonly listed: number; readonly unaccounted: number }>;
  /** Marks on the server what was accepted, but perhaps not marked, before. */
  settleRest(): Promise<void>;
}

/** What one FETCH brings at most: memory is bounded by this, not by the mailbox. */
const MAX_BATCH = 50;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;
/** Above this a message comes in pieces, alone. */
const LARGE_BYTES = 2 * 1024 * 1024;
/** Above this only the header block is taken, and the ticket says so. */
const MAX_MESSAGE_BYTES = 50 * 1024 * 1024;
const SIZES_AT_ONCE = 1000;
const DAY_MS = 86_400_000;

/** Opens the folder's generation: a UIDVALIDITY never seen makes all its UIDs new (RELIABILITY IM1). */
export async function openReader(
  deps: ReaderDeps,
  mailbox: Mailbox,
  lease: Lease,
  source: MailSource,
): Promise<Reader> {
  const { db, log } = deps;
  const { path: folder, uidValidity, uidNext } = source.folder;
  const place = { mailboxId: mailbox.id, folder, uidValidity };
  const firstSeen = await findFirstSeen(db, mailbox.id, folder);
  if ((await findGeneration(db, mailbox.id, folder, uidValidity)) === null) {
    const isFirst = firstSeen === null;
    const baselineUid = isFirst && mailbox.historyStart === 'baseline' ? uidNext : 1;
    await inTransaction(db, async (tx) => {
      await requireLease(tx, lease);
      await insertGeneration(tx, { ...place, baselineUid, inheritedBelowUid: isFirst ? 0 : uidNext });
    });
    log[isFirst ? 'info' : 'warn']('mailbox.generation', { ...place, baselineUid });
  }
  const generation = await findGeneration(db, mailbox.id, folder, uidValidity);
  if (generation === null) throw new Error(`mailbox ${mailbox.id}: the folder's generation was not stored`);
  // A day of grace, for two clocks are involved, and a ticket too many is better than one too few.
  const since = firstSeen === null || mailbox.historyStart === 'beginning' ? 0 : firstSeen.getTime() - DAY_MS;
  const isBeforeOurTime = ({ uid, internalDate }: MessageSize) =>
    uid < generation.inheritedBelowUid && internalDate.getTime() < since;
  return createReader(deps, mailbox, lease, source, generation, isBeforeOurTime);
}

function createReader(
  deps: ReaderDeps,
  mailbox: Mailbox,
  lease: Lease,
  source: MailSource,
  generation: FolderGeneration,
  isBeforeOurTime: (size: MessageSize) => boolean,
): Reader {
  const { db, checkpoint } = deps;
  const folderId = generation.id;
  let accountedFrom = generation.baselineUid;

  const noteGaps = (uids: readonly number[], kind: 'vanished' | 'before_baseline') =>
    inTransaction(db, async (tx) => {
      await requireLease(tx, lease);
      await insertGaps(tx, folderId, uids, kind);
    });

  const take = async (fetched: readonly FetchedBytes[], wanted: readonly number[]): Promise<void> => {
    checkpoint('fetched');
    const gone = wanted.filter((uid) => !fetched.some((message) => message.uid === uid));
    if (gone.length > 0) await noteGaps(gone, 'vanished');
    if (fetched.length === 0) return;
    const accepted = await acceptBatch(db, lease, folderId, fetched, checkpoint);
    deps.onAccepted(accepted);
    await source.settle(
      fetched.map(({ uid }) => uid),
      mailbox.settleMark,
    );
    checkpoint('settled');
    const last = accepted.at(-1)?.id;
    if (last !== undefined) await markSettledThrough(db, folderId, last);
  };

  const takeSmall = async (batch: readonly MessageSize[]): Promise<void> => {
    const uids = batch.map(({ uid }) => uid);
    const fetched = await source.fetch(uids);
    await take(
      fetched.map((message) => ({ ...message, isHeadersOnly: false })),
      uids,
    );
  };

  const takeLarge = async (size: MessageSize): Promise<void> => {
    const whole = size.sizeBytes > MAX_MESSAGE_BYTES ? 'too large' : await downloadWhole(source, size.uid);
    const isHeadersOnly = whole === 'too large';
    const bytes = isHeadersOnly ? await source.fetchHeaders(size.uid) : whole;
    await take(bytes === null ? [] : [{ ...size, isHeadersOnly, bytes }], [size.uid]);
  };

  const ingest = async (uids: readonly number[], signal: AbortSignal): Promise<void> => {
    for (let start = 0; start < uids.length; start += SIZES_AT_ONCE) {
      const chunk = uids.slice(start, start + SIZES_AT_ONCE);
      const all = await source.sizes(chunk);
      const gone = chunk.filter((uid) => !all.some((size) => size.uid === uid));
      if (gone.length > 0) await noteGaps(gone, 'vanished');
      const tooOld = all.filter(isBeforeOurTime);
      if (tooOld.length > 0) {
        await noteGaps(
          tooOld.map(({ uid }) => uid),
          'before_baseline',
        );
      }
      for (const batch of inBatches(all.filter((size) => !tooOld.includes(size)))) {
        await deps.waitForRoom(signal);
        signal.throwIfAborted();
        const [first] = batch;
        if (first !== undefined && first.sizeBytes > LARGE_BYTES) await takeLarge(first);
        else await takeSmall(batch);
      }
    }
  };

  return {
    async catchUp(isWhole, signal) {
      let listed = 0;
      let unaccounted = 0;
      let next = isWhole ? generation.baselineUid : accountedFrom;
      for await (const page of source.uids(next)) {
        listed += page.length;
        await ingest(await missingUids(db, folderId, page), signal);
        if (isWhole) unaccounted += await countUnaccounted(db, folderId, page);
        next = Math.max(next, (page.at(-1) ?? 0) + 1);
      }
      accountedFrom = next;
      return { listed, unaccounted };
    },
    async settleRest() {
      for (let through = generation.settledThrough; ;) {
        const rest = await listUnsettled(db, folderId, through);
        const last = rest.at(-1)?.id;
        if (last === undefined) return;
        await source.settle(
          rest.map(({ uid }) => uid),
          mailbox.settleMark,
        );
        await markSettledThrough(db, folderId, last);
        through = last as InboundMessageId;
      }
    },
  };
}

/** Runs of neighbours that one FETCH may bring; a large message is a run of its own. Order stays that of the UIDs. */
export function inBatches(sizes: readonly MessageSize[]): readonly (readonly MessageSize[])[] {
  const batches: MessageSize[][] = [];
  let bytes = 0;
  for (const size of sizes) {
    const current = batches.at(-1);
    const isAlone = size.sizeBytes > LARGE_BYTES || (current?.[0]?.sizeBytes ?? 0) > LARGE_BYTES;
    if (current === undefined || isAlone || current.length >= MAX_BATCH || bytes + size.sizeBytes > MAX_BATCH_BYTES) {
      batches.push([size]);
      bytes = size.sizeBytes;
    } else {
      current.push(size);
      bytes += size.sizeBytes;
    }
  }
  return batches;
}

let isDownloading: Promise<unknown> = Promise.resolve();

/** One large message at a time in the whole process, for it is in memory whole when it is parsed. */
async function downloadWhole(source: MailSource, uid: number): Promise<Buffer | 'too large' | null> {
  const mine = isDownloading.then(async () => {
    const pieces = await source.download(uid);
    if (pieces === null) return null;
    const parts: Buffer[] = [];
    let size = 0;
    for await (const piece of pieces) {
      size += piece.byteLength;
      // The server said it was smaller: believe the bytes.
      if (size > MAX_MESSAGE_BYTES) return 'too large';
      parts.push(piece);
    }
    return Buffer.concat(parts);
  });
  isDownloading = mine.catch(() => {});
  return mine;
}
