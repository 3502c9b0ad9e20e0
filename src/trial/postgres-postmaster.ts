import { execFile } from 'node:child_process';
import { readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A running PostgreSQL found by the pid file of its data folder. */
export interface Postmaster {
  readonly pid: number;
  /** Whoever started it, or whoever adopted it when that one died. */
  readonly parentPid: number;
}

const run = promisify(execFile);
const POLL_MS = 20;

/** The PostgreSQL that runs on this data folder. A pid file alone proves nothing: its number may be another program's by now. */
export async function findPostmaster(dataDir: string): Promise<Postmaster | null> {
  const pid = Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return null;
  return process.platform === 'linux' ? fromProc(pid, dataDir) : fromPs(pid, dataDir);
}

/** Ends a postmaster that is not our child: a fast shutdown, an immediate one after `patienceMs`. */
export async function endPostmaster(pid: number, patienceMs: number): Promise<void> {
  const phases = [
    { signal: 'SIGINT', ms: patienceMs },
    { signal: 'SIGQUIT', ms: 5_000 },
    { signal: 'SIGKILL', ms: 2_000 },
  ] as const;
  for (const { signal, ms } of phases) {
    if (!sendSignal(pid, signal)) return;
    for (let waitedMs = 0; waitedMs < ms; waitedMs += POLL_MS) {
      await wait(POLL_MS);
      if (!sendSignal(pid, 0)) return;
    }
  }
}

/** @returns false when there is no such process */
function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** A postmaster works in its data folder. */
async function fromProc(pid: number, dataDir: string): Promise<Postmaster | null> {
  try {
    const [cwd, home, stat] = await Promise.all([
      readlink(`/proc/${pid}/cwd`),
      realpath(dataDir),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // "pid (name) state ppid ...": the name may hold anything, so read from its closing bracket.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return cwd === home && state !== 'Z' ? { pid, parentPid: Number(parent) } : null;
  } catch {
    return null;
  }
}

async function fromPs(pid: number, dataDir: string): Promise<Postmaster | null> {
  try {
    const { stdout } = await run('ps', ['-o', 'ppid=,command=', '-p', String(pid)]);
    return stdout.includes('postgres') && stdout.includes(dataDir)
      ? { pid, parentPid: Number.parseInt(stdout, 10) }
      : null;
  } catch {
    return null;
  }
}
