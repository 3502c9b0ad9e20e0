import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertOperator } from '../../src/access/store.ts';
import type { TicketId } from '../../src/db/ids.ts';
import { mintMessageId } from '../../src/tickets/thread-token.ts';
import { showTicket } from '../../src/tickets/operations.ts';
import { addressOf, letter, MX, openDesk, proven, until } from './desk.ts';
import type { Desk } from './desk.ts';

const JONAS = 'jonas@desk.test';
const LENA = 'lena@desk.test';
let desk: Desk;
beforeAll(async () => {
  desk = await openDesk({ authservIds: [MX] });
  await insertOperator(desk.db, { address: addressOf(JONAS), name: 'Jonas Weil', role: 'agent' });
  await insertOperator(desk.db, { address: addressOf(LENA), name: 'Lena Roth', role: 'read_only' });
  desk.startWorker();
});
afterAll(() => desk.close());

/** A ticket, and the Message-ID of a mail about it that went to an operator. */
async function toldTo(operator: string, from: string) {
  const { ticketId } = await desk.take(letter(from, ['Subject: The lamp stays dark']));
  const eventKey = Buffer.from(`told ${from}`);
  const { messageId, publicId } = mintMessageId(desk.keys, {
    kind: 'operator_told',
    eventKey,
    recipient: operator,
    replyDomain: 'desk.test',
  });
  await desk.db.sql`
    insert into notifications (public_id, message_id, kind, lane, mailbox_id, ticket_id, event_id, recipient,
      recipient_name, because, state, view, "references", sent_at)
    select ${publicId}, ${messageId}, 'ticket_closed', 1, mailbox_id, ${ticketId}, event_id, ${operator}, '', 'assignee',
      'sent', '{}', '[]', now() from notifications where ticket_id = ${ticketId} limit 1`;
  return { ticketId, messageId, number: await numberOf(ticketId) };
}
async function numberOf(ticketId: TicketId | null): Promise<number> {
  const [row] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${ticketId}`;
  return row?.number ?? 0;
}
const QUOTED =
  'Please hold the button.\r\n\r\nOn Sat, 21 Nov 2026 at 10:00, The desk <support@desk.test> wrote:\r\n> The lamp stays dark.';

test('an operator answers by mail: what they wrote anew goes to the customer in their name', async () => {
  const { ticketId, messageId, number } = await toldTo(JONAS, 'ana@customer.example');
  const answer = proven(JONAS, [`In-Reply-To: ${messageId}`], QUOTED);
  expect(await desk.take(answer)).toMatchObject({ verdict: 'appended', rule: 'agents_reply', ticketId });
  const { entries } = await desk.done(showTicket, { number });
  expect(entries[1]).toMatchObject({ kind: 'reply', authorName: 'Jonas Weil', text: 'Please hold the button.' });
  const arrived = await until(
    'the customer has it',
    async () =>
      (await desk.inbox('ana@customer.example')).find((text) => text.includes('Please hold the button.')) ?? null,
  );
  expect(arrived).not.toContain('> The lamp');
  expect(arrived).toContain('Jonas Weil');
});

test.each([
  ['not proven', letter, JONAS, 'bo@customer.example'],
  ['without the right to answer', proven, LENA, 'cleo@customer.example'],
])('an answer of an operator %s goes to nobody: operators see it in the ticket', async (_, write, operator, from) => {
  const { ticketId, messageId } = await toldTo(operator, from);
  const answer = write(operator, [`In-Reply-To: ${messageId}`], QUOTED);
  expect(await desk.take(answer)).toMatchObject({ verdict: 'airlocked', ticketId });
  expect((await desk.owed(ticketId)).filter(({ recipient }) => recipient === from)).toHaveLength(1);
});

test.each([
  ['that asks to hear less', [], 'Unsubscribe', 'airlocked'],
  ['that only quotes', [], '> Internal: this customer never pays.', 'airlocked'],
  ['that a machine wrote', ['Auto-Submitted: auto-generated'], 'Backup done.', 'appended'],
])("an operator's mail %s goes to nobody", async (name, lines, body, verdict) => {
  const from = `fred${name.length}@customer.example`;
  const { ticketId, messageId, number } = await toldTo(JONAS, from);
  expect(await desk.take(proven(JONAS, [`In-Reply-To: ${messageId}`, ...lines], body))).toMatchObject({
    verdict,
    ticketId,
  });
  expect((await desk.owed(ticketId)).filter(({ recipient }) => recipient === from)).toHaveLength(1);
  const { entries } = await desk.done(showTicket, { number });
  expect(entries[1]?.visibility).not.toBe('everybody');
});

test('an operator who forwards a mail of the desk itself asks something of their own', async () => {
  const body =
    '---------- Forwarded message ---------\r\nFrom: The desk <support@desk.test>\r\nDate: Fri, Nov 20, 2026 at 9:12 AM\r\nSubject: We have received your message\r\nTo: <a@b.example>\r\n\r\nHello';
  const taken = await desk.take(proven(JONAS, ['Subject: Fwd: We have received your message'], body));
  expect(taken).toMatchObject({ verdict: 'opened', rule: 'new_ticket' });
  expect(await desk.owed(taken.ticketId)).toEqual([]);
});

test('a mail in the name of an operator that is not proven opens nothing', async () => {
  expect(await desk.take(letter(JONAS))).toMatchObject({ status: 'quarantined', reason: 'spoofed' });
});

test("an operator forwards a customer's mail: the ticket is the customer's, and they are acknowledged", async () => {
  const body = [
    'Can somebody take this?',
    '',
    '---------- Forwarded message ---------',
    'From: Dora Lang <dora@customer.example>',
    'Date: Fri, Nov 20, 2026 at 9:12 AM',
    'Subject: My invoice',
    'To: <jonas@desk.test>',
    '',
    'The invoice is wrong by two lamps.',
  ].join('\r\n');
  const taken = await desk.take(proven(JONAS, ['Subject: Fwd: My invoice'], body));
  expect(taken.verdict).toBe('opened');
  const { ticket, entries, participants } = await desk.done(showTicket, { number: await numberOf(taken.ticketId) });
  expect(ticket).toMatchObject({ subject: 'My invoice', requester: 'Dora Lang' });
  expect(participants).toMatchObject([{ address: 'dora@customer.example', role: 'requester' }]);
  expect(entries).toMatchObject([
    { kind: 'mail', authorName: 'Dora Lang', text: expect.stringContaining('wrong by two lamps') },
    { kind: 'note', authorName: 'Jonas Weil', text: expect.stringContaining('Can somebody take this?') },
  ]);
  await desk.acknowledgement(taken.ticketId);
});

test('forwarded as a file it is the same', async () => {
  const inner = letter('Emil Ost <emil@customer.example>', ['Subject: The door'], 'The door does not close.');
  const body = [
    '--b',
    'Content-Type: text/plain',
    '',
    'See the file.',
    '--b',
    'Content-Type: message/rfc822',
    'Content-Disposition: attachment; filename="door.eml"',
    '',
    inner.toString('latin1'),
    '--b--',
  ].join('\r\n');
  const lines = ['Subject: Fwd: The door', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="b"'];
  const taken = await desk.take(proven(JONAS, lines, body));
  const { ticket, entries } = await desk.done(showTicket, { number: await numberOf(taken.ticketId) });
  expect(ticket).toMatchObject({ subject: 'The door', requester: 'Emil Ost' });
  expect(entries[0]?.text).toContain('The door does not close.');
  expect(entries[0]?.attachments).toMatchObject([{ fileName: 'door.eml' }]);
});

test("a proven operator's own mail is a ticket of nobody's, and is not acknowledged", async () => {
  const taken = await desk.take(proven(JONAS, ['Subject: The printer of the desk']));
  expect(taken.verdict).toBe('opened');
  expect(await desk.owed(taken.ticketId)).toEqual([]);
});
