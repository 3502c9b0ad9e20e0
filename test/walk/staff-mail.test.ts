import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertOperator } from '../../src/access/store.ts';
import { inTransaction } from '../../src/db/client.ts';
import type { TicketId } from '../../src/db/ids.ts';
import { raiseEvents } from '../../src/notifications/raise.ts';
import { assignTicket } from '../../src/tickets/assign-operations.ts';
import { noteOnTicket, showTicket } from '../../src/tickets/operations.ts';
import { addToTicket } from '../../src/tickets/participant-operations.ts';
import type { Desk } from './desk.ts';
import { addressOf, letter, MX, openDesk, proven, until } from './desk.ts';

const JONAS = 'jonas@desk.test';
const LENA = 'lena@desk.test';
let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ authservIds: [MX] });
  await insertOperator(desk.db, { address: addressOf(JONAS), name: 'Jonas Weil', role: 'agent' });
  await insertOperator(desk.db, { address: addressOf(LENA), name: 'Lena Roth', role: 'admin' });
  await desk.db.sql`update operators set hears_of_tickets = 'all', locale = 'de' where address = ${JONAS}`;
  desk.startWorker();
});
afterAll(() => desk.close());

let people = 0;
/** A ticket of somebody new who is proven, and what they wrote it from. */
async function ticketOf(body: string) {
  people += 1;
  const from = `kim${people}@customer.example`;
  const { ticketId } = await desk.take(proven(`Kim Tide <${from}>`, [], body));
  const [row] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
  return { from, ticketId, number: row?.number ?? 0 };
}

/** The newest mail of that kind about a ticket, as the operator has it in their mailbox. */
const staffMail = (ticketId: TicketId | null, kind: string, to = JONAS) =>
  until(`${kind} has arrived`, async () => {
    const [row] = await desk.db.sql<{ messageId: string; view: { desk: unknown } }[]>`
      select message_id as "messageId", view from notifications
      where kind = ${kind} and recipient = ${to} and ticket_id is not distinct from ${ticketId} order by id desc limit 1`;
    if (row === undefined) return null;
    const text = (await desk.inbox(to)).find((one) => one.includes(row.messageId));
    return text === undefined ? null : { messageId: row.messageId, text };
  });

const mailsOf = (ticketId: TicketId | null) => desk.db.sql<{ kind: string; recipient: string; state: string }[]>`
  select kind, recipient, state from notifications where ticket_id = ${ticketId} order by id`;

