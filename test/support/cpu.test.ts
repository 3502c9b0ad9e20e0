import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { childPids, cpuOfPids, cpuOfTree, parentOf } from './cpu.ts';

const BUSY = 'const end = process.cpuUsage().user + 200_000; while (process.cpuUsage().user < end);';

test.runIf(process.platform === 'linux')(
  'the CPU of a tree counts the living, the ended and the root itself',
  async () => {
    const before = await cpuOfTree(process.pid);
    execFileSync(process.execPath, ['-e', BUSY]);
    const afterEnded = await cpuOfTree(process.pid);
    expect(afterEnded - before).toBeGreaterThanOrEqual(190);

    const child = spawn(process.execPath, ['-e', `${BUSY} process.stdout.write('done'); setInterval(() => {}, 1000)`]);
    await once(child.stdout, 'data');
    expect((await cpuOfTree(process.pid)) - afterEnded).toBeGreaterThanOrEqual(190);
    expect(cpuOfPids([child.pid ?? 0])).toBeGreaterThanOrEqual(190);
    expect(await childPids(process.pid)).toContain(child.pid);
    expect(parentOf(child.pid ?? 0)).toBe(process.pid);

    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    expect(await childPids(process.pid)).not.toContain(child.pid);
    expect(cpuOfPids([child.pid ?? 0])).toBe(0);
    expect(parentOf(child.pid ?? 0)).toBeNull();
  },
);
