import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childPids } from './cpu.ts';
import type { DovecotLayout } from './dovecot-config.ts';

const START_MS = 15_000;

/** Starts the master process and waits until it greets. Throws with Dovecot's own log when it does not. */
export async function startMaster(binary: string, { home, port, runAs }: DovecotLayout): Promise<ChildProcess> {
  const { uid, gid } = runAs;
  const user = process.getuid?.() === 0 ? { uid, gid } : {};
  const master = spawn(binary, ['-F', '-c', join(home, 'dovecot.conf')], { stdio: 'ignore', cwd: '/', ...user });
  let failure: Error | null = null;
  master.once('error', (error) => (failure = error));
  const deadline = performance.now() + START_MS;
  while (master.exitCode === null && failure === null && performance.now() < deadline) {
    if (await greets(port)) return master;
    await sleep(10);
  }
  await killTree(master);
  const log = await readFile(join(home, 'dovecot.log'), 'utf8').catch(() => 'it wrote no log');
  throw new Error(`Dovecot did not start: ${log}`, { cause: failure });
}

/** Kills the master and all its children at once, and waits until it is gone. */
export async function killTree(master: ChildProcess): Promise<void> {
  if (master.pid === undefined || master.exitCode !== null || master.signalCode !== null) return;
  const gone = once(master, 'exit');
  master.kill('SIGSTOP'); // so that it starts no child while we list them
  const children = await childPids(master.pid);
  master.kill('SIGKILL');
  children.forEach(kill);
  await gone;
}

/** SIGKILL; false when the process had ended. */
export function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

/** The first line may be "* OK Waiting for authentication process": the greeting is the one with the capabilities. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(port, '127.0.0.1');
    const end = (greeted: boolean) => {
      socket.destroy();
      resolve(greeted);
    };
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      if (heard.includes('* OK [CAPABILITY')) end(true);
    });
    socket.setTimeout(2_000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}
