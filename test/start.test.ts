import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const LAUNCH = fileURLToPath(new URL('../src/launch.mjs', import.meta.url));
let dataDir: string;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'deskbell-start-'));
  // As root PostgreSQL runs as another user, who has to get in.
  await chmod(dataDir, 0o755);
});
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

const environment = (more: Record<string, string> = {}) => ({
  PATH: process.env['PATH'],
  DATA_DIR: dataDir,
  PORT: '0',
  TRIAL_SMTP_PORT: '0',
  TRIAL_IMAP_PORT: '0',
  ...more,
});

interface Started {
  readonly child: ChildProcess;
  /** All it printed until it had printed the invitation, or ended. */
  readonly said: string;
  readonly exitCode: number | null;
}

async function start(more: Record<string, string> = {}): Promise<Started> {
  const child = spawn(process.execPath, [LAUNCH, 'start'], {
    env: environment(more),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let said = '';
  return new Promise((resolve) => {
    const hear = (piece: Buffer) => {
      said += piece.toString();
      if (said.includes('Stop with Ctrl-C')) resolve({ child, said, exitCode: null });
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (exitCode) => resolve({ child, said, exitCode }));
  });
}

async function stop({ child }: Started, signal: NodeJS.Signals): Promise<number | null> {
  const ended = once(child, 'exit');
  child.kill(signal);
  const [code] = (await ended) as [number | null];
  running.delete(child);
  return code;
}

/** What a verb of the command line prints; its exit code is 0. */
const deskbell = async (...words: readonly string[]) =>
  (await promisify(execFile)(process.execPath, [LAUNCH, ...words], { env: environment() })).stdout;

const portAfter = (said: string, word: string): number =>
  Number(new RegExp(`${word}\\s+127\\.0\\.0\\.1:(\\d+)`).exec(said)?.[1]);

/** Subjects in the mailbox of that address, once there are so many. */
async function readSubjects(port: number, user: string, count: number): Promise<readonly string[]> {
  const client = new ImapFlow({ host: '127.0.0.1', port, secure: false, auth: { user, pass: 'trial' }, logger: false });
  await client.connect();
  try {
    const lock = await client.getMailboxLock('INBOX');
    for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
      const subjects: string[] = [];
      for await (const message of client.fetch('1:*', { envelope: true }))
        subjects.push(message.envelope?.subject ?? '');
      if (subjects.length >= count) return subjects;
      await client.noop();
    }
    lock.release();
    return [];
  } finally {
    await client.logout();
  }
}

describe('npm start on a machine with nothing configured', { timeout: 180_000 }, () => {
  test('invites, opens a ticket from a mail, acknowledges it, and keeps all of it between starts', async () => {
    const first = await start();
    expect(first.said).toContain('http://127.0.0.1:');
    expect(first.said).toContain('support@deskbell.test');
    expect(first.said).toContain('npx deskbell send');

    await deskbell(
      'send',
      '--from',
      'ana@customer.example',
      '--subject',
      'The lamp stays dark',
      '--text',
      'Since Monday.',
    );
    const imapPort = portAfter(first.said, 'IMAP');
    expect(await readSubjects(imapPort, 'ana@customer.example', 1)).toEqual(['We have received your message [#1001]']);

    const second = await start();
    expect(second.exitCode).toBe(2);
    expect(second.said).toContain('is running in this data folder already');

    expect(await stop(first, 'SIGINT')).toBe(0);
    const again = await start();
    const tickets = JSON.parse(await deskbell('ticket', 'list', '--json')) as { tickets?: unknown[] } | unknown[];
    expect(JSON.stringify(tickets)).toContain('The lamp stays dark');
    expect(await readSubjects(portAfter(again.said, 'IMAP'), 'ana@customer.example', 1)).toHaveLength(1);
    expect(await deskbell('ledger')).toContain('server 1 = 1 tickets and replies + 0 unaccounted');
    expect(await stop(again, 'SIGTERM')).toBe(0);
  });

  test('after a kill -9 it starts again as if nothing had been', async () => {
    const first = await start();
    await stop(first, 'SIGKILL');
    const again = await start();
    expect(again.exitCode).toBeNull();
    expect(await stop(again, 'SIGTERM')).toBe(0);
  });

  test('a taken port is said with its variable', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    for (const name of ['PORT', 'TRIAL_SMTP_PORT', 'TRIAL_IMAP_PORT']) {
      const refused = await start({ [name]: port });
      expect(refused.exitCode).toBe(2);
      expect(refused.said).toContain(`Port ${port}`);
      expect(refused.said).toContain(name);
    }
    taken.close();
  });

  test('Ctrl-C while PostgreSQL makes its files ends it without a complaint, and the next start is a first one', async () => {
    const folder = join(dataDir, 'first');
    const child = spawn(process.execPath, [LAUNCH, 'start'], {
      env: environment({ DATA_DIR: folder }),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A terminal tells all that run in it, and so the group is told here.
      detached: true,
    });
    running.add(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (said += piece.toString()));
    const ended = once(child, 'exit');
    await vi.waitFor(() => expect(existsSync(join(folder, 'postgres.making/base/1/PG_VERSION'))).toBe(true), {
      timeout: 60_000,
      interval: 5,
    });
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect([await ended, said]).toEqual([[0, null], '']);
    running.delete(child);
    expect(['postgres.making', 'deskbell.pid'].filter((name) => existsSync(join(folder, name)))).toEqual([]);
    const again = await start({ DATA_DIR: folder });
    expect(again.exitCode).toBeNull();
    expect(await stop(again, 'SIGTERM')).toBe(0);
  });

  test('a data folder that is none is said, and so is a wrong variable', async () => {
    const file = join(dataDir, 'a-file');
    await writeFile(file, '');
    const refused = await start({ DATA_DIR: file });
    expect(refused.exitCode).toBe(2);
    expect(refused.said).toContain('DATA_DIR');
    const wrong = await start({ PORT: 'many', LOG_LEVEL: 'loud' });
    expect(wrong.exitCode).toBe(2);
    expect(wrong.said).toMatch(/PORT[\s\S]*LOG_LEVEL/);
  });
});
