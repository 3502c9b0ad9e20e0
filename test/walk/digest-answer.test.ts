import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addOperator } from '../../src/access/operations.ts';
import { explainMessages, explanationLines } from '../../src/inbound/explain.ts';
import { putSetting } from '../../src/settings/store.ts';
import { addToTicket } from '../../src/tickets/participant-operations.ts';
import { assignTicket } from '../../src/tickets/assign-operations.ts';
import { noteOnTicket, reopenTicket, resolveTicket } from '../../src/tickets/operations.ts';
import { passMinutes } from '../support/pass-time.ts';
import { letter, MX, openDesk, proven, until } from './desk.ts';
import type { Desk } from './desk.ts';

const JONAS = 'jonas@staff.test';
let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ authservIds: [MX] });
  desk.startWorker();
  await desk.done(addOperator, { address: JONAS, name: 'Jonas Weil' });
  await putSetting(desk.db, { toggle: 'notices_per_person', layer: 'desk', layerId: 0 }, '0', 'system:test');
});
afterAll(() => desk.close());

async function open(from: string): Promise<number> {
  const { ticketId } = await desk.take(letter(from));
  const [row] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
  return row?.number ?? 0;
}

/** What waits for somebody is told now. @returns the Message-ID of the digest, as it arrived, and its text */
async function digestTo(address: string): Promise<{ readonly messageId: string; readonly quoted: string }> {
  await passMinutes(desk.db, 30);
  return until('the digest has arrived', async () => {
    const mail = (await desk.inbox(address)).find((text) => /^Message-ID: <v1\.(?:staff_)?digest\./m.test(text));
    const messageId = /^Message-ID: (<.*>)/m.exec(mail ?? '')?.[1];
    if (mail === undefined || messageId === undefined) return null;
    return {
      messageId,
      quoted: [...mail.matchAll(/, #\d+/g)].map(([line]) => `> 10:00${line}: Question`).join('\r\n'),
    };
  });
}

let people = 0;
/** Somebody with two tickets, of which a digest tells them. */
async function someone() {
  people += 1;
  const ana = `ana${people}@customer.example`;
  const numbers = [await open(ana), await open(ana)] as const;
  for (const number of numbers) await desk.done(resolveTicket, { number });
  for (const number of numbers) await desk.done(reopenTicket, { number });
  for (const number of numbers) await desk.done(resolveTicket, { number });
  return { ana, numbers, ...(await digestTo(ana)) };
}

const answer = (write: typeof letter, from: string, messageId: string, subject: string, body: string) =>
  desk.take(write(from, [`Subject: ${subject}`, `In-Reply-To: ${messageId}`, `References: ${messageId}`], body));

const numberOf = async (ticketId: number | null) =>
  (await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`)[0]?.number;

const threadLine = async (id: number): Promise<string> => {
  const [found] = await explainMessages(desk.db, String(id));
  const lines = found === undefined ? [] : explanationLines(found);
  return lines.find((line) => line.startsWith('  thread')) ?? '';
};

describe('an answer to a digest of two tickets', () => {
  test.each([
    ['names one in its words', 'Re: 2 updates', (one: number) => `About #${one}: thank you.`],
    ['names one in its subject', 'tag', () => 'Thank you.'],
    ['quotes one alone', 'Re: 2 updates', (one: number) => `Thank you.\r\n\r\n> 10:00, #${one}: Question`],
    [
      'quotes all, and names one in its words',
      'Re: 2 updates',
      (one: number, quoted: string) => `#${one} is not solved.\r\n\r\n${quoted}`,
    ],
  ])('that %s joins that one, and why says so', async (_, subject, body) => {
    const { ana, numbers, messageId, quoted } = await someone();
    const [, second] = numbers;
    const named = subject === 'tag' ? `Re: 2 updates [#${second}]` : subject;
    const taken = await answer(letter, ana, messageId, named, body(second, quoted));
    expect(taken).toMatchObject({ verdict: 'appended', rule: 'participants_reply' });
    expect(await numberOf(taken.ticketId)).toBe(second);
    expect(await threadLine(taken.id)).toMatch(/answers ticket #\d+ .* by its number, in an answer to a digest/);
  });

  test.each([
    ['names none', () => 'Thank you.'],
    ['quotes all', (_: readonly number[], quoted: string) => `Thank you.\r\n\r\n${quoted}`],
    ['names both', ([one, other]: readonly number[]) => `#${one} is solved, #${other} is not.`],
    ["names somebody else's", (_: readonly number[], __: string, other: number) => `And what of #${other}?`],
    ['names what is no ticket', () => 'My order is #99999999, my colour #112233x.'],
  ])('that %s is a ticket of its own, and why says so', async (_, body) => {
    const stranger = await open('bo@other.example');
    for (const write of [letter, proven]) {
      const { ana, numbers, messageId, quoted } = await someone();
      const taken = await answer(write, ana, messageId, 'Re: 2 updates', body(numbers, quoted, stranger));
      expect(taken).toMatchObject({ verdict: 'opened' });
      expect([...numbers, stranger]).not.toContain(await numberOf(taken.ticketId));
    }
  });

  test('why tells that it cannot be told whose it is', async () => {
    const { ana, messageId } = await someone();
    const { id } = await answer(letter, ana, messageId, 'Re: 2 updates', 'Thank you.');
    expect(await threadLine(id)).toContain('answers a digest of several tickets, and does not name one of theirs');
  });

  test('why tells where the number of a ticket stands that is not theirs', async () => {
    const stranger = await open('bo@other.example');
    const { ana, messageId } = await someone();
    const { id } = await answer(letter, ana, messageId, 'Re: 2 updates', `And what of #${stranger}?`);
    expect(await threadLine(id)).toMatch(
      /ticket #\d+ .* by its number, in an answer to a digest; the sender takes no part in it/,
    );
  });

  test('by somebody it did not go to joins nothing by a number in its words', async () => {
    const { numbers, messageId } = await someone();
    const taken = await answer(letter, 'eve@elsewhere.example', messageId, 'Re: 2 updates', `#${numbers[0]} is mine.`);
    expect(taken.verdict).toBe('opened');
    expect(numbers).not.toContain(await numberOf(taken.ticketId));
  });

  test('by a watcher joins the one they watch', async () => {
    const cleo = 'cleo@customer.example';
    const numbers = [await open('dan@customer.example'), await open('dan@customer.example')];
    for (const number of numbers) await desk.done(addToTicket, { number, extras: [cleo] });
    for (const number of numbers) {
      const [row] = await desk.db.sql<{ messageId: string }[]>`
        select message_id as "messageId" from notifications n join tickets t on t.id = n.ticket_id
        where t.number = ${number} and n.kind = 'ticket_opened'`;
      await desk.take(letter('dan@customer.example', [`In-Reply-To: ${row?.messageId ?? ''}`], `More of ${number}`));
    }
    const { messageId } = await digestTo(cleo);
    const taken = await answer(letter, cleo, messageId, 'Re: 2 updates', `I can help with #${numbers[0]}.`);
    expect(await numberOf(taken.ticketId)).toBe(numbers[0]);
    expect(taken.verdict).toBe('appended');
  });

  test('by an operator waits for a person, whatever number stands in its words: it goes to no customer', async () => {
    const numbers = [await open('fay@customer.example'), await open('fay@customer.example')];
    for (const number of numbers) {
      await desk.done(assignTicket, { number, to: JONAS });
      await desk.done(noteOnTicket, { number, text: 'They pay late.' });
    }
    const { messageId } = await digestTo(JONAS);
    const taken = await answer(proven, JONAS, messageId, 'Re: updates', `#${numbers[0]}: do not tell them.`);
    expect(taken).toMatchObject({ status: 'held', reason: 'answers_no_ticket' });
  });
});
