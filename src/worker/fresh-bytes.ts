import type { InboundMessageId } from '../db/ids.ts';
import { createWake } from '../lib/wake.ts';

/** Messages just accepted, kept until they are understood, so that they need not be read back from the database. */
export interface FreshBytes {
  put(id: InboundMessageId, bytes: Buffer): void;
  /** Takes the bytes out, and forgets older ones; null when they are not here. Ids ascend. */
  take(id: InboundMessageId): Buffer | null;
  /** Resolves when there is room for more: reading never runs far ahead of understanding. */
  waitForRoom(signal: AbortSignal): Promise<void>;
  /** Forgets all of them. */
  clear(): void;
}

/** What all mailboxes of a process hold together. */
export interface FreshBudget {
  bytesHeld: number;
}

/** For one mailbox at most this, and one batch more. */
const MAX_BYTES = 10 * 1024 * 1024;
/** For all of them, but a batch for each whose turn it is. */
const MAX_SHARED_BYTES = 48 * 1024 * 1024;
const MAX_MESSAGES = 120;
/** Understanding may be at a standstill; then what was accepted is safe in the database, and reading goes on slowly. */
const PATIENCE_MS = 30_000;
const LOOK_AGAIN_MS = 100;

export function createFreshBytes(budget: FreshBudget): FreshBytes {
  const held = new Map<InboundMessageId, Buffer>();
  const room = createWake();
  let bytesHeld = 0;
  // A mailbox that holds nothing may always take a batch, or one that holds much would starve it.
  const isFull = () =>
    bytesHeld >= MAX_BYTES || held.size >= MAX_MESSAGES || (bytesHeld > 0 && budget.bytesHeld >= MAX_SHARED_BYTES);
  const drop = (id: InboundMessageId, { byteLength }: Buffer) => {
    held.delete(id);
    bytesHeld -= byteLength;
    budget.bytesHeld -= byteLength;
  };
  const clear = () => {
    for (const [id, bytes] of held) drop(id, bytes);
  };
  return {
    put(id, bytes) {
      held.set(id, bytes);
      bytesHeld += bytes.byteLength;
      budget.bytesHeld += bytes.byteLength;
    },
    take(id) {
      const bytes = held.get(id) ?? null;
      // Messages are understood in order: an older one that is still here was read back meanwhile.
      for (const [older, itsBytes] of held) {
        if (older > id) break;
        drop(older, itsBytes);
      }
      if (!isFull()) room.ring();
      return bytes;
    },
    async waitForRoom(signal) {
      const giveUpAt = performance.now() + PATIENCE_MS;
      while (isFull() && !signal.aborted) {
        const leftMs = giveUpAt - performance.now();
        // A bell may be one of before, and other mailboxes ring none: only room is room.
        if (leftMs > 0) await room.wait(Math.min(leftMs, LOOK_AGAIN_MS), signal);
        // Nobody takes them: forget them, they are in the database.
        else clear();
      }
    },
    clear,
  };
}
