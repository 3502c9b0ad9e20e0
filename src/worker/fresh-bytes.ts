import type { InboundMessageId } from '../db/ids.ts';
import { createWake } from '../lib/wake.ts';

/** Messages just accepted, kept until they are understood, so that they need not be read back from the database. */
export interface FreshBytes {
  put(id: InboundMessageId, bytes: Buffer): void;
  /** Takes the bytes out, and forgets older ones; null when they are not here. Ids ascend. */
  take(id: InboundMessageId): Buffer | null;
  /** Resolves when there is room for more: reading never runs far ahead of understanding. */
  waitForRoom(signal: AbortSignal): Promise<void>;
}

/** Together at most this, and one message more. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_MESSAGES = 200;
/** Understanding may be at a standstill; then what was accepted is safe in the database, and reading goes on slowly. */
const PATIENCE_MS = 30_000;

export function createFreshBytes(): FreshBytes {
  const held = new Map<InboundMessageId, Buffer>();
  const room = createWake();
  let bytesHeld = 0;
  const isFull = () => bytesHeld >= MAX_BYTES || held.size >= MAX_MESSAGES;
  return {
    put(id, bytes) {
      held.set(id, bytes);
      bytesHeld += bytes.byteLength;
    },
    take(id) {
      const bytes = held.get(id) ?? null;
      // Messages are understood in order: an older one that is still here was read back meanwhile.
      for (const [older, { byteLength }] of held) {
        if (older > id) break;
        held.delete(older);
        bytesHeld -= byteLength;
      }
      if (!isFull()) room.ring();
      return bytes;
    },
    async waitForRoom(signal) {
      const giveUpAt = performance.now() + PATIENCE_MS;
      while (isFull() && !signal.aborted) {
        const leftMs = giveUpAt - performance.now();
        if (leftMs > 0) {
          // A bell may be one of before: only room is room.
          await room.wait(leftMs, signal);
          continue;
        }
        // Nobody takes them: forget them, they are in the database.
        held.clear();
        bytesHeld = 0;
      }
    },
  };
}
