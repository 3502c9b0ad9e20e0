import { setTimeout as wait } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import { inTransaction } from '../db/client.ts';
import type { Checkpoint } from '../lib/checkpoint.ts';
import type { Log } from '../lib/log.ts';
import type { AcceptedMessage, FetchedBytes } from '../mailboxes/accept.ts';
import { acceptBatch, BATCH } from '../mailboxes/accept.ts';
import type { Lease } from '../mailboxes/lease-store.ts';
import { requireLease } from '../mailboxes/lease-store.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import type { MailSource, MessageSize } from '../mailboxes/source.ts';
import type { GapKind } from '../db/schema/mailboxes.ts';
import type { FolderGeneration } from '../mailboxes/store.ts';
import type { FetchTroubles } from './fetch-troubles.ts';
import {
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
  readonly troubles: FetchTroubles;
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
  const { db, log, checkpoint, troubles } = deps;
  const folderId = generation.id;
  let accountedFrom = generation.baselineUid;

  const noteGaps = (uids: readonly number[], kind: GapKind) =>
    inTransaction(db, async (tx) => {
      await requireLease(tx, lease);
      await insertGaps(tx, folderId, uids, kind);
    });

  /** Asks the server for messages; what it does not hand out three times running does not stop those behind it. */
  const ask = async <T>(uids: readonly number[], signal: AbortSignal, question: () => Promise<T>): Promise<T> => {
    try {
      const answer = await question();
      troubles.succeeded(uids);
      return answer;
    } catch (error) {
      const hopeless = signal.aborted ? null : troubles.failed(uids);
      if (hopeless !== null) {
        log.error('message.unfetchable', { mailboxId: mailbox.id, uid: hopeless, err: error });
        await noteGaps([hopeless], 'unfetchable');
      }
      throw error;
    }
  };

  const take = async (fetched: readonly FetchedBytes[]): Promise<void> => {
    checkpoint('fetched');
    if (fetched.length === 0) return;
    const accepted = await acceptBatch(db, lease, folderId, fetched, checkpoint);
    deps.onAccepted(accepted);
    await source.settle(
      fetched.map(({ uid }) => uid),
      mailbox.settleMark,
    );
    checkpoint('settled');
    const last = fetched.at(-1)?.uid;
    if (last !== undefined) await markSettledThrough(db, folderId, last);
  };

  /** Gone is what the server does not list any more; what it lists and does not hand out is trouble. */
  const noteGone = async (uids: readonly number[]): Promise<void> => {
    if (uids.length === 0) return;
    const listed = new Set((await source.sizes(uids)).map(({ uid }) => uid));
    const gone = uids.filter((uid) => !listed.has(uid));
    if (gone.length > 0) await noteGaps(gone, 'vanished');
    if (listed.size > 0) throw new Error(`the server lists UID ${[...listed].join(', ')}, but hands out nothing`);
  };

  const takeSmall = async (batch: readonly MessageSize[], signal: AbortSignal): Promise<void> => {
    const uids = batch.map(({ uid }) => uid);
    const fetched = await ask(uids, signal, async () => {
      const messages = await source.fetch(uids);
      await noteGone(uids.filter((uid) => !messages.some((message) => message.uid === uid)));
      return messages;
    });
    await take(fetched.map((message) => ({ ...message, isHeadersOnly: false })));
  };

  const takeLarge = async (size: MessageSize, signal: AbortSignal): Promise<void> => {
    const fetched = await ask([size.uid], signal, async (): Promise<readonly FetchedBytes[]> => {
      const whole = size.sizeBytes > MAX_MESSAGE_BYTES ? 'too large' : await downloadWhole(source, size);
      const isHeadersOnly = whole === 'too large';
      const bytes = isHeadersOnly ? await source.fetchHeaders(size.uid) : whole;
      if (bytes === null) await noteGone([size.uid]);
      return bytes === null ? [] : [{ ...size, isHeadersOnly, bytes }];
    });
    await take(fetched);
  };

  const ingest = async (uids: readonly number[], signal: AbortSignal): Promise<void> => {
    const wanted = uids.filter((uid) => !troubles.isLetBe(uid));
    for (let start = 0; start < wanted.length; start += SIZES_AT_ONCE) {
      const chunk = wanted.slice(start, start + SIZES_AT_ONCE);
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
      const taken = all.filter((size) => !tooOld.includes(size));
      for (const batch of inBatches(taken, ({ uid }) => troubles.isSuspect(uid))) {
        await deps.waitForRoom(signal);
        signal.throwIfAborted();
        const [first] = batch;
        if (first !== undefined && first.sizeBytes > LARGE_BYTES) await takeLarge(first, signal);
        else await takeSmall(batch, signal);
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
        if (isWhole) unaccounted += (await missingUids(db, folderId, page)).length;
        next = Math.max(next, (page.at(-1) ?? 0) + 1);
      }
      accountedFrom = next;
      return { listed, unaccounted };
    },
    async settleRest() {
      for (let through = generation.settledThroughUid; ;) {
        const uids = await listUnsettled(db, folderId, through);
        const last = uids.at(-1);
        if (last === undefined) return;
        await source.settle(uids, mailbox.settleMark);
        await markSettledThrough(db, folderId, last);
        through = last;
      }
    },
  };
}

