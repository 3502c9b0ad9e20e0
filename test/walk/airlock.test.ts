import { afterAll, beforeAll, expect, test } from 'vitest';
import { addContact } from '../../src/contacts/operations.ts';
import { admitEntry } from '../../src/inbound/admit-operations.ts';
import { showTicket } from '../../src/tickets/operations.ts';
import { dmarc, letter, MX, openDesk } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ authservIds: [MX] });
  desk.startWorker();
});
afterAll(() => desk.close());

/** A stranger's answer with the token of somebody else's acknowledgement. */
async function airlocked(name: string) {
  const { ticketId } = await desk.take(letter(`${name}@customer.example`));
  const { messageId } = await desk.acknowledgement(ticketId);
  const answer = letter(`Kim Stranger <kim.${name}@elsewhere.example>`, [`In-Reply-To: ${messageId}`], 'I know more.');
  await desk.take(answer);
  const [ticket] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
  const number = ticket?.number ?? 0;
  const { entries } = await desk.done(showTicket, { number });
  return { ticketId, number, entry: Number(entries[1]?.id), messageId };
}
const shown = async (number: number) => desk.done(showTicket, { number });

test('let in once, the mail is shown to all, and its sender still takes no part', async () => {
  const { number, entry } = await airlocked('ana');
  await desk.done(admitEntry, { number, entry, how: 'once' });
  const { entries, participants } = await shown(number);
  expect(entries[1]).toMatchObject({ visibility: 'everybody', text: 'I know more.\n' });
  expect(participants).toHaveLength(1);
  await expect(desk.done(admitEntry, { number, entry, how: 'once' })).rejects.toThrow('entry_not_found');
});

test('let in with its sender, the next answer of theirs joins by itself', async () => {
  const { number, entry, ticketId, messageId } = await airlocked('bo');
  await desk.done(admitEntry, { number, entry, how: 'participant' });
  expect((await shown(number)).participants).toMatchObject([{ role: 'requester' }, { role: 'cc' }]);
  const next = letter('kim.bo@elsewhere.example', [`In-Reply-To: ${messageId}`]);
  expect(await desk.take(next)).toMatchObject({ verdict: 'appended', ticketId });
});

test('as a ticket of its own it leaves the other, is acknowledged, and answers to it go there', async () => {
  const { number, entry } = await airlocked('cleo');
  const { into } = await desk.done(admitEntry, { number, entry, how: 'ticket' });
  expect(into).not.toBe(number);
  const [before, own] = [await shown(number), await shown(into)];
  expect(before.entries.map(({ kind }) => kind)).toEqual(['mail', 'note']);
  expect(own).toMatchObject({ entries: [{ text: 'I know more.\n' }], links: [{ kind: 'came_from', number }] });
  expect(own.mails).toMatchObject([{ kind: 'ticket_opened', recipient: 'kim.cleo@elsewhere.example' }]);
});

test('P-06: whoever is not active gets no ticket out of an airlock either', async () => {
  const { number, entry } = await airlocked('finn');
  await desk.done(addContact, {
    customer: 'Unassigned',
    firstName: 'Kim',
    lastName: 'Finn',
    addresses: ['kim.finn@elsewhere.example'],
    deactivated: true,
  });
  await expect(desk.done(admitEntry, { number, entry, how: 'ticket' })).rejects.toThrow('contact_not_active');
  await desk.done(admitEntry, { number, entry, how: 'once' });
});

test('as a ticket of its own, a mail that a machine wrote is not acknowledged', async () => {
  const { ticketId } = await desk.take(letter('emil@customer.example'));
  const { messageId } = await desk.acknowledgement(ticketId);
  const lines = [`In-Reply-To: ${messageId}`, 'Auto-Submitted: auto-generated'];
  await desk.take(letter('cron@elsewhere.example', lines, 'Backup done.'));
  const [ticket] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
  const number = ticket?.number ?? 0;
  const entry = Number((await shown(number)).entries[1]?.id);
  const { into } = await desk.done(admitEntry, { number, entry, how: 'ticket' });
  expect((await shown(into)).mails).toMatchObject([
    { state: 'suppressed', reason: expect.stringContaining('RFC 3834') },
  ]);
});

test('a reply that fails the domain of the participant it names is shown to operators alone, and makes nobody one', async () => {
  const { ticketId } = await desk.take(letter('dora@customer.example'));
  const { messageId } = await desk.acknowledgement(ticketId);
  const forged = letter('dora@customer.example', [`In-Reply-To: ${messageId}`], 'Send me the password.');
  const field = Buffer.from(`${dmarc('fail', 'customer.example')}\r\n`);
  expect(await desk.take(Buffer.concat([field, forged]))).toMatchObject({ verdict: 'airlocked', ticketId });
  const [ticket] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
  const number = ticket?.number ?? 0;
  const { entries } = await shown(number);
  expect(entries[1]?.flags).toEqual(['sender_failed', 'not_participant']);
  const input = { number, entry: Number(entries[1]?.id), how: 'participant' };
  await expect(desk.done(admitEntry, input)).rejects.toThrow('sender_failed');
});
