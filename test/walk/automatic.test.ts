import { afterAll, beforeAll, expect, test } from 'vitest';
import { mailFixture } from '../mail/fixture.ts';
import { DESK, letter, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  desk.startWorker();
});
afterAll(() => desk.close());

const states = async (ticketId: number | null) =>
  (await desk.db.sql<{ state: string }[]>`select state from notifications where ticket_id = ${ticketId}`).map(
    ({ state }) => state,
  );

test('a vacation notice is never answered', async () => {
  const taken = await desk.take(mailFixture('vacation-sieve'));
  expect(await states(taken.ticketId)).not.toContain('sent');
  const owed = await desk.owed(taken.ticketId);
  expect(owed.map(({ state, reason }) => [state, reason])).toEqual(
    taken.ticketId === null ? [] : [['suppressed', expect.stringContaining('RFC 3834')]],
  );
});

test('a vacation notice about a ticket is kept for operators, and the ticket stays as it is', async () => {
  const { ticketId } = await desk.take(letter('ana@customer.example'));
  const { messageId } = await desk.acknowledgement(ticketId);
  await desk.db.sql`update tickets set status = 'pending' where id = ${ticketId}`;
  const notice = letter('ana@customer.example', ['Auto-Submitted: auto-replied', `In-Reply-To: ${messageId}`]);
  expect(await desk.take(notice)).toMatchObject({ verdict: 'appended', rule: 'auto_in_thread', ticketId });
  const [ticket] = await desk.db.sql<{ status: string }[]>`select status from tickets where id = ${ticketId}`;
  expect(ticket?.status).toBe('pending');
});

test('the bounce of our mail is no ticket, marks the mail, and ends mail to the address', async () => {
  const { ticketId } = await desk.take(letter('gone@quay.example'));
  const { messageId } = await desk.acknowledgement(ticketId);
  await until('the mail is noted as sent', async () => ((await states(ticketId)).includes('sent') ? true : null));
  const bounce = mailFixture('bounce-two-recipients-postfix')
    .toString('latin1')
    .replaceAll('piet@quay.example', 'gone@quay.example')
    .replace('<v1.ack.CCCC.DDDD@reply.desk.example>', messageId);
  expect(await desk.take(Buffer.from(bounce, 'latin1'))).toMatchObject({ verdict: 'bounce_recorded', ticketId: null });
  const [mail] = await desk.owed(ticketId);
  expect(mail).toMatchObject({ state: 'bounced', reason: expect.stringContaining('5.1.1') });
  const again = await desk.take(letter('gone@quay.example'));
  expect(await desk.owed(again.ticketId)).toMatchObject([
    { state: 'suppressed', reason: expect.stringContaining('the address is not mailed') },
  ]);
});

test('a bounce of mail that is not ours marks nothing', async () => {
  const before = await desk.db.sql`select count(*) from notifications where state = 'bounced'`;
  expect(await desk.take(mailFixture('bounce-two-recipients-postfix'))).toMatchObject({ verdict: 'bounce_recorded' });
  expect(await desk.db.sql`select count(*) from notifications where state = 'bounced'`).toEqual(before);
});

test.each([
  ['a mailing list', ['List-Id: <news.customer.example>']],
  ['bulk mail', ['Precedence: bulk']],
])('%s gets a ticket and no answer', async (_, lines) => {
  const taken = await desk.take(letter('news@customer.example', lines));
  expect(taken.verdict).toBe('opened');
  expect(await desk.owed(taken.ticketId)).toMatchObject([
    { state: 'suppressed', reason: expect.stringContaining('RFC 3834') },
  ]);
});

test('our own mail that comes back is nothing new', async () => {
  const { ticketId } = await desk.take(letter('bo@customer.example'));
  const { text } = await desk.acknowledgement(ticketId);
  expect(await desk.take(Buffer.from(text, 'latin1'))).toMatchObject({ verdict: 'own', ticketId: null });
});

test('mail that claims to be of the desk itself is put aside', async () => {
  expect(await desk.take(letter(DESK))).toMatchObject({ status: 'quarantined', reason: 'loop' });
});

test.each([
  ['nobody', 'no_sender', ['Subject: x', 'Message-ID: <nobody@customer.example>']],
  [
    'two people',
    'ambiguous_sender',
    ['From: <a@customer.example>, <b@customer.example>', 'Message-ID: <two@customer.example>'],
  ],
])('mail of %s is held', async (_, reason, lines) => {
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\nHello\r\n`);
  expect(await desk.take(bytes)).toMatchObject({ status: 'held', reason, ticketId: null });
});
