import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Actor } from '../../src/access/actor.ts';
import type { MailboxId, OperatorId } from '../../src/db/ids.ts';
import {
  closeTicket,
  noteOnTicket,
  pendTicket,
  reopenTicket,
  replyToTicket,
  resolveTicket,
  showTicket,
} from '../../src/tickets/operations.ts';
import { showTickets } from '../../src/tickets/list-operations.ts';
import { TRANSITIONS } from '../../src/tickets/lifecycle.ts';
import { TICKET_STATUSES } from '../../src/db/schema/tickets.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { address, seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

let desk: TestDesk;
let mailboxId: MailboxId;
let number: number;
let people = 0;
beforeAll(async () => {
  desk = await openTestDesk();
  mailboxId = await seedMailbox(desk.db);
});
afterAll(() => desk.drop());
beforeEach(async () => {
  people += 1;
  const ana = await seedContact(desk.db, 'Ana Peralta', `ana${people}@lantern.example`);
  ({ number } = await seedTicket(desk.db, mailboxId, ana));
});

const jonas: Actor = {
  is: 'operator',
  id: 3 as OperatorId,
  name: 'Jonas Weil',
  address: address('jonas@desk.example'),
  role: 'agent',
};

test('an answer is on the record for everybody, and owed to the requester', async () => {
  await desk.done(replyToTicket, { number: `#${number}`, text: 'Please hold the button.\r\nThree seconds.' }, jonas);
  const { entries, mails } = await desk.done(showTicket, { number });
  expect(entries).toMatchObject([
    {
      kind: 'reply',
      visibility: 'everybody',
      author: 'operator:3',
      authorName: 'Jonas Weil',
      text: 'Please hold the button.\nThree seconds.',
    },
  ]);
  expect(mails).toMatchObject([{ kind: 'agent_replied', recipient: `ana${people}@lantern.example`, state: 'queued' }]);
});

test('the command line answers in the name of the desk', async () => {
  await desk.done(replyToTicket, { number, text: 'We are looking.' });
  const { entries } = await desk.done(showTicket, { number });
  expect(entries).toMatchObject([{ author: 'system:cli', authorName: 'Example Support' }]);
});

test('the same answer twice is two answers and two mails', async () => {
  await desk.done(replyToTicket, { number, text: 'Done.' });
  await desk.done(replyToTicket, { number, text: 'Done.' });
  expect((await desk.done(showTicket, { number })).mails).toHaveLength(2);
});

test('a note is for operators and is mailed to nobody', async () => {
  await desk.done(noteOnTicket, { number, text: 'Same fault as last year.' }, jonas);
  const { entries, mails } = await desk.done(showTicket, { number });
  expect(entries).toMatchObject([{ kind: 'note', visibility: 'operators' }]);
  expect(mails).toEqual([]);
});

test('the requester may have been deactivated: the ticket goes on', async () => {
  await desk.db.sql`
    update contacts set status = 'deactivated'
    where id = (select requester_id from tickets where number = ${number})`;
  await desk.done(replyToTicket, { number, text: 'Good news.' });
  const { mails, participants } = await desk.done(showTicket, { number });
  expect(participants).toMatchObject([{ isActive: false }]);
  expect(mails).toHaveLength(1);
});

test('where nobody takes part there is nobody to answer', async () => {
  await desk.db
    .sql`delete from ticket_participants where ticket_id = (select id from tickets where number = ${number})`;
  expect(await desk.refused(replyToTicket, { number, text: 'Hello?' })).toMatchObject({ code: 'nobody_to_answer' });
  expect((await desk.done(showTicket, { number })).entries).toEqual([]);
});

test('closing tells the requester, once, and leaves an entry', async () => {
  await desk.done(closeTicket, { number }, jonas);
  const { ticket, entries, mails } = await desk.done(showTicket, { number });
  expect(ticket).toMatchObject({ status: 'closed' });
  expect(ticket.closedAt).not.toBeNull();
  expect(entries).toMatchObject([{ kind: 'status', text: 'The ticket was closed.' }]);
  expect(mails).toMatchObject([{ kind: 'ticket_closed', state: 'queued' }]);
});

test('an answer to a closed ticket goes out and leaves it closed', async () => {
  await desk.done(closeTicket, { number });
  expect(await desk.done(replyToTicket, { number, text: 'One more thing.' })).toMatchObject({ status: 'closed' });
});

const VERBS = { pend: pendTicket, resolve: resolveTicket, close: closeTicket, reopen: reopenTicket } as const;
const verbs = Object.keys(VERBS) as readonly (keyof typeof VERBS)[];

test.each(TICKET_STATUSES.flatMap((status) => verbs.map((verb) => ({ status, verb, to: TRANSITIONS[status][verb] }))))(
  '$verb on a ticket that is $status leads to $to',
  async ({ status, verb, to }) => {
    await desk.db.sql`
      update tickets set status = ${status}, closed_at = ${status === 'closed' ? new Date() : null} where number = ${number}`;
    if (to !== null) {
      expect(await desk.done(VERBS[verb], { number })).toMatchObject({ status: to });
      return;
    }
    const { message, mend } = await desk.refused(VERBS[verb], { number });
    expect(message).toContain(`Ticket ${number} is ${status}, so`);
    expect(mend).toMatch(/^Possible is: \w+/);
    expect((await desk.done(showTicket, { number })).entries).toEqual([]);
  },
);

test('of two operators who close at once, one is refused', async () => {
  const both = await Promise.allSettled([desk.done(closeTicket, { number }), desk.done(closeTicket, { number })]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect((await desk.done(showTicket, { number })).mails).toHaveLength(1);
});

test('tickets are listed newest first, of one status if asked', async () => {
  await desk.done(pendTicket, { number });
  const { tickets } = await desk.done(showTickets, { limit: 1 });
  expect(tickets).toMatchObject([{ number, status: 'pending', requester: 'Ana Peralta' }]);
  const pending = await desk.done(showTickets, { status: 'pending' });
  expect(pending.tickets.every(({ status }) => status === 'pending')).toBe(true);
});

test.each([
  ['a ticket that does not exist', { number: 99_999_999, text: 'x' }, 'There is no ticket 99999999.'],
  ['words for a number', { number: 'abc', text: 'x' }, 'number is a number such as 1001, not "abc".'],
  ['an empty answer', { number: 1001, text: ' \n ' }, 'text is empty: write something.'],
  ['a field nobody knows', { number: 1001, text: 'x', loud: true }, 'loud is not known here.'],
])('%s is refused in words', async (_, input, message) => {
  expect((await desk.refused(replyToTicket, input)).message).toBe(message);
});

test('flags of an entry are told in words', async () => {
  await desk.done(noteOnTicket, { number, text: 'x' });
  await desk.db.sql`
    update ticket_entries set flags = '["sender_unproven", "incomplete"]'
    where ticket_id = (select id from tickets where number = ${number})`;
  const { entries } = await desk.done(showTicket, { number });
  expect(entries[0]?.notes).toEqual(['nothing proves who sent it', 'part of the mail is missing here']);
});