/**
 * Runs of neighbours that one FETCH may bring; a large or suspect message is a run of its own. Order stays that of the
 * UIDs.
 */
export function inBatches(
  sizes: readonly MessageSize[],
  isSuspect: (size: MessageSize) => boolean,
): readonly (readonly MessageSize[])[] {
  const goesAlone = (size: MessageSize) => size.sizeBytes > LARGE_BYTES || isSuspect(size);
  const batches: MessageSize[][] = [];
  let bytes = 0;
  for (const size of sizes) {
    const current = batches.at(-1);
    const [first] = current ?? [];
    const isAlone = first === undefined || goesAlone(size) || goesAlone(first);
    if (current === undefined || isAlone || current.length >= BATCH.messages || bytes + size.sizeBytes > BATCH.bytes) {
      batches.push([size]);
      bytes = size.sizeBytes;
    } else {
      current.push(size);
      bytes += size.sizeBytes;
    }
  }
  return batches;
}

const DOWNLOAD_LIMIT_MS = 10 * 60_000;
let isDownloading: Promise<unknown> = Promise.resolve();

/** One large message at a time in the whole process, for it is in memory whole when it is parsed. */
async function downloadWhole(
  source: MailSource,
  { uid, sizeBytes }: MessageSize,
): Promise<Buffer | 'too large' | null> {
  const mine = isDownloading.then(async () => {
    const pieces = await source.download(uid);
    if (pieces === null) return null;
    // Into one buffer of the size the server tells: pieces and their sum at once would be twice the message.
    let whole: Buffer = Buffer.allocUnsafeSlow(sizeBytes);
    let length = 0;
    for await (const piece of pieces) {
      // The server said it was smaller: believe the bytes.
      if (length + piece.byteLength > MAX_MESSAGE_BYTES) return 'too large';
      if (length + piece.byteLength > whole.byteLength) whole = grown(whole.subarray(0, length), piece.byteLength);
      whole.set(piece, length);
      length += piece.byteLength;
    }
    return whole.subarray(0, length);
  });
  const inTime = Promise.race([
    mine,
    wait(DOWNLOAD_LIMIT_MS, undefined, { ref: false }).then(() => {
      throw new Error(`message ${uid} did not come within ${DOWNLOAD_LIMIT_MS / 60_000} minutes`);
    }),
  ]);
  // Whoever is next waits no longer than that either, however slowly this server goes on.
  isDownloading = inTime.catch(() => {});
  return inTime;
}

function grown(bytes: Buffer, by: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(bytes.byteLength * 2, bytes.byteLength + by));
  larger.set(bytes);
  return larger;
}
