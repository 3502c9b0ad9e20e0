import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import type { FreshDatabase } from '../support/postgres.ts';

// What patches/ mends in postgres.js itself: each row hung, crashed or wrote where it must not before.

const LOST = { code: expect.stringMatching(/^(CONNECTION_CLOSED|ECONNRESET|EPIPE)$/) };

let fresh: FreshDatabase;
let sql: postgres.Sql;
beforeAll(async () => {
  fresh = await freshDatabase();
  await fresh.db.sql`create table lines (n int primary key)`;
});
beforeEach(async () => {
  sql = postgres(fresh.url, { max: 2, backoff: () => 0.01, onnotice: () => {} });
  await fresh.db.sql`truncate lines`;
});
afterEach(() => sql.end({ timeout: 1 }));
afterAll(() => fresh.drop());

const pidOf = async (connection: postgres.ISql): Promise<number> => {
  const [row] = await connection<{ pid: number }[]>`select pg_backend_pid() as pid`;
  return row?.pid ?? 0;
};
/** Returns when the backend is gone. */
const kill = (pid: number) => fresh.db.sql`select pg_terminate_backend(${pid}, 5000)`;
const lines = async () => (await fresh.db.sql<{ n: number }[]>`select n from lines order by n`).map((row) => row.n);
const write = (connection: postgres.ISql, n: number) => connection`insert into lines values (${n})`;

describe('a transaction', () => {
  test('begun behind a full pipeline of queries is a transaction', async () => {
    const lonely = postgres(`${fresh.url}?max_pipeline=5`, { max: 1, onnotice: () => {} });
    await lonely`select 1`;
    for (let ahead = 1; ahead < 10; ahead++) {
      const queries = Array.from({ length: ahead }, () => lonely`select 1`.execute());
      const run = lonely.begin(async (tx) => {
        await write(tx, 1);
        throw new Error('no');
      });
      await expect(run).rejects.toThrow('no');
      await Promise.all(queries);
      await write(lonely, ahead + 1);
    }
    await lonely.end();
    expect(await lines()).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('rejects all that is queued in it when its connection goes', async () => {
    const answers = Promise.withResolvers<unknown[]>();
    const run = sql.begin(async (tx) => {
      const pid = await pidOf(tx);
      const queued = [1, 2, 3].map((n) => tx`select pg_sleep(60), ${n}::int`.catch((error: unknown) => error));
      answers.resolve(Promise.all(queued));
      await kill(pid);
      return queued;
    });
    await expect(run).rejects.toMatchObject(LOST);
    expect(await answers.promise).toMatchObject([LOST, LOST, LOST]);
  });

  test('with a value that cannot be sent says so, and the others are answered', async () => {
    const run = sql.begin(async (tx) => {
      const answers = [tx`select 1`, tx`select ${JSON.parse('{}').missing}`, tx`select 2 as two`];
      const [, refused, last] = await Promise.allSettled(answers);
      expect(refused).toMatchObject({ reason: { code: 'UNDEFINED_VALUE' } });
      expect(last).toMatchObject({ value: [{ two: 2 }] });
    });
    await expect(run).rejects.toMatchObject({ code: 'UNDEFINED_VALUE' });
  });

  test('in the midst of a COPY is rolled back, and its connection does not stay behind', async () => {
    for (let round = 0; round < 3; round++) {
      const run = sql.begin(async (tx) => {
        const copy = await tx`copy lines from stdin`.writable();
        copy.write('1\n');
        throw new Error('no');
      });
      await expect(run).rejects.toMatchObject({ code: 'COPY_IN_PROGRESS' });
    }
    await Promise.all([write(sql, 7), write(sql, 8), write(sql, 9)]);
    expect(await lines()).toEqual([7, 8, 9]);
  });
});

describe('a COPY', () => {
  test.each([
    ['in its last line', ['1\n', '2\n', 'three\n']],
    ['long before its end', ['one\n', ...Array.from({ length: 2000 }, (_, n) => `${n}`.repeat(50) + '\n')]],
  ])('that the server refuses %s fails, and the connection serves on', async (_, text) => {
    const run = sql.begin(async (tx) => {
      await pipeline(Readable.from(text), await tx`copy lines from stdin`.writable());
    });
    await expect(run).rejects.toMatchObject({ code: '22P02' });
    await Promise.all([write(sql, 7), write(sql, 8), write(sql, 9)]);
    expect(await lines()).toEqual([7, 8, 9]);
  });

  test('whose connection goes fails, and nothing of it is there', async () => {
    const run = sql.begin(async (tx) => {
      const pid = await pidOf(tx);
      const copy = await tx`copy lines from stdin`.writable();
      copy.write('1\n');
      await kill(pid);
      await pipeline(Readable.from(['2\n', '3\n']), copy);
    });
    await expect(run).rejects.toThrow();
    expect(await lines()).toEqual([]);
  });
});

describe('a reserved connection that went', () => {
  test('refuses what is queued and what comes later, and its release does nothing', async () => {
    const reserved = await sql.reserve();
    const pid = await pidOf(reserved);
    const queued = [1, 2].map((n) => reserved`select pg_sleep(60), ${n}::int`.catch((error: unknown) => error));
    await kill(pid);
    for (const error of await Promise.all(queued)) expect(error).toMatchObject(LOST);
    await Promise.all([sql`select 1`, sql`select 2`]);
    await expect(write(reserved, 1)).rejects.toMatchObject(LOST);
    await sql.begin(async (tx) => {
      reserved.release();
      await Promise.all(Array.from({ length: 20 }, (_, n) => write(sql, n)));
      await tx`select 1`;
      expect(await lines()).toHaveLength(20);
    });
  });
});

test('a pool closes although a connection went while it was closing', async () => {
  const pid = await pidOf(sql);
  const running = sql`select pg_sleep(60)`.catch((error: unknown) => error);
  const closing = sql.end();
  await fresh.db.sql`select 1`;
  await kill(pid);
  expect(await running).toMatchObject(LOST);
  await closing;
});

test('rows of an answer that broke off do not move those of the next', async () => {
  const lonely = postgres(fresh.url, { max: 1, backoff: () => 0.01, fetch_types: false, onnotice: () => {} });
  const pid = await pidOf(lonely);
  const seen = Promise.withResolvers<void>();
  const broken =
    lonely`select n, repeat('x', 1000), case when n > 100 then pg_sleep(60) end from generate_series(1, 200) n`
      .forEach(() => seen.resolve())
      .then(null, (error: unknown) => error);
  await seen.promise;
  await kill(pid);
  expect(await broken).toMatchObject(LOST);
  expect(await lonely`select 1 as one`).toEqual([{ one: 1 }]);
  await lonely.end();
});
