import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Timing } from '../../src/config.ts';
import { sleep } from '../../src/lib/abort.ts';
import type { Orders } from './worker-process.ts';

/** How a worker's life is to end. */
export type Death =
  | { readonly by: 'point'; readonly dieAt: NonNullable<Orders['dieAt']> }
  /** At random, so long after its first checkpoint. */
  | { readonly by: 'chance'; readonly afterMs: number }
  /** It stands still for longer than its lease, goes on as if nothing had been, and is killed a little later. */
  | { readonly by: 'pause' };

/** How it did end. */
export type Ended = 'at the point' | 'by chance' | 'by itself';

/** The product's waits, shortened in the open; the many attempts are for kills that hit the innocent. */
export const TIMING: Timing = {
  attemptWaitsMs: [500, 1_000, ...Array.from({ length: 98 }, () => 2_000)],
  uncertainWaitMs: 4_000,
  deadWorkerMs: 3_000,
  leaseMs: 6_000,
};

/** Worker processes, started before they are needed: a kill costs the campaign no time. */
export interface Workers {
  /** One life of the worker of this name, to its end. */
  live(name: string, death: Death): Promise<Ended>;
  /** A life without an end: once it is at work, the process must survive everything else. */
  liveOn(name: string): Promise<ChildProcess>;
  killAll(): void;
}

/** How long a process stands still: longer than its lease, and than anybody waits for a dead worker. */
export const PAUSE_MS = TIMING.leaseMs + 2_000;
/** How long a worker may take to its first checkpoint, and from there to the one where it is to die. */
const PATIENCE_MS = 5_000;
const BEFORE_PAUSE_MS = 1_000;
const AFTER_PAUSE_MS = 2_500;
const SPARES = 2;

export async function createWorkers(options: {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly masterKey: Buffer;
}): Promise<Workers> {
  const { folder, databaseUrl, masterKey } = options;
  const program = join(import.meta.dirname, 'worker-process.ts');
  const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') };
  const all = new Set<ChildProcess>();
  const spares: ChildProcess[] = [];
  let isOver = false;

  const start = (role: 'load' | 'work'): ChildProcess => {
    const child = fork(program, [role], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    all.add(child);
    child.once('exit', () => all.delete(child));
    // A process that is killed while its orders are on their way; its exit says it all.
    child.on('error', () => {});
    return child;
  };
  const killAll = () => {
    isOver = true;
    for (const child of all) child.kill('SIGKILL');
  };
  process.once('exit', killAll);
  await once(start('load'), 'exit');
  for (let i = 0; i < SPARES; i += 1) spares.push(start('work'));

  const begin = (name: string, dieAt: Orders['dieAt']): ChildProcess => {
    if (isOver) throw new Error('the campaign is over');
    const child = spares.shift() ?? start('work');
    spares.push(start('work'));
    const orders: Orders = {
      databaseUrl,
      masterKeyHex: masterKey.toString('hex'),
      workerName: name,
      timing: TIMING,
      logPath: join(folder, 'logs', `${name}.log`),
      dieAt,
    };
    child.send(orders);
    return child;
  };

  return {
    async live(name, death) {
      const child = begin(name, death.by === 'point' ? death.dieAt : null);
      const over = new AbortController();
      const gone = once(child, 'exit').finally(() => over.abort());
      const atWork = once(child, 'message', { signal: over.signal }).catch(() => null);
      await Promise.race([atWork, sleep(PATIENCE_MS, over.signal)]);
      let isKilledByUs = false;
      if (death.by === 'pause') {
        await sleep(BEFORE_PAUSE_MS, over.signal);
        child.kill('SIGSTOP');
        await sleep(PAUSE_MS, over.signal);
        child.kill('SIGCONT');
      }
      await sleep(untilKilled(death), over.signal);
      if (!over.signal.aborted) isKilledByUs = child.kill('SIGKILL');
      await gone;
      if (child.signalCode !== 'SIGKILL') return 'by itself';
      return isKilledByUs ? 'by chance' : 'at the point';
    },
    async liveOn(name) {
      for (;;) {
        const child = begin(name, null);
        const word = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => null)]);
        if (word !== null) return child;
      }
    },
    killAll,
  };
}

function untilKilled(death: Death): number {
  if (death.by === 'chance') return death.afterMs;
  return death.by === 'pause' ? AFTER_PAUSE_MS : PATIENCE_MS;
}
