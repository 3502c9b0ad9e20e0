import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TicketId } from '../../src/db/ids.ts';
import { letter, openDesk } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  desk.startWorker();
});
afterAll(() => desk.close());

const entriesOf = (ticketId: TicketId | null) => desk.db.sql<{ visibility: string; flags: readonly string[] }[]>`
  select visibility, flags from ticket_entries where ticket_id = ${ticketId} order by id`;

async function conversation(from: string) {
  const id = `<first.${from}>`;
  const { ticketId } = await desk.take(letter(from, [`Message-ID: ${id}`]));
  return { ticketId, id, ours: (await desk.acknowledgement(ticketId)).messageId };
}

const inReplyTo = (id: string) => [`In-Reply-To: ${id}`, `References: ${id}`];

test('a reply to our acknowledgement joins its ticket, and is not acknowledged again', async () => {
  const { ticketId, ours } = await conversation('ana@customer.example');
  const reply = await desk.take(letter('ana@customer.example', inReplyTo(ours)));
  expect(reply).toMatchObject({ verdict: 'appended', rule: 'participants_reply', ticketId });
  expect((await entriesOf(ticketId)).map(({ visibility }) => visibility)).toEqual(['everybody', 'everybody']);
  expect(await desk.owed(ticketId)).toHaveLength(1);
});

test("a stranger's reply with our token waits in the airlock, for operators' eyes", async () => {
  const { ticketId, ours } = await conversation('bo@customer.example');
  const reply = await desk.take(letter('stranger@elsewhere.example', inReplyTo(ours)));
  expect(reply).toMatchObject({ verdict: 'airlocked', ticketId });
  const [, entry] = await entriesOf(ticketId);
  expect(entry).toMatchObject({ visibility: 'operators_until_admitted' });
  expect(entry?.flags).toContain('not_participant');
});

test('a token that was changed opens nothing: the mail is a new ticket', async () => {
  const { ticketId, ours } = await conversation('cleo@customer.example');
  const changed = ours.replace(/(.)@/, (_, last: string) => `${last === 'a' ? 'b' : 'a'}@`);
  const reply = await desk.take(letter('stranger2@elsewhere.example', inReplyTo(changed)));
  expect(reply.verdict).toBe('opened');
  expect(reply.ticketId).not.toBe(ticketId);
});

test("a participant's references to their own mail join the ticket", async () => {
  const { ticketId, id } = await conversation('dora@customer.example');
  const reply = await desk.take(letter('dora@customer.example', inReplyTo(id)));
  expect(reply).toMatchObject({ verdict: 'appended', ticketId });
});

test("a stranger's references to somebody's mail open a new ticket", async () => {
  const { ticketId, id } = await conversation('eva@customer.example');
  const reply = await desk.take(letter('stranger3@elsewhere.example', inReplyTo(id)));
  expect(reply.verdict).toBe('opened');
  expect(reply.ticketId).not.toBe(ticketId);
});

test('mail of a contact who is not active is held, but their reply to an open ticket joins it', async () => {
  const { ticketId, ours } = await conversation('finn@customer.example');
  await desk.db.sql`
    update contacts set status = 'deactivated'
    where id = (select contact_id from contact_addresses where address = 'finn@customer.example')`;
  expect(await desk.take(letter('finn@customer.example'))).toMatchObject({
    status: 'held',
    reason: 'non_active_contact',
    ticketId: null,
  });
  expect(await desk.take(letter('finn@customer.example', inReplyTo(ours)))).toMatchObject({
    verdict: 'appended',
    ticketId,
  });
});

test('a reply wakes a ticket that was closed of late, and opens another when that is long ago', async () => {
  const { ticketId, ours } = await conversation('gus@customer.example');
  const close = (when: Date) =>
    desk.db.sql`update tickets set status = 'closed', closed_at = ${when} where id = ${ticketId}`;
  await close(new Date());
  expect(await desk.take(letter('gus@customer.example', inReplyTo(ours)))).toMatchObject({
    verdict: 'appended',
    ticketId,
  });
  const [ticket] = await desk.db.sql<{ status: string }[]>`select status from tickets where id = ${ticketId}`;
  expect(ticket?.status).toBe('open');
  const traces = await desk.db.sql`select text from ticket_entries where ticket_id = ${ticketId} and kind = 'status'`;
  expect(traces).toMatchObject([{ text: 'The reply opened the ticket again; it was closed.' }]);
  await close(new Date(Date.now() - 40 * 86_400_000));
  const late = await desk.take(letter('gus@customer.example', inReplyTo(ours)));
  expect(late.verdict).toBe('opened');
  expect(late.ticketId).not.toBe(ticketId);
});
