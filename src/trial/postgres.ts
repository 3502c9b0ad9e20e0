import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, open, readFile, rename } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ping } from '../db/ping.ts';
import { prepareFolder, SUPERUSER, writeKey } from './postgres-folder.ts';
import { endPostmaster, findPostmaster } from './postgres-postmaster.ts';
import { findPostgresProgram, findSystemUser } from './postgres-program.ts';
import type { SystemUser } from './postgres-program.ts';
import { TrialError } from './trial-error.ts';

export interface PostgresOptions {
  readonly dataDir: string;
  /** A port that must be had; otherwise that of the last start while it is free, else any. */
  readonly port?: number;
  /** False gives up surviving a power cut for speed: tests. */
  readonly durable: boolean;
  /** Told when a process of PostgreSQL works and nothing is done here but wait for it; maybe twice. */
  readonly onWaiting?: () => void;
}

export interface RunningPostgres {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** A fast shutdown; an immediate one when that takes more than 10 s. */
  stop(): Promise<void>;
  /** Ends it as an operator or a fault would, and returns when it is gone. */
  kill(mode: 'immediate' | 'fast'): Promise<void>;
}

const START_TIMEOUT_MS = 120_000;
const POLL_MS = 15;
const STOP_PATIENCE_MS = 10_000;
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '128MB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A statement may carry mail, and mail is not for logs.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Starts a PostgreSQL 18 of our own on 127.0.0.1, making its data folder at first use. One left behind by a killed
 * run is stopped first. Throws a TrialError that says what is wrong with the machine or the folder.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { durable, onWaiting = () => {} } = options;
  const dataDir = resolve(options.dataDir);
  const program = await findPostgresProgram();
  const { key, user } = await prepareFolder(dataDir, program, await findSystemUser(), onWaiting);
  await endLeftover(dataDir, key.startedBy);
  const port = options.port === undefined ? await freePort(key.port) : await demandPort(options.port);
  await writeKey(dataDir, { ...key, port, startedBy: process.pid });

  const settings = Object.entries({ ...SETTINGS, ...(durable ? {} : NOT_DURABLE) });
  const log = await openLog(dataDir, user);
  const child = spawn(
    program.postgres,
    ['-D', dataDir, '-p', String(port), ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    // A group of its own: Ctrl-C is for us, and we stop it when we are done.
    { ...user, cwd: dataDir, detached: true, stdio: ['ignore', log.fd, log.fd], env: { LC_ALL: 'C' } },
  );
  onWaiting();
  await log.close();
  const url = `postgres://${SUPERUSER}:${key.password}@127.0.0.1:${port}/postgres`;
  await untilReady(child, url, dataDir);
  child.unref();
  return {
    url,
    port,
    pid: child.pid ?? 0,
    stop: () => end(child, STOP_PATIENCE_MS),
    kill: (mode) => end(child, mode === 'fast' ? STOP_PATIENCE_MS : 0),
  };
}

/** Our own child would be its own starter's: whoever started the one that runs is dead when another process adopted it. */
async function endLeftover(dataDir: string, startedBy: number | null): Promise<void> {
  const postmaster = await findPostmaster(dataDir);
  if (postmaster === null) return;
  if (postmaster.parentPid === startedBy)
    throw new TrialError(
      `The database in ${dataDir} is in use by a Deskbell that runs already (process ${startedBy}).`,
      'Stop that one first, or set DATA_DIR to another folder.',
    );
  await endPostmaster(postmaster.pid, STOP_PATIENCE_MS);
}

async function freePort(wanted: number | null): Promise<number> {
  return (wanted === null ? null : await tryPort(wanted)) ?? (await demandPort(0));
}

async function demandPort(wanted: number): Promise<number> {
  const port = await tryPort(wanted);
  if (port === null)
    throw new TrialError(`Port ${wanted} of 127.0.0.1 is taken.`, 'Stop what listens there, or choose another port.');
  return port;
}

/** @returns the port, null when it is taken; 0 asks for any */
function tryPort(wanted: number): Promise<number | null> {
  return new Promise((done) => {
    const server = createServer();
    server.on('error', () => done(null));
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : null));
    });
  });
}

/** One file a start; the one before is kept. */
async function openLog(dataDir: string, user: SystemUser | null) {
  const path = logPath(dataDir);
  await rename(path, `${path}.1`).catch(() => {});
  const log = await open(path, 'a', 0o600);
  if (user !== null) await chown(path, user.uid, user.gid);
  return log;
}

function logPath(dataDir: string): string {
  return join(dataDir, 'postgres.log');
}

async function untilReady(child: ChildProcess, url: string, dataDir: string): Promise<void> {
  const ended = new AbortController();
  let spawnError: Error | null = null;
  child.once('exit', () => ended.abort());
  child.once('error', (error) => {
    spawnError = error;
    ended.abort();
  });
  for (let waitedMs = 0; !ended.signal.aborted; waitedMs += POLL_MS) {
    try {
      return await ping(url);
    } catch (error) {
      if (waitedMs > START_TIMEOUT_MS) {
        await end(child, 0);
        throw new TrialError(`PostgreSQL in ${dataDir} does not answer: ${String(error)}`, `Read ${logPath(dataDir)}.`);
      }
    }
    await wait(POLL_MS, null, { signal: ended.signal }).catch(() => {});
  }
  throw new TrialError(
    `PostgreSQL in ${dataDir} stopped at once: ${await lastWords(dataDir, spawnError)}`,
    `Read ${logPath(dataDir)}; move ${dataDir} away to begin anew, or set DATA_DIR to another folder.`,
  );
}

async function lastWords(dataDir: string, spawnError: Error | null): Promise<string> {
  if (spawnError !== null) return spawnError.message;
  const lines = (await readFile(logPath(dataDir), 'utf8').catch(() => '')).trim().split('\n');
  return lines.findLast((line) => /PANIC|FATAL|error/.test(line)) ?? lines.at(-1) ?? 'it said nothing';
}

/** @param patienceMs how long a fast shutdown may take; 0 for an immediate one at once */
async function end(child: ChildProcess, patienceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.ref();
  const gone = once(child, 'exit');
  child.kill(patienceMs > 0 ? 'SIGINT' : 'SIGQUIT');
  const impatience = setTimeout(() => child.kill('SIGQUIT'), patienceMs);
  await gone.finally(() => clearTimeout(impatience));
}
