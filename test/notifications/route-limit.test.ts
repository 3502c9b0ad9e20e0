import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { MailboxId } from '../../src/db/ids.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import { burstOf, limitsOf } from '../../src/notifications/route-limit.ts';
import { claimWithinLimits } from '../../src/notifications/route-limit-store.ts';
import { settingsOf } from '../../src/settings/resolve.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { seedMailbox } from '../support/seed.ts';
import { createOwing } from './owed.ts';

// RELIABILITY SM5: a token bucket for each route, below the provider's, shared by all workers.
const keys = deriveKeys(Buffer.alloc(32, 7));
let database: FreshDatabase;
let mailboxes: readonly [MailboxId, MailboxId];
let owe: Awaited<ReturnType<typeof createOwing>>;
beforeAll(async () => {
  database = await freshDatabase();
  mailboxes = [await seedMailbox(database.db), await seedMailbox(database.db, 'sales@desk.example')];
  owe = await createOwing(database.db, keys, mailboxes[0]);
});
afterAll(() => database.drop());
beforeEach(() => database.db.sql`truncate notifications, budgets cascade`);

const claim = (perMinute: number, room = 24, of: MailboxId = mailboxes[0]) =>
  claimWithinLimits(database.db, randomUUID(), randomUUID(), new Map([[of, { room, perMinute }]]));
const pass = (seconds: number) =>
  database.db.sql`update budgets set updated_at = updated_at - ${seconds} * interval '1 second'`;

test('a route with a limit sends no more than that, in small bursts', async () => {
  for (let mail = 0; mail < 20; mail += 1) await owe('queued');
  expect(await claim(60)).toHaveLength(5);
  expect(await claim(60)).toHaveLength(0);
  await pass(3);
  expect(await claim(60)).toHaveLength(3);
  await pass(3600);
  expect(await claim(60)).toHaveLength(5);
});

test('workers that claim at once share one bucket', async () => {
  for (let mail = 0; mail < 20; mail += 1) await owe('queued');
  const claimed = await Promise.all([claim(120), claim(120), claim(120)]);
  expect(claimed.flat()).toHaveLength(10);
  expect(new Set(claimed.flat().map(({ id }) => id)).size).toBe(10);
});

test('what a claim does not use is put back, and a route at rest writes nothing', async () => {
  expect(await claim(60)).toHaveLength(0);
  expect(await database.db.sql`select 1 from budgets`).toHaveLength(0);
  await owe('queued');
  expect(await claim(60)).toHaveLength(1);
  expect(await database.db.sql`select level from budgets`).toEqual([{ level: 1 }]);
});

test('without a limit it claims what it has room for; a person’s words go first under a limit as well', async () => {
  for (let mail = 0; mail < 8; mail += 1) await owe('queued', { lane: 1 });
  const { id } = await owe('queued', { lane: 0 });
  expect((await claim(12))[0]?.id).toBe(id);
  expect(await claim(0, 6)).toHaveLength(6);
});

test('one route’s limit holds no other route up', async () => {
  for (let mail = 0; mail < 4; mail += 1) await owe('queued');
  for (let mail = 0; mail < 4; mail += 1) await owe('queued', { mailboxId: mailboxes[1] });
  const shares = new Map([
    [mailboxes[0], { room: 24, perMinute: 1 }],
    [mailboxes[1], { room: 24, perMinute: 0 }],
  ]);
  const claimed = await claimWithinLimits(database.db, randomUUID(), randomUUID(), shares);
  expect(claimed.map(({ mailboxId }) => mailboxId).toSorted()).toEqual([mailboxes[0], ...Array(4).fill(mailboxes[1])]);
});

test('a mailbox’s own limit counts before that of the desk', () => {
  const row = { toggle: 'mails_per_route_minute', setBy: 'test', setAt: new Date() } as const;
  const settings = settingsOf([
    { ...row, layer: 'desk', layerId: 0, value: '30' },
    { ...row, layer: 'mailbox', layerId: mailboxes[1], value: '90' },
  ]);
  expect([...limitsOf(settings, mailboxes).values()]).toEqual([30, 90]);
  expect([...limitsOf(settingsOf([]), mailboxes).values()]).toEqual([0, 0]);
  expect([1, 12, 60, 6000].map(burstOf)).toEqual([1, 1, 5, 500]);
});
