import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/client.ts';
import type { MailboxId } from '../../src/db/ids.ts';
import { noCheckpoint } from '../../src/lib/checkpoint.ts';
import { parseAddress } from '../../src/mail/address.ts';
import type { EmailAddress } from '../../src/mail/address.ts';
import { acceptBatch } from '../../src/mailboxes/accept.ts';
import {
  findFreeMailboxes,
  LeaseLost,
  listHolders,
  releaseLease,
  renewLease,
  requireLease,
  takeLease,
} from '../../src/mailboxes/lease-store.ts';
import type { Lease } from '../../src/mailboxes/lease-store.ts';
import { findGeneration, insertGeneration, insertMailbox } from '../../src/mailboxes/store.ts';
import { freshDatabase } from '../support/postgres.ts';
import type { FreshDatabase } from '../support/postgres.ts';

let database: FreshDatabase;
let mailboxId: MailboxId;
let made = 0;

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  made += 1;
  const server = { host: '127.0.0.1', port: 1, security: 'none', user: null, caPem: null } as const;
  const id = await insertMailbox(database.db, {
    address: parseAddress(`desk${made}@desk.test`) as EmailAddress,
    displayName: 'Desk',
    status: 'active',
    imap: server,
    imapSecret: null,
    folder: 'INBOX',
    smtp: server,
    smtpSecret: null,
    schedule: '* * * * *',
    settleMark: 'none',
    historyStart: 'beginning',
    replyDomain: 'desk.test',
    defaultCustomerId: null,
  });
  mailboxId = id as MailboxId;
});

const LONG_MS = 600_000;
const take = (holder: string, leaseMs = LONG_MS) => takeLease(database.db, mailboxId, holder, leaseMs);

async function taken(holder: string): Promise<Lease> {
  const lease = await take(holder);
  if (lease === null) throw new Error('the mailbox was not free');
  return lease;
}

/** What a pause of the holder does: its time is up, and it knows nothing of it. */
const runOut = () =>
  database.db.sql`update mailbox_leases set expires_at = clock_timestamp() where mailbox_id = ${mailboxId}`;

const fenced = (lease: Lease) => inTransaction(database.db, (tx) => requireLease(tx, lease));

test('one worker gets the mailbox, and nobody else while the lease lasts', async () => {
  expect(await findFreeMailboxes(database.db, 'w2')).toContain(mailboxId);
  const lease = await taken('w1');
  expect(await findFreeMailboxes(database.db, 'w2')).not.toContain(mailboxId);
  expect(await take('w2')).toBeNull();
  expect((await listHolders(database.db)).get(mailboxId)).toBe('w1');
  await expect(fenced(lease)).resolves.toBeUndefined();
});

test('of two who ask at once one gets it', async () => {
  const leases = await Promise.all([take('w1'), take('w2'), take('w3')]);
  expect(leases.filter((lease) => lease !== null)).toHaveLength(1);
});

test('when the lease has run out another worker takes over under a higher epoch', async () => {
  const first = await taken('w1');
  await runOut();
  expect(await findFreeMailboxes(database.db, 'w2')).toContain(mailboxId);
  expect(await take('w2')).toMatchObject({ holder: 'w2', epoch: first.epoch + 1 });
});

test('a holder that was paused and goes on cannot commit, renew or release, taken over or not', async () => {
  const paused = await taken('w1');
  await runOut();
  await expect(fenced(paused)).rejects.toThrow(LeaseLost);
  expect(await renewLease(database.db, paused, LONG_MS)).toBe(false);
  const next = await taken('w2');
  await expect(fenced(paused)).rejects.toThrow(LeaseLost);
  expect(await renewLease(database.db, paused, LONG_MS)).toBe(false);
  await releaseLease(database.db, paused);
  await expect(fenced(next)).resolves.toBeUndefined();
});

test('what a paused holder had fetched is not accepted from it', async () => {
  const lease = await taken('w1');
  const place = { mailboxId, folder: 'INBOX', uidValidity: 7 };
  await inTransaction(database.db, (tx) => insertGeneration(tx, { ...place, baselineUid: 1, inheritedBelowUid: 0 }));
  const folder = await findGeneration(database.db, mailboxId, 'INBOX', 7);
  if (folder === null) throw new Error('no folder');
  const bytes = Buffer.from('From: ana@customer.example\r\n\r\nHello\r\n');
  const fetched = [{ uid: 1, internalDate: new Date(), sizeBytes: bytes.length, isHeadersOnly: false, bytes }];
  await runOut();
  await expect(acceptBatch(database.db, lease, folder.id, fetched, noCheckpoint)).rejects.toThrow(LeaseLost);
  const next = await taken('w2');
  expect(await acceptBatch(database.db, next, folder.id, fetched, noCheckpoint)).toMatchObject([{ uid: 1 }]);
});

test('a take-over waits for a commit that is under way, and a renewal does not', async () => {
  const lease = await taken('w1');
  const order: string[] = [];
  const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
  const { promise: isFenced, resolve: fence } = Promise.withResolvers<void>();
  const batch = inTransaction(database.db, async (tx) => {
    await requireLease(tx, lease);
    fence();
    await mayCommit;
    order.push('committed');
  });
  await isFenced;
  expect(await renewLease(database.db, lease, LONG_MS)).toBe(true);
  await runOut();
  const takeOver = take('w2').then((next) => {
    order.push('taken over');
    return next;
  });
  await untilSomebodyWaits();
  commit();
  await batch;
  expect(await takeOver).toMatchObject({ holder: 'w2', epoch: lease.epoch + 1 });
  expect(order).toEqual(['committed', 'taken over']);
});

test('a mailbox that was let go is free at once', async () => {
  const lease = await taken('w1');
  await releaseLease(database.db, lease);
  expect(await renewLease(database.db, lease, LONG_MS)).toBe(false);
  expect(await take('w2')).toMatchObject({ epoch: lease.epoch + 1 });
});

test('a worker that starts again takes its mailbox back at once, and what it was before is fenced off', async () => {
  const before = await taken('w1');
  const after = await taken('w1');
  expect(after.epoch).toBe(before.epoch + 1);
  await expect(fenced(before)).rejects.toThrow(LeaseLost);
  await expect(fenced(after)).resolves.toBeUndefined();
});

/** Until a backend of this database waits for a lock. */
async function untilSomebodyWaits(): Promise<void> {
  for (let waiting = 0; waiting === 0;) {
    const [row] = await database.db.sql<{ count: number }[]>`
      select count(*)::int as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    waiting = row?.count ?? 0;
  }
}
