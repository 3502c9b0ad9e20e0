import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TicketId } from '../../src/db/ids.ts';
import { mintReplyToken } from '../../src/tickets/thread-token.ts';
import { findEarlierThreads } from '../../src/inbound/backtest-store.ts';
import { messageIdHash } from '../../src/mail/message-id.ts';
import { mergeTickets } from '../../src/tickets/merge-operations.ts';
import { letter, MX, openDesk, proven } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ authservIds: [MX] });
  desk.startWorker();
});
afterAll(() => desk.close());

async function conversation(from: string, subject: string) {
  const id = `<first.${from}>`;
  const { ticketId } = await desk.take(proven(from, [`Message-ID: ${id}`, `Subject: ${subject}`]));
  const [ticket] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
  return { ticketId, id, number: ticket?.number ?? 0, ours: (await desk.acknowledgement(ticketId)).messageId };
}
const linksOf = (ticketId: TicketId | null) =>
  desk.db.sql`select kind, other_id as other from ticket_links where ticket_id = ${ticketId}`;

test('a server lost the references: the number in the subject brings the reply of a proven participant home', async () => {
  const { ticketId, number } = await conversation('ana@customer.example', 'The lamp stays dark');
  const reply = await desk.take(proven('ana@customer.example', [`Subject: AW: The lamp stays dark [#${number}]`]));
  expect(reply).toMatchObject({ verdict: 'appended', ticketId });
});

test('the number alone lets nobody else in: their mail is a ticket of its own that names the other to operators', async () => {
  const { ticketId, number } = await conversation('bo@customer.example', 'The door');
  const reply = await desk.take(proven('stranger@elsewhere.example', [`Subject: Re: The door [#${number}]`]));
  expect(reply.verdict).toBe('opened');
  expect(await linksOf(reply.ticketId)).toEqual([{ kind: 'may_belong_to', other: ticketId }]);
});

test('the token in the address that was written to is as good as a Message-ID', async () => {
  const { ticketId, ours } = await conversation('cleo@customer.example', 'The window');
  const [mail] = await desk.db.sql<{ publicId: string }[]>`
    select public_id as "publicId" from notifications where message_id = ${ours}`;
  const token = mintReplyToken(desk.keys, mail?.publicId ?? '');
  const reply = proven('cleo@customer.example', [
    'Subject: Re: The window',
    `Delivered-To: support+${token}@desk.test`,
  ]);
  expect(await desk.take(reply)).toMatchObject({ verdict: 'appended', ticketId });
});

test('whoever answers mail to which a provider gave another Message-ID comes home, in life as in a replay', async () => {
  const { ticketId, ours } = await conversation('finn@customer.example', 'The gutter');
  const theirs = '<0100018f3b1f6d2c-6a1c2a40-000000@email.amazonses.com>';
  await desk.db.sql`
    update notifications set alias_hash = ${messageIdHash(theirs)} where message_id = ${ours}`;
  const reply = proven('finn@customer.example', ['Subject: Re: The gutter', `In-Reply-To: ${theirs}`]);
  const { id, ...joined } = await desk.take(reply);
  expect(joined).toMatchObject({ verdict: 'appended', ticketId });
  const earlier = await findEarlierThreads(desk.db, [messageIdHash(theirs).toString('hex')], id);
  expect([...earlier.values()]).toEqual([[ticketId]]);
});

test.each([
  ['a forward', 'Fwd: We have received your message'],
  ['a new subject', 'Something else entirely'],
])('%s answers nothing, whatever it refers to', async (_, subject) => {
  const { ticketId, ours } = await conversation(`dora${subject.length}@customer.example`, 'The roof');
  const lines = [`In-Reply-To: ${ours}`, `Subject: ${subject}`];
  const other = await desk.take(proven(`dora${subject.length}@customer.example`, lines));
  expect(other.verdict).toBe('opened');
  expect(await linksOf(other.ticketId)).toEqual([{ kind: 'may_belong_to', other: ticketId }]);
});

test('a reply to a ticket that became part of another joins that one, also after a second merge', async () => {
  const from = 'eva@customer.example';
  const [first, second, third] = [
    await conversation(from, 'The first'),
    await conversation(`eva2@customer.example`, 'The second'),
    await conversation(`eva3@customer.example`, 'The third'),
  ];
  await expect(desk.done(mergeTickets, { number: first.number, into: second.number })).rejects.toThrow(
    'other_customer',
  );
  await desk.done(mergeTickets, { number: first.number, into: second.number, acrossCustomers: true });
  expect(await desk.take(letter(from, [`In-Reply-To: ${first.ours}`]))).toMatchObject({ ticketId: second.ticketId });
  await desk.done(mergeTickets, { number: second.number, into: third.number, acrossCustomers: true });
  expect(await desk.take(letter(from, [`In-Reply-To: ${first.ours}`]))).toMatchObject({
    verdict: 'appended',
    ticketId: third.ticketId,
  });
  await expect(
    desk.done(mergeTickets, { number: first.number, into: third.number, acrossCustomers: true }),
  ).rejects.toThrow('merged');
});

test('a reply to a ticket closed long ago is a new ticket that continues it', async () => {
  const { ticketId, ours } = await conversation('finn@customer.example', 'The stairs');
  await desk.db.sql`
    update tickets set status = 'closed', closed_at = now() - interval '40 days' where id = ${ticketId}`;
  const late = await desk.take(letter('finn@customer.example', [`In-Reply-To: ${ours}`]));
  expect(late.verdict).toBe('opened');
  expect(await linksOf(late.ticketId)).toEqual([{ kind: 'continues', other: ticketId }]);
});

test('strangers who share the home of people without a company are merged only when that is said', async () => {
  const [one, other] = [
    await conversation('gus@one.example', 'The cellar'),
    await conversation('hedy@two.example', 'The attic'),
  ];
  const input = { number: one.number, into: other.number };
  await expect(desk.done(mergeTickets, input)).rejects.toThrow('other_customer');
});

test("with plus-addresses on, mail from one of the desk's own is a loop", async () => {
  await desk.db.sql`update mailboxes set has_plus_addresses = true`;
  expect(await desk.take(letter('support+abc@desk.test'))).toMatchObject({ status: 'quarantined', reason: 'loop' });
});
