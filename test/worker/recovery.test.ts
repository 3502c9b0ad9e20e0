import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/client.ts';
import { claimReceived, findWaitingMessageIds, giveBack } from '../../src/inbound/store.ts';
import { noCheckpoint } from '../../src/lib/checkpoint.ts';
import { messageIdHash } from '../../src/mail/message-id.ts';
import { acceptBatch } from '../../src/mailboxes/accept.ts';
import type { Lease } from '../../src/mailboxes/lease-store.ts';
import { takeLease } from '../../src/mailboxes/lease-store.ts';
import { findGeneration, insertGeneration } from '../../src/mailboxes/store.ts';
import { claimDue, releaseClaims } from '../../src/notifications/outbox-store.ts';
import { letter, openDesk, until } from '../walk/desk.ts';
import type { Desk } from '../walk/desk.ts';

let desk: Desk;
let uid = 0;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

async function holdLease(): Promise<Lease> {
  const lease = await takeLease(desk.db, desk.mailboxId, 'here', 600_000);
  if (lease === null) throw new Error('the mailbox was not free');
  return lease;
}

/** Messages that are ours and wait to be understood. */
async function accept(lease: Lease, letters: readonly Buffer[]) {
  const place = { mailboxId: desk.mailboxId, folder: 'INBOX', uidValidity: 7 };
  await inTransaction(desk.db, (tx) => insertGeneration(tx, { ...place, baselineUid: 1, inheritedBelowUid: 0 }));
  const folder = await findGeneration(desk.db, desk.mailboxId, 'INBOX', 7);
  if (folder === null) throw new Error('no folder');
  const fetched = letters.map((bytes) => {
    uid += 1;
    return { uid, internalDate: new Date(), sizeBytes: bytes.length, isHeadersOnly: false, bytes };
  });
  return (await acceptBatch(desk.db, lease, folder.id, fetched, noCheckpoint)).map(({ id }) => id);
}

/** What a worker that died leaves behind, once the waits are over. */
const fallDue = () => desk.db.sql`update inbound_messages set next_attempt_at = now() where status = 'received'`;
const forget = () =>
  desk.db
    .sql`update inbound_messages set status = 'held', reason = 'policy', done_at = now() where status = 'received'`;

test('messages come as a batch once; whoever was tried before comes alone, so that a killer costs nobody else an attempt', async () => {
  const lease = await holdLease();
  const [killer, second, third] = await accept(lease, [
    letter('a@x.example'),
    letter('b@x.example'),
    letter('c@x.example'),
  ]);
  const claim = async () => (await claimReceived(desk.db, lease, [60_000])).map(({ id, attempts }) => [id, attempts]);
  expect(await claim()).toEqual([
    [killer, 1],
    [second, 1],
    [third, 1],
  ]);
  await fallDue();
  expect(await claim()).toEqual([[killer, 2]]);
  expect(await claim()).toEqual([[second, 2]]);
  const [fresh] = await accept(lease, [letter('d@x.example')]);
  expect(await claim()).toEqual([[third, 2]]);
  expect(await claim()).toEqual([[fresh, 1]]);
  await forget();
});

test('an attempt that was given back counts for nothing', async () => {
  const lease = await holdLease();
  const ids = await accept(lease, [letter('e@x.example'), letter('f@x.example')]);
  await claimReceived(desk.db, lease, [60_000]);
  await giveBack(desk.db, lease, ids);
  expect((await claimReceived(desk.db, lease, [60_000])).map(({ attempts }) => attempts)).toEqual([1, 1]);
  await forget();
});

test('nothing is claimed under a lease that is over', async () => {
  const stale = await holdLease();
  await accept(stale, [letter('g@x.example')]);
  const current = await holdLease();
  expect(await claimReceived(desk.db, stale, [60_000])).toEqual([]);
  expect(await claimReceived(desk.db, current, [60_000])).toHaveLength(1);
  await forget();
});

test('a reply finds the first of those that wait under the Message-ID it answers, not a later twin', async () => {
  const lease = await holdLease();
  const bytes = letter('h@x.example', ['Message-ID: <parent@x.example>']);
  const [parent] = await accept(lease, [bytes, Buffer.concat([Buffer.from('Received: by other.example\r\n'), bytes])]);
  const waiting = await findWaitingMessageIds(desk.db, [messageIdHash('<parent@x.example>')]);
  expect(waiting.map(({ id }) => id)).toEqual([parent]);
  await forget();
});

test('what a round that failed had claimed can be claimed again at once, as if it had not been', async () => {
  const worker = desk.startWorker('here');
  const { ticketId } = await desk.take(letter('ana@customer.example'));
  await until('it is sent', async () => ((await desk.owed(ticketId))[0]?.state === 'sent' ? true : null));
  await worker.stop();
  await desk.db.sql`update notifications set state = 'queued', attempts = 0, next_attempt_at = now()`;
  const room = new Map([[desk.mailboxId, 10]]);
  const token = randomUUID();
  expect(await claimDue(desk.db, randomUUID(), token, room)).toMatchObject([{ attempts: 1 }]);
  expect(await claimDue(desk.db, randomUUID(), randomUUID(), room)).toEqual([]);
  await releaseClaims(desk.db, token);
  expect(await claimDue(desk.db, randomUUID(), randomUUID(), room)).toMatchObject([{ attempts: 1 }]);
});
