import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuOfPids } from '../support/cpu.ts';

/** The product in a process of its own: worker and web, as in production. */
export interface Desk {
  readonly pid: number;
  /** User and system time so far. */
  cpuMs(): number;
  /** The most resident memory it ever had. */
  peakRssMib(): number;
  rssMib(): number;
  /** Throws when the process is gone. */
  mustRun(): void;
  /** Resolves when every active mailbox is being watched. */
  untilReady(signal: AbortSignal): Promise<void>;
  /** p99 since the last time this was asked, from its own metrics. */
  loopDelayMs(): Promise<number>;
  stop(): Promise<void>;
}

export interface DeskOptions {
  readonly databaseUrl: string;
  readonly masterKey: Buffer;
  /** For profiles and traces. */
  readonly nodeFlags: readonly string[];
}

const STOP_MS = 25_000;
/** As `npm start` and the image have it. */
const NURSERY = '--max-semi-space-size=8';

/** Starts a desk on a database that has its schema. */
export async function startDesk(options: DeskOptions): Promise<Desk> {
  const port = await freePort();
  const child = fork(join(import.meta.dirname, 'desk-process.ts'), [], {
    execArgv: [NURSERY, ...options.nodeFlags],
    stdio: ['ignore', options.nodeFlags.length === 0 ? 'ignore' : 'inherit', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: options.databaseUrl,
      DESKBELL_KEY: options.masterKey.toString('base64'),
      PORT: String(port),
      LOG_LEVEL: 'warn',
      WORKER_NAME: 'bench',
    },
  });
  const pid = child.pid ?? 0;
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  const gone = once(child, 'exit');
  const mustRun = () => {
    if (child.exitCode !== null) throw new Error(`the desk ended with code ${child.exitCode}`);
  };
  return {
    pid,
    cpuMs: () => cpuOfPids([pid]),
    peakRssMib: () => statusKib(pid, 'VmHWM') / 1024,
    rssMib: () => statusKib(pid, 'VmRSS') / 1024,
    mustRun,
    async untilReady(signal) {
      while (!(await isOk(ask('/readyz')))) {
        mustRun();
        await sleep(20, null, { signal });
      }
    },
    async loopDelayMs() {
      const text = await (await ask('/metrics')).text();
      const seconds = /^deskbell_event_loop_delay_p99_seconds (\S+)$/m.exec(text)?.[1];
      return Number(seconds) * 1000;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const cut = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await gone;
      clearTimeout(cut);
    },
  };
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether a request is answered with 2xx; no connection is no. */
export async function isOk(asked: Promise<Response>): Promise<boolean> {
  try {
    return (await asked).ok;
  } catch {
    return false;
  }
}

/** A line of proc_pid_status(5) in KiB; 0 when the process is gone. */
function statusKib(pid: number, name: string): number {
  try {
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}
