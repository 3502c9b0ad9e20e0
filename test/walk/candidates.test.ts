import { afterAll, beforeAll, expect, test } from 'vitest';
import { mergeContacts, unmergeContact } from '../../src/contacts/merge-operations.ts';
import { addContact } from '../../src/contacts/operations.ts';
import { explainMessages, explanationLines } from '../../src/inbound/explain.ts';
import { showHeld } from '../../src/inbound/held-operations.ts';
import { processMessage } from '../../src/inbound/process-operations.ts';
import { showTicket } from '../../src/tickets/operations.ts';
import { mailOf } from '../mail/fixture.ts';
import type { Desk, Taken } from './desk.ts';
import { DESK, letter, openDesk, until } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  desk.startWorker();
});
afterAll(() => desk.close());

const person = async (firstName: string, address: string): Promise<number> => {
  const added = await desk.done(addContact, {
    firstName,
    lastName: 'Lima',
    customer: 'Unassigned',
    addresses: [address],
  });
  if (added === null) throw new Error('nobody was added');
  return added.id;
};
const why = async (reference: string) =>
  (await explainMessages(desk.db, reference)).flatMap(explanationLines).join('\n');

/** Another mail wakes the worker, which would look by itself within half a minute. */
async function untilDone(id: number): Promise<Taken> {
  await desk.mail.deliver(DESK, letter('bystander@customer.example'));
  return until('the message is done', async () => {
    const [row] = await desk.db.sql<Taken[]>`
      select id, status, verdict, reason, rule, ticket_id as "ticketId", duplicate_of as "duplicateOf"
      from inbound_messages where id = ${id} and status = 'done'`;
    return row ?? null;
  });
}
const requesterOf = async (ticketId: number | null) => {
  const rows = await desk.db.sql<{ contactId: number; number: number }[]>`
    select requester_id as "contactId", number from tickets where id = ${ticketId}`;
  return rows[0];
};

let sent = 0;
const ambiguous = (from: string) => {
  sent += 1;
  return mailOf([`From: ${from}`, `To: <${DESK}>`, `Subject: Who ${sent}`, `Message-ID: <who${sent}@x.example>`]);
};

test('mail that names several senders is held with its candidates, and goes on as mail of the one an operator names', async () => {
  const ana = await person('Ana', 'ana@lantern.example');
  const held = await desk.take(ambiguous('ana@lantern.example, Eve <eve`id`@quarry.example>'));
  expect(held).toMatchObject({ status: 'held', reason: 'ambiguous_sender' });
  const words = await why('held');
  expect(words).toContain(
    `may be    ana@lantern.example, contact ${ana}: deskbell process ${held.id} --sender ana@lantern.example`,
  );
  // An address may hold what commands a shell: it is printed so that it does not.
  expect(words).toContain(
    `eve\`id\`@quarry.example, nobody known: deskbell process ${held.id} --sender 'eve\`id\`@quarry.example'`,
  );

  const [row] = (await desk.done(showHeld, {})).rows;
  expect(row).toMatchObject({
    message: held.id,
    candidates: [
      { address: 'ana@lantern.example', contactId: ana },
      { address: 'eve`id`@quarry.example', contactId: null },
    ],
  });

  await expect(desk.done(processMessage, { message: held.id })).rejects.toThrow('still_held');
  await expect(desk.done(processMessage, { message: held.id, sender: 'bo@lantern.example' })).rejects.toThrow(
    'no_candidate',
  );
  await desk.done(processMessage, { message: held.id, sender: 'ANA@lantern.example' });
  const done = await untilDone(held.id);
  expect(done).toMatchObject({ verdict: 'opened', rule: 'new_ticket' });
  const ticket = await requesterOf(done.ticketId);
  expect(ticket?.contactId).toBe(ana);

  // Nothing proves it, and nobody is answered by a machine.
  expect(await desk.owed(done.ticketId)).toMatchObject([
    { state: 'suppressed', reason: expect.stringContaining('an operator said who wrote it') },
  ]);
  const { entries } = await desk.done(showTicket, { number: ticket?.number });
  expect(entries[0]?.flags).toEqual(['sender_unproven', 'sender_chosen']);
  expect(entries[0]?.notes).toContain('its From field names nobody for certain: an operator said who wrote it');
  expect(await why(String(held.id))).toContain('released  by system:cli, as mail of ana@lantern.example');
  expect(await why(String(held.id))).toContain('proven    none: From names nobody for certain');
});

