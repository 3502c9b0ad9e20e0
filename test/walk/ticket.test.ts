import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertCustomer, insertCustomerDomain } from '../../src/contacts/customer-store.ts';
import { insertAddress } from '../../src/contacts/store.ts';
import type { ContactId, TicketId } from '../../src/db/ids.ts';
import { addressOf, customerOfTicket, letter, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  desk.startWorker();
});
afterAll(() => desk.close());

const requesterOf = async (ticketId: number | null): Promise<ContactId | null> => {
  const [row] = await desk.db.sql<
    { id: ContactId | null }[]
  >`select requester_id as id from tickets where id = ${ticketId}`;
  return row?.id ?? null;
};
const countOf = async (ticketId: number | null): Promise<number> => {
  const [row] = await desk.db.sql<{ count: number }[]>`
    select count(*)::int as count from ticket_entries where ticket_id = ${ticketId}`;
  return row?.count ?? 0;
};

test('a mail becomes a ticket of a new contact, and is acknowledged without an echo of what they wrote', async () => {
  const subject = 'Subject: The lamp stays dark';
  const taken = await desk.take(letter('Ana Lima <ana@customer.example>', [subject], 'It worked until Monday.'));
  expect(taken).toMatchObject({ status: 'done', verdict: 'opened', rule: 'new_ticket' });
  const [ticket] = await desk.db.sql`
    select t.subject, t.status, c.first_name, c.last_name, e.text from tickets t
    join contacts c on c.id = t.requester_id join ticket_entries e on e.ticket_id = t.id where t.id = ${taken.ticketId}`;
  expect(ticket).toMatchObject({
    subject: 'The lamp stays dark',
    status: 'open',
    first_name: 'Ana',
    last_name: 'Lima',
  });
  expect(ticket?.['text']).toContain('It worked until Monday.');
  const { text } = await desk.acknowledgement(taken.ticketId);
  expect(text).toMatch(/^Auto-Submitted: auto-replied/m);
  expect(text).toMatch(/^Return-Path: <>/m);
  expect(text).toMatch(/^To: <?ana@customer\.example>?\r$/m);
  expect(text).toMatch(/^In-Reply-To: <m\d+@sender\.example>/m);
  expect(text).not.toMatch(/lamp|Monday|Lima/);
});

test('a second mail of the same person is a second ticket of the same contact', async () => {
  const first = await desk.take(letter('Bo Berg <bo@customer.example>'));
  const second = await desk.take(letter('B. Berg <BO@Customer.Example>'));
  expect(second.ticketId).not.toBe(first.ticketId);
  expect(await requesterOf(second.ticketId)).toBe(await requesterOf(first.ticketId));
});

test('a contact is known by any of their addresses', async () => {
  const first = await desk.take(letter('cleo@customer.example'));
  const cleo = await requesterOf(first.ticketId);
  await insertAddress(desk.db, addressOf('cleo.at.home@elsewhere.example'), cleo as ContactId, false);
  const second = await desk.take(letter('Cleo <cleo.at.home@elsewhere.example>'));
  expect(await requesterOf(second.ticketId)).toBe(cleo);
  const [owed] = await desk.owed(second.ticketId);
  expect(owed?.recipient).toBe('cleo.at.home@elsewhere.example');
});

test('somebody new belongs to the customer of their domain, else to nobody known', async () => {
  const harbour = await insertCustomer(desk.db, 'Harbour');
  if (harbour === null) throw new Error('no customer');
  await insertCustomerDomain(desk.db, harbour, 'harbour.example');
  const known = await desk.take(letter('dora@harbour.example'));
  expect(await customerOfTicket(desk.db, known.ticketId)).toBe(harbour);
  const other = await desk.take(letter('eva@quay.example'));
  expect(await customerOfTicket(desk.db, other.ticketId)).not.toBe(harbour);
});

test('the same mail delivered twice is one entry, whatever the servers on the way wrote on it', async () => {
  const common = letter('finn@customer.example');
  const first = await desk.take(Buffer.concat([Buffer.from('Received: by mx1.desk.test\r\n'), common]));
  const second = await desk.take(Buffer.concat([Buffer.from('Received: by mx2.desk.test\r\n'), common]));
  expect(second).toMatchObject({ verdict: 'duplicate', duplicateOf: first.id, ticketId: first.ticketId });
  expect(await countOf(first.ticketId)).toBe(1);
  expect(await desk.owed(first.ticketId)).toHaveLength(1);
});

test('a Message-ID that was used before, with other content, is another mail', async () => {
  const id = ['Message-ID: <again@customer.example>'];
  const first = await desk.take(letter('gus@customer.example', id, 'One thing.'));
  const second = await desk.take(letter('gus@customer.example', id, 'Another thing.'));
  expect(second.verdict).toBe('opened');
  expect(second.ticketId).not.toBe(first.ticketId);
});

test('the fourth acknowledgement to an address within an hour is suppressed, and its row says why', async () => {
  const tickets: (TicketId | null)[] = [];
  await desk.withToggle('ping_pong_rounds', '100', async () => {
    for (let i = 0; i < 4; i += 1) tickets.push((await desk.take(letter('hedy@customer.example'))).ticketId);
  });
  const owed = (await Promise.all(tickets.map((id) => desk.owed(id)))).flat();
  expect(owed.map(({ state }) => state === 'suppressed')).toEqual([false, false, false, true]);
  expect(owed[3]?.reason).toMatch(/^the address has had its acknowledgements for this hour/);
  await until('three have arrived', async () =>
    (await desk.inbox('hedy@customer.example')).length === 3 ? true : null,
  );
});

test('whom else a mail names is on the record, and makes nobody take part', async () => {
  const { ticketId } = await desk.take(
    letter('ida@customer.example', ['Cc: Boss <boss@customer.example>, other@elsewhere.example']),
  );
  const [entry] = await desk.db.sql<{ addressed: unknown }[]>`
    select addressed from ticket_entries where ticket_id = ${ticketId}`;
  expect(entry?.addressed).toEqual({
    to: ['support@desk.test'],
    cc: ['boss@customer.example', 'other@elsewhere.example'],
  });
  expect(await desk.db.sql`select 1 from ticket_participants where ticket_id = ${ticketId}`).toHaveLength(1);
});
