import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { showContact } from '../../src/contacts/operations.ts';
import type { MailboxId } from '../../src/db/ids.ts';
import { addMute, removeMute, showMutes } from '../../src/notifications/mute-operations.ts';
import { replyToTicket, showTicket } from '../../src/tickets/operations.ts';
import { addToTicket } from '../../src/tickets/participant-operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

// FEATURES N-02, N-04: operators see who is muted, and enter it for whoever asks them.

let desk: TestDesk;
let mailboxId: MailboxId;
beforeAll(async () => {
  desk = await openTestDesk();
  mailboxId = await seedMailbox(desk.db);
});
afterAll(() => desk.drop());

let seeded = 0;
async function seeTicket() {
  seeded += 1;
  const [ana, bo, extra] = [
    `ana${seeded}@lantern.example`,
    `bo${seeded}@lantern.example`,
    `extra${seeded}@gate.example`,
  ];
  const requester = await seedContact(desk.db, 'Ana Peralta', ana);
  const watcher = await seedContact(desk.db, 'Bo Lind', bo, `lind${seeded}@lantern.example`);
  const { number } = await seedTicket(desk.db, mailboxId, requester);
  await desk.done(addToTicket, { number, watchers: [bo], extras: [extra] });
  return { number, ana, bo, extra, watcher };
}
const answer = (number: number) => desk.done(replyToTicket, { number, text: 'We are looking.' });
const notTold = async (number: number) =>
  (await answer(number)).notTold.map(({ address, reason }) => [address, reason]);
const owed = (number: number) => desk.db.sql`
  select n.recipient, n.state, n.reason from notifications n join tickets t on t.id = n.ticket_id
  where t.number = ${number} and n.kind = 'agent_replied' order by n.id`;

describe('an operator who mutes somebody', () => {
  test('by any of their addresses mutes the ticket: it is marked wherever they are shown, and the answer says who does not get it', async () => {
    const { number, bo, watcher } = await seeTicket();
    await desk.done(addMute, { contact: `lind${seeded}@lantern.example`, ticket: number });
    expect(await notTold(number)).toEqual([[bo, 'they muted this ticket']]);
    expect(await owed(number)).toContainEqual({ recipient: bo, state: 'suppressed', reason: 'they muted this ticket' });
    const { participants, entries } = await desk.done(showTicket, { number });
    expect(participants.filter(({ muted }) => muted !== null).map(({ address }) => address)).toEqual([bo]);
    expect(entries.map(({ text }) => text)).toContain(
      'Bo Lind is told no more of this ticket. Answers to their own request still reach them.',
    );
    expect((await desk.done(showContact, { contact: bo })).mutes).toEqual([number]);
    expect(await desk.done(showMutes, { ticket: number })).toMatchObject([
      { contactId: watcher, name: 'Bo Lind', readsAt: bo, ticketNumber: number, source: 'operator' },
    ]);
    await desk.done(removeMute, { contact: bo, ticket: number });
    expect(await notTold(number)).toEqual([]);
  });

  test('of all tickets but their own, tells them of no other and of theirs', async () => {
    const { number, ana, bo } = await seeTicket();
    await desk.done(addMute, { contact: bo });
    await desk.done(addMute, { contact: ana });
    expect(await notTold(number)).toEqual([[bo, 'they muted all tickets but their own']]);
    expect(await desk.done(showMutes, { contact: bo })).toMatchObject([{ ticketNumber: null }]);
  });

  test('of an address of nobody we know, mutes that address', async () => {
    const { number, extra } = await seeTicket();
    await desk.done(addMute, { contact: extra, ticket: number });
    expect(await notTold(number)).toEqual([[extra, 'they muted this ticket']]);
    expect(await desk.done(showMutes, { contact: extra })).toMatchObject([
      { contactId: null, address: extra, name: '' },
    ]);
    await desk.done(removeMute, { contact: extra, ticket: number });
    expect(await desk.done(showMutes, { contact: extra })).toEqual([]);
  });

  test('is told in one sentence what is not there, and what is so already', async () => {
    const { number, bo } = await seeTicket();
    await desk.done(addMute, { contact: bo, ticket: number });
    const refusals = [
      await desk.refused(addMute, { contact: bo, ticket: number }),
      await desk.refused(removeMute, { contact: bo }),
      await desk.refused(addMute, { contact: bo, ticket: 999_999 }),
      await desk.refused(addMute, { contact: 999_999 }),
      await desk.refused(addMute, { contact: 'support@desk.example' }),
      await desk.refused(removeMute, { contact: 999_999 }),
      await desk.refused(showMutes, { ticket: 999_999 }),
    ];
    expect(refusals.map(({ message }) => message)).toEqual([
      `Bo Lind has muted ticket ${number} already.`,
      'Bo Lind has not muted all tickets but their own.',
      'There is no ticket 999999.',
      'There is no contact 999999.',
      'support@desk.example is a mailbox of the desk itself: its mail would come back as mail to the desk.',
      'There is no contact 999999.',
      'There is no ticket 999999.',
    ]);
  });

  test('two who do it at once do it once', async () => {
    const { number, bo } = await seeTicket();
    const both = await Promise.allSettled([1, 2].map(() => desk.done(addMute, { contact: bo, ticket: number })));
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await desk.done(showMutes, { ticket: number })).toHaveLength(1);
  });
});
