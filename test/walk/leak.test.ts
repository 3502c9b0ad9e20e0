import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addOperator } from '../../src/access/operations.ts';
import type { TicketId } from '../../src/db/ids.ts';
import { retryMail } from '../../src/notifications/intervene-operations.ts';
import { restoreTemplate, setTemplate } from '../../src/notifications/templates/write-operations.ts';
import { setToggle } from '../../src/settings/operations.ts';
import { assignTicket } from '../../src/tickets/assign-operations.ts';
import { mergeTickets } from '../../src/tickets/merge-operations.ts';
import { noteOnTicket, replyToTicket } from '../../src/tickets/operations.ts';
import { DESK, letter, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  desk.startWorker();
});
afterAll(() => desk.close());

const CUSTOMERS_WORDS =
  'The lamp at the back gate has been dark since Monday, and the one beside it flickers whenever a train goes by.';
const SECRET =
  'Careful with this one: they owe us three invoices, and the boss wants us to be slow until they have paid all of them.';

let people = 0;
async function open(): Promise<{ readonly ticketId: TicketId; readonly number: number; readonly customer: string }> {
  people += 1;
  const customer = `ana${people}@customer.example`;
  const { ticketId } = await desk.take(letter(customer, [`To: ${DESK}`, 'Subject: The gate'], CUSTOMERS_WORDS));
  if (ticketId === null) throw new Error('no ticket was opened');
  const [row] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
  return { ticketId, number: row?.number ?? 0, customer };
}

/** The newest answer, once it is known what became of it. */
const answerOf = (ticketId: TicketId) =>
  until('the answer was sent or held', async () => {
    const [row] = await desk.db.sql<{ id: number; state: string; reason: string | null }[]>`
      select id, state, reason from notifications where ticket_id = ${ticketId} and kind = 'agent_replied'
      order by id desc limit 1`;
    return row?.state === 'sent' || row?.state === 'failed' ? row : null;
  });

/** So many notes, each of other words. */
const addNotes = (ticketId: TicketId, count: number, length: number) => desk.db.sql`
  insert into ticket_entries (ticket_id, kind, visibility, author, author_name, text)
  select ${ticketId}, 'note', 'operators', 'system', 'Deskbell',
    left(repeat('note' || i || ' lamp' || i || ' gate' || i || ' ', ${Math.ceil(length / 15)}), ${length})
  from generate_series(1, ${count}) i`;

const notComparedWith = async (ticketId: TicketId): Promise<readonly string[]> => {
  const rows = await desk.db.sql<{ reply: string }[]>`
    select d.reply from deliveries d join notifications n on n.id = d.notification_id
    where n.ticket_id = ${ticketId} and d.outcome = 'not_compared'`;
  return rows.map(({ reply }) => reply);
};

