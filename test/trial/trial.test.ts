import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { ping } from '../../src/db/ping.ts';
import { findTrial } from '../../src/trial/trial-contact.ts';
import { TrialError } from '../../src/trial/trial-error.ts';
import { startTrial } from '../../src/trial/trial.ts';
import { temporaryFolder } from '../support/postgres.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await temporaryFolder();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const nothing = () => Promise.resolve();
const start = (meanwhile: () => Promise<unknown> = nothing, smtpPort = 0) =>
  startTrial({ kind: 'trial', dataDir, smtpPort, imapPort: 0 }, silentLog, meanwhile);

/** No lock, and nobody at the port of the database. */
async function expectNothingLeft(): Promise<void> {
  expect(existsSync(join(dataDir, 'deskbell.pid'))).toBe(false);
  expect(existsSync(join(dataDir, 'postgres/postmaster.pid'))).toBe(false);
  const { port, password } = JSON.parse(await readFile(join(dataDir, 'postgres.json'), 'utf8'));
  await expect(ping(`postgres://deskbell:${password}@127.0.0.1:${port}/postgres`)).rejects.toThrow();
}

test('what else takes time is done while PostgreSQL makes its files, and is found done', async () => {
  const seen: string[] = [];
  const trial = await start(() => {
    seen.push(...['deskbell.pid', 'postgres.making', 'postgres'].filter((name) => existsSync(join(dataDir, name))));
    return nothing();
  });
  onTestFinished(() => trial.stop());
  expect(seen).toEqual(['deskbell.pid', 'postgres.making']);
  const { databaseUrl, key, smtpPort, imapPort } = trial;
  expect(await findTrial(dataDir)).toEqual({ databaseUrl, key, smtpPort, imapPort });
});

test('a start that fails beside PostgreSQL leaves nothing running, and the next one finds the folder whole', async () => {
  await expect(start(() => Promise.reject(new Error('a module is missing')))).rejects.toThrow('a module is missing');
  await expectNothingLeft();
  const trial = await start();
  await trial.stop();
  await expectNothingLeft();
});

test('a port that is taken is told, and nothing is left running', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  onTestFinished(() => void squatter.close());
  const { port } = squatter.address() as AddressInfo;
  await expect(start(nothing, port)).rejects.toThrow(`Port ${port} of 127.0.0.1 is taken by another program.`);
  await expectNothingLeft();
});

test('a folder that cannot be used is told before anything else is begun', async () => {
  await writeFile(join(dataDir, 'postgres'), 'a file');
  let isBegun = false;
  const started = start(() => {
    isBegun = true;
    return nothing();
  });
  await expect(started).rejects.toThrow(TrialError);
  expect(isBegun).toBe(false);
  expect(existsSync(join(dataDir, 'deskbell.pid'))).toBe(false);
});
