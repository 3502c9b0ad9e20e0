import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { MailboxId } from '../../src/db/ids.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import { EVENTS } from '../../src/events/catalogue.ts';
import { ALARM_EVERY_SECONDS, sweepTroubles, withOthers } from '../../src/notifications/trouble.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { seedMailbox } from '../support/seed.ts';
import { createOwing } from './owed.ts';

// RELIABILITY SM1: a delay notice to the operator at four hours; FEATURES N-05: what fails is seen.
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
beforeEach(async () => {
  const { db } = database;
  await db.sql`truncate notifications, budgets cascade`;
  await db.sql`delete from events where kind like 'delivery%'`;
});

const sweep = () => sweepTroubles(database.db, keys);
const raised = () => database.db.sql<{ kind: string; payload: { notificationId: number; others: number } }[]>`
  select kind, payload from events where kind like 'delivery%' order by id`;
const laterOn = () => database.db.sql`
  update budgets set updated_at = updated_at - ${ALARM_EVERY_SECONDS} * interval '1 second'`;

test('mail to a customer that has not gone for four hours is told once, however often anybody looks', async () => {
  await owe('deferred', { hoursAgo: 3.9 });
  expect(await sweep()).toBe(0);
  const { id } = await owe('deferred', { hoursAgo: 4.1 });
  expect(await sweep()).toBe(1);
  await laterOn();
  expect(await sweep()).toBe(0);
  expect(await raised()).toEqual([{ kind: 'delivery_delayed', payload: { notificationId: id, others: 0 } }]);
});

test('mail that waits behind a route in trouble, and was never tried, is late as well', async () => {
  const { id } = await owe('queued', { hoursAgo: 5 });
  await sweep();
  expect(await raised()).toMatchObject([{ kind: 'delivery_delayed', payload: { notificationId: id } }]);
});

test('what failed for good or came back is told once, also when it was late before', async () => {
  const { id } = await owe('deferred', { hoursAgo: 5 });
  await sweep();
  await database.db.sql`update notifications set state = 'failed' where id = ${id}`;
  await sweep();
  const bounced = await owe('bounced', { mailboxId: mailboxes[1] });
  await sweep();
  await laterOn();
  await sweep();
  expect((await raised()).map(({ kind, payload }) => [kind, payload.notificationId])).toEqual([
    ['delivery_delayed', id],
    ['delivery_failed', id],
    ['delivery_failed', bounced.id],
  ]);
});

test('many at once on one route are one alarm, and what comes after it is counted in the next', async () => {
  const first = await owe('failed');
  for (let more = 0; more < 4; more += 1) await owe('failed');
  await sweep();
  const next = await owe('failed');
  await owe('failed');
  expect(await sweep()).toBe(0);
  await laterOn();
  expect(await sweep()).toBe(1);
  expect(await raised()).toEqual([
    { kind: 'delivery_failed', payload: { notificationId: first.id, others: 4 } },
    { kind: 'delivery_failed', payload: { notificationId: next.id, others: 1 } },
  ]);
});

test('each mailbox has its own alarms', async () => {
  await owe('failed');
  await owe('failed', { mailboxId: mailboxes[1] });
  expect(await sweep()).toBe(2);
});

test('an alarm that fails raises nothing, and is not looked at again', async () => {
  await owe('failed', { kind: 'delivery_failed', ticketId: null });
  await owe('deferred', { kind: 'delivery_failed', ticketId: null, hoursAgo: 9 });
  expect(await sweep()).toBe(0);
  const untold = await database.db.sql`select 1 from notifications where state = 'failed' and told_trouble is null`;
  expect(untold).toHaveLength(0);
});

test('two workers that look at once raise one alarm', async () => {
  await owe('failed');
  await owe('deferred', { hoursAgo: 5 });
  const both = await Promise.all([sweep(), sweep(), sweep()]);
  expect(both.reduce((a, b) => a + b, 0)).toBe(2);
  expect(await raised()).toHaveLength(2);
});

test('what is raised fits the catalogue, and its words count the others', async () => {
  await owe('failed');
  await sweep();
  const [event] = await raised();
  expect(EVENTS.delivery_failed.payload.safeParse(event?.payload).success).toBe(true);
  expect([0, 1, 12].map((others) => withOthers('550 no', others))).toEqual([
    '550 no',
    '550 no (and 1 more mail of this mailbox)',
    '550 no (and 12 more mails of this mailbox)',
  ]);
});
