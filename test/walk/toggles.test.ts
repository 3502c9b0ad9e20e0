import { afterAll, beforeAll, expect, test } from 'vitest';
import { letter, openDesk } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  desk.startWorker();
});
afterAll(() => desk.close());

const ownersOf = (address: string) => desk.db.sql`select 1 from contact_addresses where address = ${address}`;

test('with tickets from mail off, mail is held and waits', async () => {
  await desk.withToggle('create_ticket_from_mail', 'off', async () => {
    const taken = await desk.take(letter('ana@customer.example'));
    expect(taken).toMatchObject({ status: 'held', reason: 'auto_ticket_off', ticketId: null });
  });
  expect(await ownersOf('ana@customer.example')).toHaveLength(0);
});

test('with tickets from mail off, a reply still joins its ticket', async () => {
  const { ticketId } = await desk.take(letter('bo@customer.example'));
  const { messageId } = await desk.acknowledgement(ticketId);
  await desk.withToggle('create_ticket_from_mail', 'off', async () => {
    const reply = await desk.take(letter('bo@customer.example', [`In-Reply-To: ${messageId}`]));
    expect(reply).toMatchObject({ verdict: 'appended', ticketId });
  });
});

test('with contacts from mail off, mail of somebody unknown is held and nobody is created; who is known gets a ticket', async () => {
  await desk.take(letter('cleo@customer.example'));
  await desk.withToggle('create_contact_from_mail', 'off', async () => {
    const unknown = await desk.take(letter('dora@customer.example'));
    expect(unknown).toMatchObject({ status: 'held', reason: 'contact_creation_off', ticketId: null });
    expect(await ownersOf('dora@customer.example')).toHaveLength(0);
    expect((await desk.take(letter('cleo@customer.example'))).verdict).toBe('opened');
  });
});

test('with acknowledgements off, the ticket has a row that says so', async () => {
  await desk.withToggle('acknowledge', 'off', async () => {
    const { ticketId } = await desk.take(letter('eva@customer.example'));
    expect(await desk.owed(ticketId)).toMatchObject([
      { state: 'suppressed', reason: 'acknowledgements are switched off here' },
    ]);
  });
  expect(await desk.inbox('eva@customer.example')).toHaveLength(0);
});

test('mail whose sender is not proven is held where an operator wants it so', async () => {
  await desk.withToggle('unauthenticated_mail', 'hold', async () => {
    expect(await desk.take(letter('finn@customer.example'))).toMatchObject({ status: 'held', reason: 'policy' });
  });
});
