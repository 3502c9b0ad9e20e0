import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openDb } from '../../src/db/client.ts';
import type { Db } from '../../src/db/client.ts';
import { startPostgres } from '../../src/trial/postgres.ts';
import { TrialError } from '../../src/trial/trial-error.ts';
import { temporaryFolder } from '../support/postgres.ts';

const isRoot = process.getuid?.() === 0;

let folder: string;
let made: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  made = join(folder, 'made', 'postgres');
  const first = await startPostgres({ dataDir: made, durable: true });
  await withDb(first.url, (db) => db.sql`create table kept as select 'mail' as word`);
  await first.stop();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function withDb<T>(url: string, run: (db: Db) => Promise<T>): Promise<T> {
  const db = openDb({ url, maxConnections: 1, applicationName: 'trial test' });
  return run(db).finally(() => db.close());
}

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a second start', () => {
  test('keeps the data, the address and the secret', async () => {
    const before = await readFile(`${made}.json`, 'utf8');
    const second = await startPostgres({ dataDir: made, durable: true });
    onTestFinished(() => second.stop());
    expect(await withDb(second.url, (db) => db.sql`select word from kept`)).toEqual([{ word: 'mail' }]);
    expect(JSON.parse(before)).toMatchObject({ port: second.port, password: new URL(second.url).password });
    expect((await stat(`${made}.json`)).mode & 0o777).toBe(0o600);
  });

  test('is refused where the first still runs', async () => {
    const first = await startPostgres({ dataDir: made, durable: true });
    onTestFinished(() => first.stop());
    const again = startPostgres({ dataDir: made, durable: true });
    await expect(again).rejects.toThrow(`runs already (process ${process.pid})`);
    expect(isRunning(first.pid)).toBe(true);
  });

  test('takes another port when the last one is taken by now', async () => {
    const { port } = JSON.parse(await readFile(`${made}.json`, 'utf8'));
    const squatter = createServer().listen(port, '127.0.0.1');
    await once(squatter, 'listening');
    onTestFinished(() => void squatter.close());
    const second = await startPostgres({ dataDir: made, durable: true });
    onTestFinished(() => second.stop());
    expect(second.port).not.toBe(port);
    await expect(startPostgres({ dataDir: join(folder, 'other'), port, durable: true })).rejects.toThrow(
      `Port ${port} of 127.0.0.1 is taken.`,
    );
  });

  test('after an immediate stop finds what was committed', async () => {
    const first = await startPostgres({ dataDir: made, durable: true });
    await withDb(first.url, (db) => db.sql`create table committed as select 1 as n`);
    await first.kill('immediate');
    expect(isRunning(first.pid)).toBe(false);
    const second = await startPostgres({ dataDir: made, durable: true });
    onTestFinished(() => second.stop());
    expect(await withDb(second.url, (db) => db.sql`select n from committed`)).toEqual([{ n: 1 }]);
  });

  test('takes down what a killed run has left, and finds its data', async () => {
    const module = new URL('../../src/trial/postgres.ts', import.meta.url).href;
    const code = `
      const { startPostgres } = await import(${JSON.stringify(module)});
      const running = await startPostgres({ dataDir: ${JSON.stringify(made)}, durable: true });
      console.log(running.pid);
      setInterval(() => {}, 60_000);`;
    const killed = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(killed.stdout, 'data');
    const leftPid = Number(line);
    await expect(startPostgres({ dataDir: made, durable: true })).rejects.toThrow(`(process ${killed.pid})`);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(isRunning(leftPid)).toBe(true);

    const second = await startPostgres({ dataDir: made, durable: true });
    onTestFinished(() => second.stop());
    expect(isRunning(leftPid)).toBe(false);
    expect(await withDb(second.url, (db) => db.sql`select word from kept`)).toEqual([{ word: 'mail' }]);
  });

  test('lets another program be whose number stands in an old pid file', async () => {
    await writeFile(join(made, 'postmaster.pid'), `${process.pid}\n${made}\n0\n1\n\n127.0.0.1\n`);
    const second = await startPostgres({ dataDir: made, durable: true });
    await second.stop();
  });
});

/** A copy of a good data folder, with its key, to be broken. */
async function copyOfMade(name: string): Promise<string> {
  const dataDir = join(folder, name);
  await cp(made, dataDir, { recursive: true });
  await cp(`${made}.json`, `${dataDir}.json`);
  await chmod(dataDir, 0o700);
  return dataDir;
}

describe('a folder that cannot be used is named with what is wrong and what to do', () => {
  test.each<[string, string, string, (dataDir: string) => Promise<void>]>([
    ['a file in its place', 'postgres', 'is a file, not a folder', (dataDir) => writeFile(dataDir, '')],
    ['a file on the way', 'file/postgres', 'A file is where the folder', (dataDir) => writeFile(dirname(dataDir), '')],
    [
      'something else in it',
      'thesis',
      'is not empty and not a PostgreSQL data folder',
      async (dataDir) => {
        await mkdir(dataDir);
        await writeFile(join(dataDir, 'chapter-1.txt'), '');
      },
    ],
    [
      'another version',
      'old',
      'was made by PostgreSQL 12, and this is PostgreSQL 18',
      async (dataDir) => {
        await mkdir(dataDir);
        await writeFile(join(dataDir, 'PG_VERSION'), '12\n');
      },
    ],
  ])('%s', async (_, name, sentence, breakIt) => {
    const dataDir = join(folder, name);
    await breakIt(dataDir);
    await expectSentence(startPostgres({ dataDir, durable: true }), sentence, 'DATA_DIR');
  });

  test('its password gone', async () => {
    const dataDir = await copyOfMade('no-password');
    await rm(`${dataDir}.json`);
    await expectSentence(
      startPostgres({ dataDir, durable: true }),
      'The password of the trial database is not in',
      'back',
    );
  });

  test('a broken control file: PostgreSQL says it, and we pass it on', async () => {
    const dataDir = await copyOfMade('broken-control');
    await writeFile(join(dataDir, 'global', 'pg_control'), 'nonsense');
    await expectSentence(startPostgres({ dataDir, durable: true }), 'could not read file', 'postgres.log');
  });

  test.runIf(isRoot)('for root: a parent that user postgres may not enter', async () => {
    const parent = join(folder, 'private');
    await mkdir(parent);
    await chmod(parent, 0o700);
    const starting = startPostgres({ dataDir: join(parent, 'data', 'postgres'), durable: true });
    await expectSentence(starting, `may not enter ${parent} on the way to`, `chmod o+x '${parent}'`);
  });

  test.skipIf(isRoot)('for others: a parent that is not writable', async () => {
    const parent = join(folder, 'locked');
    await mkdir(parent);
    await chmod(parent, 0o500);
    await expectSentence(
      startPostgres({ dataDir: join(parent, 'postgres'), durable: true }),
      'is not ours',
      'DATA_DIR',
    );
  });
});

async function expectSentence(starting: Promise<unknown>, sentence: string, mend: string): Promise<void> {
  const error = await starting.then(
    () => expect.fail('it started'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TrialError);
  expect(error).toMatchObject({ message: expect.stringContaining(sentence), mend: expect.stringContaining(mend) });
}
