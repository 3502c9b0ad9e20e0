/**
 * Waits, and stops waiting when the signal aborts. Never rejects: the caller's loop looks at the signal.
 *
 * @param ms milliseconds, at least 0
 */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

/**
 * Exponential backoff with full jitter: between 0 and `min(capMs, baseMs * 2 ** attempt)`.
 *
 * @param attempt 0 for the first wait
 * @param random from 0 to below 1, passed in for tests
 */
export function backoffMs(attempt: number, baseMs: number, capMs: number, random = Math.random()): number {
  return Math.round(Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30)) * random);
}
