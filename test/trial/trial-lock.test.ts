import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { lockDataFolder } from '../../src/trial/trial-lock.ts';
import { temporaryFolder } from '../support/postgres.ts';

test('whoever starts in the same moment never finds a lock that names nobody', async () => {
  const dataDir = await temporaryFolder();
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const path = join(dataDir, 'deskbell.pid');
  const seen = new Set<string>();
  for (let round = 0; round < 50; round += 1) {
    let isLocked = false;
    const locking = lockDataFolder(path).finally(() => (isLocked = true));
    while (!isLocked) {
      if (readdirSync(dataDir).includes('deskbell.pid')) seen.add(readFileSync(path, 'utf8'));
      await turn();
    }
    seen.add(readFileSync(path, 'utf8'));
    await (
      await locking
    )();
  }
  expect([...seen]).toEqual([`${process.pid}\n`]);
  expect(readdirSync(dataDir)).toEqual([]);
});
