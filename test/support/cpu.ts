import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';

/** USER_HZ: the kernel's unit in /proc/<pid>/stat, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

interface ProcessTimes {
  readonly pid: number;
  readonly parentPid: number;
  readonly name: string;
  /** Ended, and not yet waited for by its parent. */
  readonly isZombie: boolean;
  readonly ownTicks: number;
  /** Of children that ended and were waited for. */
  readonly reapedTicks: number;
}

/** CPU time, user and system, of these processes and of their children that have ended. A pid that is gone counts 0. */
export function cpuOfPids(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const times = findTimes(pid);
    if (times !== null) ticks += times.ownTicks + times.reapedTicks;
  }
  return (ticks * 1000) / TICKS_PER_SECOND;
}

/**
 * CPU milliseconds of a process, its living children and those it has outlived: a whole PostgreSQL cluster when
 * given its postmaster. Linux only; in steps of 10 ms.
 */
export async function cpuOfTree(rootPid: number): Promise<number> {
  // A child may end between two reads and be counted twice or not at all: read again until none did.
  for (;;) {
    const before = findTimes(rootPid)?.reapedTicks;
    const ms = cpuOfPids([rootPid, ...(await childrenOf(rootPid)).map((child) => child.pid)]);
    if (findTimes(rootPid)?.reapedTicks === before) return ms;
  }
}

/** The living children of a process, ascending; only those of this name when one is given. Linux only. */
export async function childPids(parentPid: number, name?: string): Promise<readonly number[]> {
  const children = await childrenOf(parentPid);
  return children.filter((child) => !child.isZombie && (name ?? child.name) === child.name).map((child) => child.pid);
}

/** The parent of a process, such as the postmaster of a backend; null when the process is gone. Linux only. */
export function parentOf(pid: number): number | null {
  return findTimes(pid)?.parentPid ?? null;
}

async function childrenOf(parentPid: number): Promise<readonly ProcessTimes[]> {
  return (await readdir('/proc'))
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => findTimes(Number(entry)))
    .filter((times) => times !== null)
    .filter((times) => times.parentPid === parentPid)
    .sort((a, b) => a.pid - b.pid);
}

/** proc_pid_stat(5). The name stands in parentheses and may hold any character, so fields are counted from the last one. */
function findTimes(pid: number): ProcessTimes | null {
  const line = readStat(pid);
  if (line === null) return null;
  const close = line.lastIndexOf(')');
  const fields = line.slice(close + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]); // the state is field 3
  return {
    pid,
    parentPid: field(4),
    name: line.slice(line.indexOf('(') + 1, close),
    isZombie: fields[0] === 'Z',
    ownTicks: field(14) + field(15),
    reapedTicks: field(16) + field(17),
  };
}

function readStat(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null; // ended, or no Linux
  }
}
