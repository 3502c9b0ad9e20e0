import { afterEach, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/client.ts';
import { listHolders } from '../../src/mailboxes/lease-store.ts';
import { putSetting } from '../../src/settings/store.ts';
import { createOwing } from '../notifications/owed.ts';
import { letter, openDesk, until } from '../walk/desk.ts';
import type { Desk } from '../walk/desk.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function open(): Promise<Desk> {
  const desk = await openDesk();
  closing.push(() => desk.close());
  return desk;
}

const holderOf = async (desk: Desk) => (await listHolders(desk.db)).get(desk.mailboxId) ?? null;
const epochs = async (desk: Desk) =>
  (await desk.db.sql<{ epoch: number }[]>`select distinct epoch from inbound_messages order by epoch`).map(
    ({ epoch }) => epoch,
  );

test('of two workers one reads; when it is asked to stop it lets go, and the other goes on', async () => {
  const desk = await open();
  const first = desk.startWorker('w1');
  await until('the first worker holds the mailbox', async () => ((await holderOf(desk)) === 'w1' ? true : null));
  desk.startWorker('w2');
  for (const who of ['ana', 'bo', 'cleo']) await desk.take(letter(`${who}@customer.example`));
  expect(await holderOf(desk)).toBe('w1');
  expect(await epochs(desk)).toEqual([1]);
  await first.stop();
  expect(await holderOf(desk)).not.toBe('w1');
  await until('the second worker holds the mailbox', async () => ((await holderOf(desk)) === 'w2' ? true : null));
  expect(await desk.take(letter('dora@customer.example'))).toMatchObject({ verdict: 'opened' });
  expect(await epochs(desk)).toEqual([1, 2]);
});

test('a worker that begins sends nothing before it knows how much its routes may send', async () => {
  const desk = await open();
  const owe = await createOwing(desk.db, desk.keys, desk.mailboxId);
  for (let n = 0; n < 3; n += 1) await owe('queued');
  await putSetting(desk.db, { toggle: 'mails_per_route_minute', layer: 'desk', layerId: 0 }, '12', 'system:test');
  const [held, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holding = inTransaction(desk.db, async (tx) => {
    await tx.sql`lock table toggle_settings in access exclusive mode`;
    held.resolve();
    await over.promise;
  });
  await held.promise;
  desk.startWorker();
  await until('longer than a sender waits, the settings cannot be read', async () => {
    const rows = await desk.db.sql`
      select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
        and query_start < now() - interval '1500 milliseconds'`;
    return rows.length > 0 ? true : null;
  });
  const begun = await desk.db.sql`select 1 from notifications where attempts > 0`;
  over.resolve();
  await holding;
  expect(begun).toHaveLength(0);
  await until('the first has gone', async () => {
    const sent = await desk.db.sql`select 1 from notifications where state = 'sent'`;
    return sent.length > 0 ? true : null;
  });
});

test('a worker that stops has finished what it was at, and leaves no claim behind', async () => {
  const desk = await open();
  const worker = desk.startWorker('w1');
  for (const who of ['ana', 'bo', 'cleo', 'dora'])
    await desk.mail.deliver('support@desk.test', letter(`${who}@customer.example`));
  await desk.untilTaken(0);
  await worker.stop();
  expect(await desk.db.sql`select 1 from notifications where state in ('sending', 'submitting')`).toHaveLength(0);
  expect(await desk.db.sql`select 1 from workers`).toHaveLength(0);
  expect(await holderOf(desk)).toBeNull();
  desk.startWorker('w2');
  await until('all four are acknowledged', async () => {
    const sent = await desk.db.sql`select 1 from notifications where state = 'sent'`;
    return sent.length === 4 ? true : null;
  });
});
