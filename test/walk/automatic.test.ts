import { afterAll, beforeAll, expect, test } from 'vitest';
import { explainMessages, explanationLines } from '../../src/inbound/explain.ts';
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
  const bounce = await desk.take(bounceFor('gone@quay.example', messageId));
  const [why] = await explainMessages(desk.db, String(bounce.id));
  expect(why === undefined ? '' : explanationLines(why).join('\n')).toMatch(
    /reports\s+on mail \d+ \(ticket_opened, ticket #\d+\) to gone@quay\.example/,
  );
  expect(bounce).toMatchObject({
    verdict: 'bounce_recorded',
    ticketId: null,
  });
  const [mail] = await desk.owed(ticketId);
  expect(mail).toMatchObject({ state: 'bounced', reason: expect.stringContaining('5.1.1') });
  const again = await desk.take(letter('gone@quay.example'));
  expect(await desk.owed(again.ticketId)).toMatchObject([
    { state: 'suppressed', reason: expect.stringContaining('the address is not mailed') },
  ]);
  await desk.db.sql`update suppressions set created_at = now() - interval '2 days'`;
  const later = await desk.take(letter('gone@quay.example'));
  expect((await desk.owed(later.ticketId))[0]?.reason).toBeNull();
});

/** The bounce of a mail of ours to an address. */
const bounceFor = (address: string, messageId: string): Buffer =>
  Buffer.from(
    mailFixture('bounce-two-recipients-postfix')
      .toString('latin1')
      .replaceAll('piet@quay.example', address)
      .replace('<v1.ack.CCCC.DDDD@reply.desk.example>', messageId),
    'latin1',
  );

test('a bounce that is faster than the note that its mail was sent waits for that note', async () => {
  const { ticketId } = await desk.take(letter('fast@quay.example'));
  const { messageId } = await desk.acknowledgement(ticketId);
  await until('the mail is noted as sent', async () => ((await states(ticketId)).includes('sent') ? true : null));
  await desk.db.sql`
    update notifications set state = 'submitting', claim_token = gen_random_uuid(), claim_until = now() + interval '1 hour',
      claimed_by = (select instance from workers limit 1) where ticket_id = ${ticketId}`;
  const known = await desk.countTaken();
  await desk.mail.deliver(DESK, bounceFor('fast@quay.example', messageId));
  await desk.mail.deliver(DESK, letter('bystander@quay.example'));
  const taken = () => desk.db.sql<{ status: string; attempts: number }[]>`
    select status, attempts from inbound_messages order by id offset ${known}`;
  await until('the mail behind it is done', async () => ((await taken())[1]?.status === 'done' ? true : null));
  expect((await taken())[0]).toMatchObject({ status: 'received', attempts: 0 });
  await desk.db.sql`
    update notifications set state = 'sent', claim_token = null, claim_until = null, claimed_by = null
    where ticket_id = ${ticketId}`;
  await desk.db.sql`update inbound_messages set next_attempt_at = now() where status = 'received'`;
  await desk.mail.deliver(DESK, letter('bystander2@quay.example'));
  await until('the mail is marked', async () => ((await states(ticketId)).includes('bounced') ? true : null));
});

test('whoever complains about a mail of ours gets no more of them', async () => {
  const { ticketId } = await desk.take(letter('cross@quay.example'));
  const { messageId } = await desk.acknowledgement(ticketId);
  const report = [
    ...['From: <fbl@provider.example>', `To: <${DESK}>`, 'Subject: complaint', 'MIME-Version: 1.0'],
    ...['Content-Type: multipart/report; report-type=feedback-report; boundary="b"', '', '--b', ''],
    ...['A reader complained.', '--b', 'Content-Type: message/feedback-report', '', 'Feedback-Type: abuse'],
    ...['User-Agent: Provider/1', 'Version: 1', '', '--b', 'Content-Type: message/rfc822', ''],
    ...[`Message-ID: ${messageId}`, 'Subject: We have received your message', '', 'Hello', '--b--', ''],
  ];
  expect(await desk.take(Buffer.from(report.join('\r\n')))).toMatchObject({ verdict: 'report_recorded' });
  const again = await desk.take(letter('cross@quay.example'));
  expect(again.verdict).toBe('opened');
  expect(await desk.owed(again.ticketId)).toMatchObject([
    { state: 'suppressed', reason: expect.stringContaining('complained') },
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
