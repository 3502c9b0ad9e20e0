import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TicketId } from '../../src/db/ids.ts';
import { messageIdHash } from '../../src/mail/message-id.ts';
import { mailFixture } from '../mail/fixture.ts';
import { DESK, dmarc, letter, MX, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

// FEATURES N-05, RELIABILITY SM8: a report finds a mail of ours also by the Message-ID that its way out gave it.
let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ authservIds: [MX] });
  desk.startWorker();
});
afterAll(() => desk.close());

let count = 0;
/** An acknowledgement that went out under a Message-ID of Amazon SES. */
async function aliased(to: string) {
  const { ticketId } = await desk.take(letter(to));
  await until('it was sent', async () => ((await fateOf(ticketId))?.state === 'sent' ? true : null));
  count += 1;
  const theirs = `<0100018f3b1f6d2c-6a1c2a40-00000${count}@email.amazonses.com>`;
  await desk.db.sql`update notifications set alias_hash = ${messageIdHash(theirs)} where ticket_id = ${ticketId}`;
  return { ticketId, theirs };
}

const fateOf = async (ticketId: TicketId | null) => (await desk.owed(ticketId))[0];
const isMailed = async (address: string) =>
  (await desk.db.sql`select 1 from suppressions where address = ${address}`).count === 0;

const bounceOf = (address: string, id: string): string =>
  mailFixture('bounce-two-recipients-postfix')
    .toString('latin1')
    .replaceAll('piet@quay.example', address)
    .replace('<v1.ack.CCCC.DDDD@reply.desk.example>', id);
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

test('a bounce marks its mail, ends mail to its address, and says so to whoever asks why', async () => {
  const { ticketId, theirs } = await aliased('piet@quay.example');
  const taken = await desk.take(bytes(bounceOf('piet@quay.example', theirs)));
  expect(taken).toMatchObject({ verdict: 'bounce_recorded', ticketId: null });
  expect(await fateOf(ticketId)).toMatchObject({ state: 'bounced', reason: expect.stringContaining('5.1.1') });
  expect(await isMailed('piet@quay.example')).toBe(false);
  const facts = await desk.db.sql`
    select n.ticket_id as of from decisions d join notifications n on n.public_id = (d.facts ->> 'reportsOn')::uuid
    where d.inbound_id = ${taken.id}`;
  expect(facts).toEqual([{ of: ticketId }]);
});

test('a complaint is one of the mail that its reader had', async () => {
  const { theirs } = await aliased('cross@quay.example');
  const report = [
    ...['From: <fbl@provider.example>', `To: <${DESK}>`, 'Subject: complaint', 'MIME-Version: 1.0'],
    ...['Content-Type: multipart/report; report-type=feedback-report; boundary="b"', '', '--b', ''],
    ...['A reader complained.', '--b', 'Content-Type: message/feedback-report', '', 'Feedback-Type: abuse'],
    ...['User-Agent: Provider/1', 'Version: 1', '', '--b', 'Content-Type: message/rfc822', ''],
    ...[`Message-ID: ${theirs}`, 'Subject: We have received your message', '', 'Hello', '--b--', ''],
  ];
  expect(await desk.take(bytes(report.join('\r\n')))).toMatchObject({ verdict: 'report_recorded' });
  expect(await isMailed('cross@quay.example')).toBe(false);
});

describe('a mail stays as it is', () => {
  const inText = (to: string, id: string) =>
    [
      ...['From: MAILER-DAEMON@quay.example', `To: <${DESK}>`, 'Subject: Undelivered Mail Returned to Sender'],
      ...['Return-Path: <>', 'Auto-Submitted: auto-replied', '', `<${to}>: user unknown, it could not be delivered.`],
      ...['', `Message-ID: ${id}`, ''],
    ].join('\r\n');
  test.each<[string, (to: string, id: string) => string]>([
    ['its id stands in the text of a report, and not in a message that it returns', inText],
    [
      'the report’s sender is shown to be false',
      (to, id) => [dmarc('fail', 'mx.quay.example'), bounceOf(to, id)].join('\r\n'),
    ],
    ['the report is about an id that is a little different', (to, id) => bounceOf(to, id.replace('0100', '0101'))],
    [
      'the report answers it only',
      (to, id) => bounceOf(to, '<x@y.example>').replace('\r\nTo:', `\r\nIn-Reply-To: ${id}\r\nTo:`),
    ],
  ])('when %s', async (_, report) => {
    const to = `kept${count}@quay.example`;
    const { ticketId, theirs } = await aliased(to);
    await desk.take(bytes(report(to, theirs)));
    expect(await fateOf(ticketId)).toMatchObject({ state: 'sent' });
    expect(await isMailed(to)).toBe(true);
  });

  test('when another has the same id', async () => {
    const one = await aliased('same1@quay.example');
    const other = await aliased('same2@quay.example');
    await desk.db.sql`
      update notifications set alias_hash = ${messageIdHash(one.theirs)} where ticket_id = ${other.ticketId}`;
    await desk.take(bytes(bounceOf('same1@quay.example', one.theirs)));
    expect(await fateOf(one.ticketId)).toMatchObject({ state: 'sent' });
  });
});
