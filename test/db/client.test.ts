import { eq, sql as fragment } from 'drizzle-orm';
import { bigint, customType, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inTransaction, isConnectionTrouble, sqlState } from '../../src/db/client.ts';
import type { Queryable } from '../../src/db/client.ts';
import { freshDatabase } from '../support/postgres.ts';
import type { FreshDatabase } from '../support/postgres.ts';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const samples = pgTable('samples', {
  id: integer().primaryKey(),
  at: timestamp({ withTimezone: true }).notNull(),
  size: bigint({ mode: 'number' }).notNull(),
  json: jsonb().notNull(),
  bytes: bytea().notNull(),
  words: text().array().notNull(),
});
const sample = {
  at: new Date('2026-03-01T12:34:56.789Z'),
  size: 2 ** 40,
  json: { list: [1, 'zwei', null] },
  bytes: Buffer.from([0, 1, 2, 255]),
  words: ['a', 'b"c', ''],
};

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await freshDatabase();
  await fresh.db.sql`create table samples
    (id int primary key, at timestamptz, size bigint, json jsonb, bytes bytea, words text[])`;
  await fresh.db.sql`create table counters (id int primary key, value int not null)`;
});
afterAll(() => fresh.drop());

describe('one pool, two views', () => {
  const writeRaw = ({ sql }: Queryable, id: number) =>
    sql`insert into samples values (${id}, ${sample.at}, ${sample.size}, ${sql.json(sample.json)}, ${sample.bytes}, ${sample.words})`;
  const readRaw = ({ sql }: Queryable, id: number) =>
    sql`select at, size, json, bytes, words from samples where id = ${id}`;
  const writeOrm = ({ orm }: Queryable, id: number) => orm.insert(samples).values({ id, ...sample });
  const readOrm = ({ orm }: Queryable, id: number) => orm.select().from(samples).where(eq(samples.id, id));

  test.each([
    [1, 'raw SQL', writeRaw, 'raw SQL', readRaw],
    [2, 'raw SQL', writeRaw, 'drizzle', readOrm],
    [3, 'drizzle', writeOrm, 'raw SQL', readRaw],
    [4, 'drizzle', writeOrm, 'drizzle', readOrm],
  ])('%i: what %s writes, %s reads the same', async (id, _, write, __, read) => {
    await write(fresh.db, id);
    expect(await read(fresh.db, id)).toMatchObject([sample]);
    await inTransaction(fresh.db, async (tx) => {
      await write(tx, id + 10);
      expect(await read(tx, id + 10)).toMatchObject([sample]);
    });
    expect(await read(fresh.db, id + 10)).toMatchObject([sample]);
  });

  test('every connection has its timeouts', async () => {
    const names = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
    const rows = await fresh.db.sql`select name, setting from pg_settings where name = any(${names}) order by name`;
    expect(rows.map((row) => row['setting'])).toEqual(['15000', '5000', '10000']);
  });
});