describe('N-08: agents take part by mail', () => {
  test('a new ticket reaches whoever hears of all; their answer to that mail reaches the customer as theirs', async () => {
    const { from, ticketId, number } = await ticketOf('The lamp stays dark.');
    const { messageId, text } = await staffMail(ticketId, 'staff_ticket_opened');
    expect(text).toContain('The lamp stays dark.');
    expect(text).toContain('Kim Tide');
    // The signed Message-ID, or a signed Reply-To where the mailbox takes plus addresses, leads the answer back.
    expect(messageId).toMatch(/^<v1\.staff_ticket_opened\./);
    const answer = 'Please hold the button.\r\n\r\nOn Sat, 21 Nov 2026 The desk wrote:\r\n> The lamp stays dark.';
    const taken = await desk.take(proven(JONAS, [`In-Reply-To: ${messageId}`], answer));
    expect(taken).toMatchObject({ verdict: 'appended', rule: 'agents_reply', ticketId });
    const { entries } = await desk.done(showTicket, { number });
    expect(entries.at(-1)).toMatchObject({ kind: 'reply', authorName: 'Jonas Weil', text: 'Please hold the button.' });
    const arrived = await until(
      'the customer has it',
      async () => (await desk.inbox(from)).find((one) => one.includes('Please hold the button.')) ?? null,
    );
    expect(arrived).not.toContain('> The lamp');
  });

  test('what a customer answers reaches whoever works on the ticket, and not themselves', async () => {
    const { from, ticketId, number } = await ticketOf('First.');
    await desk.done(assignTicket, { number, to: LENA });
    expect((await staffMail(ticketId, 'staff_assigned', LENA)).text).toContain(`#${number}`);
    const { messageId } = await desk.acknowledgement(ticketId);
    await desk.take(proven(from, [`In-Reply-To: ${messageId}`], 'It blinks now.'));
    expect((await staffMail(ticketId, 'staff_contact_replied', LENA)).text).toContain('It blinks now.');
    expect((await mailsOf(ticketId)).filter(({ kind }) => kind === 'contact_replied')).toEqual([]);
  });

  test('an answer to the mail about a note takes none of the note to the customer', async () => {
    const { from, ticketId, number } = await ticketOf('The invoice is wrong.');
    await desk.done(assignTicket, { number, to: JONAS });
    await desk.done(noteOnTicket, { number, text: 'They never pay in time.' });
    const { messageId, text } = await staffMail(ticketId, 'staff_note_added');
    expect(text).toContain('They never pay in time.');
    const answer = 'We sent a new one.\r\n\r\nOn Sat, 21 Nov 2026 The desk wrote:\r\n> They never pay in time.';
    await desk.take(proven(JONAS, [`In-Reply-To: ${messageId}`], answer));
    const arrived = await until(
      'the customer has it',
      async () => (await desk.inbox(from)).find((one) => one.includes('We sent a new one.')) ?? null,
    );
    expect(arrived).not.toContain('never pay');
  });

  test('the words of a customer reach the others who take part; of their own nothing is stored', async () => {
    const { from, ticketId, number } = await ticketOf('Who has the key?');
    await desk.done(addToTicket, { number, extras: ['guard@gate.example'] });
    const { messageId } = await desk.acknowledgement(ticketId);
    await desk.take(proven(from, [`In-Reply-To: ${messageId}`], 'I found it.'));
    const arrived = await until(
      'the guard has it',
      async () => (await desk.inbox('guard@gate.example')).find((one) => one.includes('I found it.')) ?? null,
    );
    expect(arrived).toContain('Kim Tide');
    expect((await mailsOf(ticketId)).filter(({ kind }) => kind === 'contact_replied')).toMatchObject([
      { recipient: from, state: 'suppressed' },
      { recipient: 'guard@gate.example' },
    ]);
  });

  test('what a machine of an operator answers is told to nobody', async () => {
    const { ticketId } = await ticketOf('Is anybody there?');
    const { messageId } = await staffMail(ticketId, 'staff_ticket_opened');
    const before = await mailsOf(ticketId);
    const away = [`In-Reply-To: ${messageId}`, 'Auto-Submitted: auto-replied', 'Subject: Out of office'];
    await desk.take(proven(JONAS, away, 'I am away.'));
    expect(await mailsOf(ticketId)).toHaveLength(before.length);
  });

  test('an answer to an alarm is held with the reason, and opens no ticket; a machine’s is only recorded', async () => {
    const { mailboxId } = desk;
    const payload = { mailboxId, waiting: 3, oldestAt: '2026-03-02T07:10:00Z' };
    await inTransaction(desk.db, (tx) => raiseEvents(tx, desk.keys, [{ kind: 'held_mail_waits', payload }]));
    const { messageId } = await staffMail(null, 'held_mail_waits', LENA);
    const answered = await desk.take(proven(LENA, [`In-Reply-To: ${messageId}`], 'I will look at it.'));
    expect(answered).toMatchObject({ status: 'held', reason: 'answers_no_ticket', ticketId: null });
    const away = [`In-Reply-To: ${messageId}`, 'Auto-Submitted: auto-replied', 'Subject: Out of office'];
    expect(await desk.take(proven(LENA, away, 'Away.'))).toMatchObject({ verdict: 'report_recorded', ticketId: null });
  });

  test('somebody who takes no part is told of to the staff alone', async () => {
    const { ticketId, number } = await ticketOf('Mine.');
    await desk.done(assignTicket, { number, to: JONAS });
    const { messageId } = await desk.acknowledgement(ticketId);
    await desk.take(letter('eve@elsewhere.example', [`In-Reply-To: ${messageId}`], 'Let me in.'));
    expect((await staffMail(ticketId, 'staff_reply_waits')).text).toContain('Let me in.');
    expect((await mailsOf(ticketId)).map(({ kind }) => kind)).not.toContain('contact_replied');
  });
});
