import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addOperator } from '../../src/access/operations.ts';
import { mailOf } from '../mail/fixture.ts';
import { passMinutes } from '../support/pass-time.ts';
import { DESK, letter, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

// RELIABILITY G11, FEATURES B-13: loops are cut on our side, and a human's mail still gets in.
const PEER_DESK = 'help@peer.example';

let desk: Desk;
let peer: Desk;
beforeAll(async () => {
  [desk, peer] = [await openDesk(), await openDesk({ address: PEER_DESK })];
  desk.startWorker();
  peer.startWorker();
});
afterAll(() => Promise.all([desk.close(), peer.close()]));
beforeEach(async () => {
  await desk.db.sql`truncate budgets, mail_rhythms`;
});

/** Mail that the desk has sent by itself to an address, as it arrived, once nothing is under way. */
async function sentTo(of: Desk, address: string): Promise<readonly string[]> {
  await until('all that is owed is sent', async () => {
    const rows = await of.db.sql`
      select 1 from notifications where state in ('queued', 'sending', 'submitting') and next_attempt_at <= now()`;
    return rows.length === 0 ? true : null;
  });
  return of.inbox(address);
}

const countTickets = async (from: string) =>
  (
    await desk.db.sql`
    select 1 from tickets t join contact_addresses a on a.contact_id = t.requester_id where a.address = ${from}`
  ).length;

const messageIdOf = (mail: string): string => /^Message-ID: (<.*>)/im.exec(mail)?.[1] ?? '';
const subjectOf = (mail: string): string => /^Subject: (.*)$/im.exec(mail)?.[1]?.trim() ?? '';

/** A machine that answers each mail of ours after a while, until we send none or a day is over. @returns how many we sent */
async function warOf(from: string, minutes: number, answer: (mail: string, round: number) => Buffer): Promise<number> {
  await desk.take(letter(from));
  let answered = 0;
  for (let passed = 0; passed < 24 * 60; passed += minutes) {
    const mails = await sentTo(desk, from);
    if (mails.length === answered) return answered;
    await passMinutes(desk.db, minutes);
    for (const mail of mails.slice(answered)) {
      answered += 1;
      await desk.take(answer(mail, answered));
    }
  }
  return answered;
}

test('two desks of ours: one acknowledgement, which the other does not answer', async () => {
  await desk.take(letter(PEER_DESK));
  for (let round = 0; round < 3; round += 1) {
    const ours = await sentTo(desk, PEER_DESK);
    for (const mail of ours.slice(round)) await peer.take(Buffer.from(mail, 'latin1'));
    for (const mail of (await sentTo(peer, DESK)).slice(round)) await desk.take(Buffer.from(mail, 'latin1'));
  }
  expect([(await sentTo(desk, PEER_DESK)).length, (await sentTo(peer, DESK)).length]).toEqual([1, 0]);
});

test('a well-behaved responder, which says that it is one, is acknowledged once at most', async () => {
  const from = 'polite@away.example';
  const sent = await warOf(from, 1, (mail) =>
    letter(from, [
      `Subject: Re: ${subjectOf(mail)}`,
      `In-Reply-To: ${messageIdOf(mail)}`,
      'Auto-Submitted: auto-replied',
    ]),
  );
  expect(sent).toBeLessThanOrEqual(2);
  expect(await countTickets(from)).toBe(1);
});

test.each([
  ['at once', 'now', 1],
  ['after four minutes', 'four', 4],
  ['every 25 minutes', 'slow', 25],
  ['every two hours', 'patient', 120],
])(
  'a machine that strips all headers and answers %s gets ten mails in a day at most, and 21 tickets',
  async (_, name, minutes) => {
    const from = `${name}@strips.example`;
    const sent = await warOf(from, minutes, (__, round) =>
      letter(from, [`Subject: Another thing ${round}`], `Other words ${round}`),
    );
    expect(sent).toBeLessThanOrEqual(10);
    expect(await countTickets(from)).toBeLessThanOrEqual(21);
  },
);

test('one that writes on its own every hour as well is told ten times in a day at most', async () => {
  const from = 'nagging@strips.example';
  let seen = 0;
  for (let passed = 0; passed < 24 * 60; passed += 60) {
    await desk.take(letter(from, [`Subject: Status ${passed}`], `Status ${passed}`));
    for (const _ of (await sentTo(desk, from)).slice(seen)) {
      seen += 1;
      await desk.take(letter(from, [`Subject: Thing ${passed} ${seen}`], `Thing ${passed} ${seen}`));
    }
    await passMinutes(desk.db, 60);
  }
  expect((await sentTo(desk, from)).length).toBeLessThanOrEqual(10);
});

test('a person who writes in the midst of it still gets their ticket', async () => {
  const taken = await desk.take(letter('nagging@strips.example', ['Subject: I am a person'], 'Please call me.'));
  expect(taken.verdict).toBe('opened');
});

test('bounces are never answered, whatever they bounce', async () => {
  const from = 'mailer-daemon@bounces.example';
  for (let round = 0; round < 5; round += 1) {
    await desk.take(
      mailOf(
        [
          'Return-Path: <>',
          `From: Mail Delivery System <${from}>`,
          `To: <${DESK}>`,
          'Subject: Undelivered Mail Returned to Sender',
          `Message-ID: <ndr${round}@bounces.example>`,
          'Auto-Submitted: auto-replied',
        ],
        `Your message ${round} could not be delivered: 550 5.1.1 user unknown\r\n`,
      ),
    );
  }
  expect(await sentTo(desk, from)).toEqual([]);
});

test("an operator's vacation reply to the desk is answered by nobody", async () => {
  const from = 'olga@staff.example';
  await desk.done(addOperator, { address: from, name: 'Olga', role: 'agent' });
  for (const subject of ['Out of office', 'Automatic reply: A new ticket']) {
    await desk.take(letter(from, [`Subject: ${subject}`, 'Auto-Submitted: auto-replied'], 'I am away.'));
  }
  expect(await sentTo(desk, from)).toEqual([]);
});

test("mail from the desk's own address, as if it were a customer's, is answered by nobody", async () => {
  const taken = await desk.take(letter(DESK));
  expect(taken).toMatchObject({ status: 'quarantined', reason: 'loop' });
  const rows = await desk.db.sql`select 1 from notifications where recipient = ${DESK}`;
  expect(rows).toEqual([]);
});