describe('a transaction', () => {
  test('is rolled back by what it throws, and passes it on', async () => {
    const fault = new Error('the desk said no');
    const run = inTransaction(fresh.db, async (tx) => {
      await tx.sql`insert into counters values (1, 1)`;
      throw fault;
    });
    await expect(run).rejects.toBe(fault);
    expect(await fresh.db.sql`select 1 from counters where id = 1`).toHaveLength(0);
  });

  test('returns a list as it is', async () => {
    expect(await inTransaction(fresh.db, async () => [Promise.resolve(1)].length)).toBe(1);
    expect(await inTransaction(fresh.db, async () => [1, 2])).toEqual([1, 2]);
  });

  test.each<[string, () => unknown]>([
    ['a statement', () => fresh.db.sql`select 1`],
    ['a raw string', () => fresh.db.sql.unsafe('select 1')],
    ['drizzle', () => fresh.db.orm.execute(fragment`select 1`)],
    ['another transaction', () => inTransaction(fresh.db, async () => 1)],
  ])('refuses %s on its own pool instead of waiting for itself', async (_, use) => {
    const run = inTransaction(fresh.db, async (tx) => {
      await tx.sql`select 1`;
      await use();
    });
    // Drizzle wraps what it passes on.
    const error = await run.catch((reason: Error) => (reason.cause instanceof Error ? reason.cause : reason));
    expect(error).toMatchObject({ message: expect.stringContaining('inside a transaction') });
    expect(await fresh.db.sql`select 1 as one`).toEqual([{ one: 1 }]);
  });

  test('leaves the pool free to what it started and did not wait for', async () => {
    const over = Promise.withResolvers<void>();
    const later = await inTransaction(fresh.db, async () => ({
      done: over.promise.then(() => fresh.db.sql`select 1 as one`),
    }));
    over.resolve();
    expect(await later.done).toEqual([{ one: 1 }]);
  });

  test('that is over executes nothing more', async () => {
    const leaked = await inTransaction(fresh.db, async (tx) => ({ tx }));
    await expect(leaked.tx.sql`select 1`).rejects.toMatchObject({ code: 'TRANSACTION_OVER' });
    await expect(leaked.tx.orm.execute(fragment`select 1`)).rejects.toMatchObject({
      cause: { code: 'TRANSACTION_OVER' },
    });
  });

  test('with a failed statement never passes for committed', async () => {
    const run = inTransaction(fresh.db, async (tx) => {
      await tx.sql`insert into counters values (2, 1)`;
      await tx.sql`insert into nowhere values (1)`.catch(() => {});
    });
    await expect(run).rejects.toMatchObject({ code: '42P01' });
    expect(await fresh.db.sql`select 1 from counters where id = 2`).toHaveLength(0);
  });

  test('is begun again as a whole after a deadlock', async () => {
    await fresh.db.sql`insert into counters values (10, 0), (11, 0)`;
    let runs = 0;
    const bothHoldOne = Promise.withResolvers<void>();
    let holding = 0;
    const add = (first: number, second: number) =>
      inTransaction(fresh.db, async (tx) => {
        runs++;
        await tx.sql`update counters set value = value + 1 where id = ${first}`;
        if (++holding === 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await tx.sql`update counters set value = value + 1 where id = ${second}`;
      });
    await Promise.all([add(10, 11), add(11, 10)]);
    expect(runs).toBe(3);
    expect(await fresh.db.sql`select value from counters where id in (10, 11)`).toEqual([{ value: 2 }, { value: 2 }]);
  });

  test('gives up after five repetitions', async () => {
    let runs = 0;
    const run = inTransaction(fresh.db, async (tx) => {
      runs++;
      await tx.sql`do $$ begin raise exception 'no' using errcode = '40001'; end $$`;
    });
    await expect(run).rejects.toMatchObject({ code: '40001' });
    expect(runs).toBe(6);
  });
});

test.each<[unknown, string | null, boolean]>([
  [Object.assign(new Error(), { code: '23505' }), '23505', false],
  [new Error('wrapped', { cause: Object.assign(new Error(), { code: '40P01' }) }), '40P01', false],
  [Object.assign(new Error(), { code: '57P01' }), '57P01', true],
  [Object.assign(new Error(), { code: '08006' }), '08006', true],
  [Object.assign(new Error(), { code: '53300' }), '53300', true],
  [new Error('wrapped', { cause: Object.assign(new Error(), { code: 'CONNECTION_CLOSED' }) }), null, true],
  [Object.assign(new Error(), { code: 'ECONNREFUSED' }), null, true],
  [Object.assign(new Error(), { code: 'EPIPE' }), null, true],
  [Object.assign(new Error(), { code: 'CONNECTION_ENDED' }), null, false],
  [new Error('plain'), null, false],
  ['a string', null, false],
])('%o: SQLSTATE %s, connection trouble %s', (error, state, isTrouble) => {
  expect(sqlState(error)).toBe(state);
  expect(isConnectionTrouble(error)).toBe(isTrouble);
});
