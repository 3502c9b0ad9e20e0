import { afterAll, beforeAll, expect, test } from 'vitest';
import { addOperator, disableOperator } from '../../src/access/operations.ts';
import { resendMail } from '../../src/notifications/intervene-operations.ts';
import { assignTicket } from '../../src/tickets/assign-operations.ts';
import { noteOnTicket } from '../../src/tickets/operations.ts';
import { letter, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

// FEATURES N-02: whoever is an operator no more hears nothing of what is the staff's.

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

const EX = 'jonas@desk.test';
const mailsTo = () => desk.db.sql<{ id: number; kind: string; state: string; reason: string | null }[]>`
  select id, kind, state, reason from notifications where recipient = ${EX} order by id`;

test('mail to the staff that waits for an operator is cancelled when they are disabled, and none goes again by hand', async () => {
  const worker = desk.startWorker();
  await desk.done(addOperator, { address: EX, name: 'Jonas Weil' });
  const { ticketId } = await desk.take(letter('ana@lantern.example', ['Subject: The gate']));
  const [row] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
  const number = row?.number ?? 0;
  await desk.done(assignTicket, { number, to: EX });
  await desk.done(noteOnTicket, { number, text: 'They owe us three invoices.' });
  const sent = await until('he has been told', async () => {
    const note = (await mailsTo()).find(({ kind }) => kind === 'staff_note_added');
    return note?.state === 'sent' ? note : null;
  });
  await worker.stop();
  await desk.done(noteOnTicket, { number, text: 'And a fourth one.' });
  await desk.done(disableOperator, { address: EX });
  const reason = 'they are disabled as an operator, and the mail is for the staff alone';
  expect((await mailsTo()).at(-1)).toMatchObject({ kind: 'staff_note_added', state: 'cancelled', reason });

  const before = await desk.inbox(EX);
  await desk.done(resendMail, { id: sent.id, anyway: true });
  desk.startWorker();
  const again = await until('it was tried', async () => {
    const mail = (await mailsTo()).find(({ id }) => id === sent.id);
    return mail !== undefined && mail.state !== 'queued' && mail.state !== 'sending' ? mail : null;
  });
  expect(again).toMatchObject({ state: 'failed', reason });
  expect(await desk.inbox(EX)).toEqual(before);
});
