import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/client.ts';
import type { MailboxId } from '../../src/db/ids.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import { bucketKey, bucketsIn } from '../../src/notifications/budget.ts';
import type { Bucket, BudgetRequest } from '../../src/notifications/budget.ts';
import { findBudgetLevel, forgetQuietBudgets, peekBudget, takeBudget } from '../../src/notifications/budget-store.ts';
import { pauseRoute } from '../../src/notifications/pause-store.ts';
import { claimWithinLimits } from '../../src/notifications/route-limit-store.ts';
import { endAlarms, listSickMailboxes } from '../../src/worker/alarm-store.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { seedMailbox } from '../support/seed.ts';
import { createOwing } from './owed.ts';

// FEATURES B-06, RELIABILITY D13, SM4: a clock that was ahead keeps nobody's mail back for longer than it would itself.
let database: FreshDatabase;
let mailboxId: MailboxId;
let owe: Awaited<ReturnType<typeof createOwing>>;
beforeAll(async () => {
  database = await freshDatabase();
  mailboxId = await seedMailbox(database.db);
  owe = await createOwing(database.db, deriveKeys(Buffer.alloc(32, 7)), mailboxId);
});
afterAll(() => database.drop());
beforeEach(() => database.db.sql`truncate notifications, budgets, route_pauses cascade`);

const HOUR = 3600;
const bucket = { scope: 'test', key: 'a', limit: 3, windowSeconds: HOUR } as const;
const request: BudgetRequest = { ...bucket, wanted: 1 };
const take = async (one: BudgetRequest = request) =>
  (await inTransaction(database.db, (tx) => takeBudget(tx, [one]))).get('a')?.granted;
const full = (aheadSeconds: number, level = 3) => database.db.sql`
  insert into budgets (scope, key, level, granted, updated_at)
  values ('test', 'a', ${level}, 1, now() + ${aheadSeconds} * interval '1 second')`;

describe('a bucket', () => {
  test.each(['steadily', 'at_once'] as const)(
    'that was asked a year ahead begins anew, and counts from now (it refills %s)',
    async (refills) => {
      await full(365 * 24 * HOUR);
      expect(await findBudgetLevel(database.db, { ...bucket, refills })).toBe(0);
      const wanted = { ...request, refills };
      expect((await peekBudget(database.db, [wanted])).get('a')).toEqual({ granted: 1, level: 1 });
      for (const granted of [1, 1, 1, 0, 0]) expect(await take(wanted)).toBe(granted);
      const [row] = await database.db.sql<{ ahead: number }[]>`
        select extract(epoch from updated_at - now())::float8 as ahead from budgets`;
      expect(row?.ahead).toBeLessThanOrEqual(0);
    },
  );

  test('that was asked a little ahead stays as full as it was: a moment is no other clock', async () => {
    await full(HOUR / 2);
    expect(await take()).toBe(0);
    expect(await findBudgetLevel(database.db, bucket)).toBe(3);
  });

  test('of which nothing is known for a month either way is forgotten', async () => {
    await full(40 * 24 * HOUR);
    expect(await forgetQuietBudgets(database.db)).toBe(1);
    await full(20 * 24 * HOUR);
    expect(await forgetQuietBudgets(database.db)).toBe(0);
  });

  test('grants the same in the desk and in a replay, looked at or taken from, wherever the clock was', async () => {
    const cases = fc.record({
      refills: fc.constantFrom('steadily' as const, 'at_once' as const),
      level: fc.integer({ min: 0, max: 4 }),
      ahead: fc.integer({ min: -3, max: 3 }).map((halves) => (halves * HOUR) / 2 + 60),
      wanted: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ refills, level, ahead, wanted }) => {
        await database.db.sql`truncate budgets`;
        await full(ahead, level);
        const asked = { ...request, refills, wanted };
        const name = bucketKey('test', 'a');
        const memory = new Map<string, Bucket>([[name, { level, atUs: ahead * 1_000_000 }]]);
        const { peek, take: takeThere } = bucketsIn(memory, 0);
        const foreseen = (await peek([asked])).get('a')?.granted;
        expect(memory.get(name)?.level).toBe(level);
        expect((await takeThere([asked])).get('a')?.granted).toBe(foreseen);
        expect((await peekBudget(database.db, [asked])).get('a')?.granted).toBe(foreseen);
        expect(await take(asked)).toBe(foreseen);
      }),
      { numRuns: 60 },
    );
  });
});

test('a route’s share that was used a year ahead is whole again', async () => {
  for (let mail = 0; mail < 8; mail += 1) await owe('queued');
  await database.db.sql`
    insert into budgets (scope, key, level, granted, updated_at)
    values ('route_minute', ${mailboxId}, 5, 1, now() + interval '1 year')`;
  const claim = () =>
    claimWithinLimits(
      database.db,
      '00000000-0000-4000-8000-000000000001',
      '00000000-0000-4000-8000-000000000002',
      new Map([[mailboxId, { room: 24, perMinute: 60 }]]),
    );
  expect([(await claim()).length, (await claim()).length]).toEqual([5, 0]);
});

describe('a pause', () => {
  const paused = (ahead: string, failures = 9) => database.db.sql`
    insert into route_pauses (mailbox_id, until, failures, reason)
    values (${mailboxId}, now() + ${ahead}::text::interval, ${failures}, '421 not now')`;
  const claim = async () => {
    await owe('queued');
    const room = new Map([[mailboxId, { room: 24, perMinute: 0 }]]);
    return (
      await claimWithinLimits(
        database.db,
        '00000000-0000-4000-8000-000000000001',
        '00000000-0000-4000-8000-000000000002',
        room,
      )
    ).length;
  };

  test.each([
    ['of a year is none, and nobody is told of it', '1 year', 1, 0],
    ['of the longest time is one', '15 minutes', 0, 1],
    ['that is over is none, and its trouble is remembered', '-5 minutes', 1, 1],
    ['that has long been over is forgotten', '-16 minutes', 1, 0],
  ])('%s', async (_, ahead, claimed, sick) => {
    await paused(ahead);
    const told = (await listSickMailboxes(database.db)).filter(({ part }) => part === 'sending');
    expect(told).toHaveLength(sick);
    expect(await claim()).toBe(claimed);
  });

  test.each([
    ['of a year is followed by a short one', '1 year', 1, 5],
    ['that lasts stays as it is', '10 minutes', 9, 600],
    ['that ended a moment ago is followed by a longer one', '-1 minute', 10, 900],
    ['that ended long ago is followed by a short one', '-20 minutes', 1, 5],
  ])('%s', async (_, ahead, failures, seconds) => {
    await paused(ahead);
    await pauseRoute(database.db, mailboxId, '421 again');
    const [row] = await database.db.sql<{ failures: number; seconds: number; reason: string }[]>`
      select failures, round(extract(epoch from until - now()))::int as seconds, reason from route_pauses`;
    expect(row).toEqual({ failures, seconds: expect.closeTo(seconds, -1), reason: '421 again' });
  });
});

test('an alarm that was told a year ahead may be told again', async () => {
  const told = (ahead: string) => database.db.sql`
    insert into budgets (scope, key, level, granted, updated_at)
    values ('mailbox_alarm', ${`reading:${mailboxId}`}, 1, 1, now() + ${ahead}::text::interval)`;
  await told('1 minute');
  await endAlarms(database.db);
  expect(await database.db.sql`delete from budgets returning 1`).toHaveLength(1);
  await told('1 year');
  await endAlarms(database.db);
  expect(await database.db.sql`select 1 from budgets`).toHaveLength(0);
});