test('a candidate nobody knows becomes a contact, as any sender would', async () => {
  const held = await desk.take(ambiguous('"x" <a@new.example> <b@new.example>'));
  await desk.done(processMessage, { message: held.id, sender: 'b@new.example' });
  const done = await untilDone(held.id);
  const [row] = await desk.db.sql`
    select address from contact_addresses where contact_id = ${(await requesterOf(done.ticketId))?.contactId ?? 0}`;
  expect(row).toEqual({ address: 'b@new.example' });
});

test('whom the desk would hold all the same it says so beforehand', async () => {
  await desk.done(addContact, {
    firstName: 'Ida',
    lastName: 'Idle',
    customer: 'Unassigned',
    addresses: ['idle@lantern.example'],
    deactivated: true,
  });
  const held = await desk.take(ambiguous('idle@lantern.example, other@lantern.example'));
  const naming = desk.done(processMessage, { message: held.id, sender: 'idle@lantern.example' });
  await expect(naming).rejects.toThrow('the contact is not active');
});

test('mail of one sender alone lets nobody be chosen', async () => {
  const held = await desk.withToggle('create_ticket_from_mail', 'off', () => desk.take(letter('cleo@lantern.example')));
  const naming = desk.done(processMessage, { message: held.id, sender: 'ana@lantern.example' });
  await expect(naming).rejects.toThrow('sender_is_known');
});

test('merged people answer each other’s tickets; un-merged, each has their own again (P-14, B-12)', async () => {
  const [bea, bee] = [await person('Bea', 'bea@lantern.example'), await person('Bee', 'bee@home.example')];
  const first = await desk.take(letter('bea@lantern.example', ['Message-ID: <bea1@x.example>']));
  await desk.done(mergeContacts, { contact: bee, into: bea, acrossCustomers: true });
  const answer = await desk.take(letter('bee@home.example', ['In-Reply-To: <bea1@x.example>']));
  expect(answer).toMatchObject({ verdict: 'appended', ticketId: first.ticketId });
  expect(await why(String(answer.id))).toContain(`bee@home.example, contact ${bea}, of whom contact ${bee} was part`);
  const own = await desk.take(letter('bee@home.example', ['Message-ID: <bee1@x.example>']));
  expect((await requesterOf(own.ticketId))?.contactId).toBe(bee);
  await desk.done(unmergeContact, { contact: bee });

  const stranger = await desk.take(letter('bee@home.example', ['In-Reply-To: <bea1@x.example>']));
  expect(stranger).toMatchObject({ verdict: 'opened' });
  const theirs = await desk.take(letter('bee@home.example', ['In-Reply-To: <bee1@x.example>']));
  expect(theirs).toMatchObject({ verdict: 'appended', ticketId: own.ticketId });
});

test('the person’s choices and state count for mail from every address of theirs, while they are merged', async () => {
  const [dan, dani] = [await person('Dan', 'dan@lantern.example'), await person('Dani', 'dani@lantern.example')];
  await desk.db.sql`update contacts set status = 'deactivated' where id = ${dan}`;
  await desk.done(mergeContacts, { contact: dani, into: dan });
  expect(await desk.take(letter('dani@lantern.example'))).toMatchObject({
    status: 'held',
    reason: 'non_active_contact',
  });
  await desk.done(unmergeContact, { contact: dani });
  expect(await desk.take(letter('dani@lantern.example'))).toMatchObject({ verdict: 'opened' });
});