describe('B-15: no words of an internal note leave the desk', () => {
  test('an operator who pastes a note into an answer: it is held, says why, and goes when they say so', async () => {
    const { ticketId, number, customer } = await open();
    await desk.done(noteOnTicket, { number, text: SECRET });
    await desk.done(replyToTicket, { number, text: `Hello,\n\n${SECRET.toUpperCase()}\n\nJonas` });
    const held = await answerOf(ticketId);
    expect(held).toMatchObject({ state: 'failed' });
    expect(held.reason).toMatch(
      new RegExp(
        `^held back: it has words of the internal note of \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\dZ in ticket ${number}; ` +
          `read both with: deskbell ticket show ${number}; send it all the same with: deskbell outbox retry ${held.id} --anyway$`,
      ),
    );
    expect((await desk.inbox(customer)).join('')).not.toContain('INVOICES');
    const { says } = await desk.done(retryMail, { id: held.id });
    expect(says).toContain(`deskbell outbox retry ${held.id} --anyway`);
    await until('it is held again', async () => {
      const rows = await desk.db.sql`select 1 from deliveries where notification_id = ${held.id}`;
      return rows.length === 2 ? true : null;
    });
    await desk.done(retryMail, { id: held.id, anyway: true });
    expect(await answerOf(ticketId)).toMatchObject({ id: held.id, state: 'sent' });
    expect((await desk.inbox(customer)).join('')).toContain('INVOICES');
  });

  test.each([
    [
      'a note that quotes the customer, whose words the answer quotes too',
      CUSTOMERS_WORDS,
      `You wrote:\n${CUSTOMERS_WORDS}\nWe come on Friday.`,
    ],
    ['a short note', 'ok, thanks', 'ok, thanks'],
    [
      'a note that shares a few words by chance',
      'I think that we should call them on Friday.',
      'I think that we should come on Friday.',
    ],
    [
      'a note that quotes what our mail says anyway',
      'They asked what this means: To answer, simply reply to this mail. Your request is #1001.',
      'It means that you can reply.',
    ],
  ])('%s holds nothing', async (_, note, answer) => {
    const { ticketId, number } = await open();
    await desk.done(noteOnTicket, { number, text: note });
    await desk.done(replyToTicket, { number, text: answer });
    expect(await answerOf(ticketId)).toMatchObject({ state: 'sent', reason: null });
  });

  test('a note about an answer that went out before holds no second answer with the same words', async () => {
    const { ticketId, number } = await open();
    const promise =
      'We promise to come on Friday between ten and twelve with two new lamps and a ladder that is long enough.';
    await desk.done(replyToTicket, { number, text: promise });
    expect(await answerOf(ticketId)).toMatchObject({ state: 'sent' });
    await desk.done(noteOnTicket, { number, text: `I told them: ${promise}` });
    await desk.done(replyToTicket, { number, text: `As I wrote: ${promise}` });
    expect(await answerOf(ticketId)).toMatchObject({ state: 'sent' });
  });

  test('a template that says it in the HTML part alone does not get it past', async () => {
    const { ticketId, number } = await open();
    await desk.done(setTemplate, {
      kind: 'agent_replied',
      locale: 'en',
      text: 'Please read the other part of this mail.',
    });
    await until('workers have it', async () => {
      await desk.done(replyToTicket, { number, text: 'We come on Friday.' });
      await answerOf(ticketId);
      const rows = await desk.db.sql<{ bytes: Buffer }[]>`
        select m.bytes from notification_mime m join notifications n on n.id = m.notification_id
        where n.ticket_id = ${ticketId} order by n.id desc limit 1`;
      return rows[0]?.bytes.includes('the other part') === true ? true : null;
    });
    await desk.done(noteOnTicket, { number, text: SECRET });
    await desk.done(replyToTicket, { number, text: SECRET });
    expect(await answerOf(ticketId)).toMatchObject({ state: 'failed', reason: expect.stringContaining('held back') });
    await desk.done(restoreTemplate, { kind: 'agent_replied', locale: 'en', shipped: true });
  });

  test('what the staff have been told by mail is no less a secret', async () => {
    const { ticketId, number } = await open();
    const jonas = 'jonas@desk.test';
    await desk.done(addOperator, { address: jonas, name: 'Jonas Weil' });
    await desk.done(assignTicket, { number, to: jonas });
    await desk.done(setToggle, { toggle: 'notify_staff_agent_replied', value: 'on' });
    await desk.done(noteOnTicket, { number, text: SECRET });
    await desk.done(replyToTicket, { number, text: SECRET });
    const held = await answerOf(ticketId);
    expect(held).toMatchObject({ state: 'failed' });
    await until('he has read the answer', async () => {
      const rows = await desk.db.sql`
        select 1 from notifications where ticket_id = ${ticketId} and kind = 'staff_agent_replied' and state = 'sent'`;
      return rows.length === 1 ? true : null;
    });
    await desk.done(retryMail, { id: held.id });
    expect(await answerOf(ticketId)).toMatchObject({ state: 'failed' });
  });

  test('a code in a short note is held, and goes once the customer has named it', async () => {
    const { ticketId, number, customer } = await open();
    await desk.done(noteOnTicket, { number, text: 'Asked Eva.\nGate code: 4711-9920\nNot for them!' });
    await desk.done(replyToTicket, { number, text: 'Try this gate code: 4711-9920.' });
    expect(await answerOf(ticketId)).toMatchObject({ state: 'failed', reason: expect.stringContaining('held back') });
    await desk.take(
      letter(customer, [`To: ${DESK}`, `Subject: Re: [#${number}] The gate`], 'Is it 4711 9920? Or 47119920?'),
    );
    await desk.db.sql`update ticket_entries set ticket_id = ${ticketId} where text like 'Is it 4711%'`;
    await desk.done(replyToTicket, { number, text: 'Yes, the gate code: 4711-9920.' });
    expect(await answerOf(ticketId)).toMatchObject({ state: 'sent' });
  });

  test('the oldest of 5,000 notes is compared like the newest', async () => {
    const { ticketId, number } = await open();
    await desk.done(noteOnTicket, { number, text: SECRET });
    await addNotes(ticketId, 5_000, 300);
    await desk.done(replyToTicket, { number, text: SECRET });
    expect(await answerOf(ticketId)).toMatchObject({ state: 'failed', reason: expect.stringContaining('held back') });
    expect(await notComparedWith(ticketId)).toEqual([]);
  });

  test('where there is more than is compared, the mail says so', async () => {
    const { ticketId, number } = await open();
    await desk.done(noteOnTicket, { number, text: SECRET });
    await addNotes(ticketId, 70, 65_536);
    await desk.done(replyToTicket, { number, text: 'We come on Friday.' });
    expect(await answerOf(ticketId)).toMatchObject({ state: 'sent' });
    expect(await notComparedWith(ticketId)).toEqual([
      'not compared with the oldest 7 internal notes of its ticket: the newest 4 MB were, and held nothing back',
    ]);
  });

  test('tickets that are one have their notes in common, whichever way they went', async () => {
    const one = await open();
    const other = await open();
    const third = await open();
    await desk.done(noteOnTicket, { number: other.number, text: SECRET });
    await desk.done(noteOnTicket, { number: third.number, text: 'Gate code: 4711-9920' });
    for (const { number } of [one, third]) {
      await desk.done(mergeTickets, { number, into: other.number, acrossCustomers: true });
    }
    // Owed before the merge, as it were.
    await desk.done(replyToTicket, { number: other.number, text: `Hello,\n\n${SECRET}` });
    const held = await answerOf(other.ticketId);
    expect(held).toMatchObject({ state: 'failed' });
    await desk.db.sql`update notifications set ticket_id = ${one.ticketId} where id = ${held.id}`;
    await desk.done(retryMail, { id: held.id });
    expect(await answerOf(one.ticketId)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining(`in ticket ${other.number};`),
    });
    await desk.done(replyToTicket, { number: other.number, text: 'The gate code: 4711-9920' });
    expect(await answerOf(other.ticketId)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining(`in ticket ${third.number};`),
    });
  });

  test('the note of another ticket is not compared', async () => {
    const one = await open();
    const other = await open();
    await desk.done(noteOnTicket, { number: one.number, text: SECRET });
    await desk.done(replyToTicket, { number: other.number, text: SECRET });
    expect(await answerOf(other.ticketId)).toMatchObject({ state: 'sent' });
  });
});
