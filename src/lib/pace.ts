import { setImmediate as nextTurn } from 'node:timers/promises';

const MAX_MS = 4;

/**
 * Paces a loop over a batch: awaited after each piece, it gives the event loop a turn whenever a few milliseconds of work
 * have gone by, so that a batch holds up nobody else's answer.
 */
export function createPace(): () => Promise<void> {
  let begunAt = performance.now();
  return async () => {
    if (performance.now() - begunAt < MAX_MS) return;
    await nextTurn();
    begunAt = performance.now();
  };
}
