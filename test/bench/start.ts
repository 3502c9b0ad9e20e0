import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, isOk } from './desk.ts';

export interface StartFigures {
  /** `npm start` in an empty folder: PostgreSQL makes its files first. */
  readonly firstSeconds: number;
  readonly againSeconds: number;
}

const PATIENCE_MS = 120_000;

/** From the command to the first round of its mailbox, twice: what a newcomer waits for. */
export async function measureStart(folder: string, signal: AbortSignal): Promise<StartFigures> {
  const dataDir = join(folder, 'trial');
  const firstSeconds = await startOnce(dataDir, signal);
  return { firstSeconds, againSeconds: await startOnce(dataDir, signal) };
}

async function startOnce(dataDir: string, signal: AbortSignal): Promise<number> {
  const [web, smtp, imap] = [await freePort(), await freePort(), await freePort()];
  const launcher = join(import.meta.dirname, '../../src/launch.mjs');
  const before = performance.now();
  const child = spawn(process.execPath, [launcher, 'start'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env['PATH'] ?? '',
      DATA_DIR: dataDir,
      PORT: String(web),
      TRIAL_SMTP_PORT: String(smtp),
      TRIAL_IMAP_PORT: String(imap),
    },
  });
  const gone = once(child, 'exit');
  try {
    while (!(await isOk(fetch(`http://127.0.0.1:${web}/readyz`)))) {
      if (child.exitCode !== null) throw new Error(`npm start ended with code ${child.exitCode}`);
      if (performance.now() - before > PATIENCE_MS) throw new Error('npm start did not become ready');
      await sleep(10, null, { signal });
    }
    return (performance.now() - before) / 1_000;
  } finally {
    child.kill('SIGTERM');
    await gone;
  }
}
