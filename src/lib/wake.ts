/** A bell for one loop: rung while the loop is busy, it is heard at the next wait. */
export interface Wake {
  ring(): void;
  /** Resolves when rung, after `ms`, or when the signal aborts; never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createWake(): Wake {
  let isRung = false;
  let release: (() => void) | null = null;
  return {
    ring() {
      isRung = true;
      release?.();
    },
    wait(ms, signal) {
      if (isRung || signal.aborted) {
        isRung = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          release = null;
          isRung = false;
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal.addEventListener('abort', done, { once: true });
        release = done;
      });
    },
  };
}
