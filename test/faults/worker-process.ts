import { createApp } from '../../src/app.ts';
import type { Timing } from '../../src/config.ts';
import type { CheckpointName } from '../../src/lib/checkpoint.ts';
import { sleep } from '../../src/lib/abort.ts';
import { createLog } from '../../src/lib/log.ts';

/** What a process is told when its life as a worker begins; until then it waits with everything loaded. */
export interface Orders {
  readonly databaseUrl: string;
  readonly masterKeyHex: string;
  /** Stays the same from life to life, so that a worker takes its mailboxes back at once. */
  readonly workerName: string;
  readonly timing: Timing;
  readonly logPath: string;
  /** Where this life ends, when the point is reached for the n-th time; null: the campaign kills it, or nobody does. */
  readonly dieAt: { readonly point: CheckpointName; readonly nth: number } | null;
}

const RESTART_MS = 100;

async function work(orders: Orders): Promise<void> {
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  const log = createLog('info', orders.logPath);
  const checkpoint = createDeath(orders.dieAt);
  // Whoever starts while the database is away starts again, as a keeper of processes would have it.
  for (;;) {
    const app = createApp({
      databaseUrl: orders.databaseUrl,
      masterKey: Buffer.from(orders.masterKeyHex, 'hex'),
      log,
      workerName: orders.workerName,
      timing: orders.timing,
      checkpoint,
    });
    try {
      await app.runWorker(stop.signal, null);
      break;
    } catch (error) {
      log.error('worker.failed', { err: error });
      await sleep(RESTART_MS, stop.signal);
    } finally {
      await app.close();
    }
  }
  process.disconnect();
}

function createDeath(dieAt: Orders['dieAt']): (name: CheckpointName) => void {
  let left = dieAt?.nth ?? 0;
  let hasReported = false;
  return (name) => {
    // Once, at the first checkpoint: whoever wants to kill this worker at work may begin.
    if (!hasReported) process.send?.('at work');
    hasReported = true;
    if (name !== dieAt?.point) return;
    left -= 1;
    // The kernel ends the process before the call returns: nothing that is buffered leaves any more.
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
}

if (process.argv[2] === 'load') {
  // Only fills the compile cache, also with what the parse threads load.
  await import('../../src/mail/parse-worker.ts').catch(() => {});
} else if (process.argv[2] === 'work') {
  process.on('disconnect', () => process.exit());
  process.once('message', (orders: Orders) => void work(orders));
}
