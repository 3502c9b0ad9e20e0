import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { insertOperator } from '../../src/access/store.ts';
import { addCustomer } from '../../src/contacts/customer-operations.ts';
import { addGroup, putIntoGroup } from '../../src/contacts/group-operations.ts';
import { mergeContacts, unmergeContact } from '../../src/contacts/merge-operations.ts';
import { addContact } from '../../src/contacts/operations.ts';
import type { ContactId, MailboxId } from '../../src/db/ids.ts';
import { deleteContact } from '../../src/erasure/operations.ts';
import { mergeTickets } from '../../src/tickets/merge-operations.ts';
import { replyToTicket, showTicket } from '../../src/tickets/operations.ts';
import { addToTicket, dropFromTicket } from '../../src/tickets/participant-operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { address, seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

let desk: TestDesk;
let mailboxId: MailboxId;
let number: number;
let requester: ContactId;
let [bo, cy] = [0 as ContactId, 0 as ContactId];
let people = 0;
beforeAll(async () => {
  desk = await openTestDesk();
  mailboxId = await seedMailbox(desk.db);
  bo = await seedContact(desk.db, 'Bo Lind', 'bo@lantern.example', 'bo.l@home.example');
  cy = await seedContact(desk.db, 'Cy Moss', 'cy@lantern.example');
  await desk.done(addGroup, { name: 'Night shift' });
  await desk.done(putIntoGroup, { group: 'Night shift', members: ['bo@lantern.example', 'guard@gate.example'] });
});
afterAll(() => desk.drop());
beforeEach(async () => {
  people += 1;
  requester = await seedContact(desk.db, 'Ana Peralta', `ana${people}@lantern.example`);
  ({ number } = await seedTicket(desk.db, mailboxId, requester));
});

const add = (more: object) => desk.done(addToTicket, { number, ...more });
const shown = () => desk.done(showTicket, { number });
const roles = async () => (await shown()).participants.map(({ role, address: of }) => `${role} ${of}`);
const ana = () => `ana${people}@lantern.example`;

describe('P-13: who takes part', () => {
  test('everybody is listed by role, in the order in which they count', async () => {
    await add({ extras: ['courier@parcels.example'], groups: ['night shift'], ccs: [cy], affected: bo });
    await add({ watchers: ['cy@lantern.example'] });
    expect(await roles()).toEqual([
      `requester ${ana()}`,
      'affected bo@lantern.example',
      'watcher cy@lantern.example',
      'cc cy@lantern.example',
      'group bo@lantern.example',
      'group guard@gate.example',
      'extra courier@parcels.example',
    ]);
  });

  test('the record says it to operators alone, and each who was added is an event', async () => {
    await add({ watchers: [cy], extras: ['courier@parcels.example'] });
    const { entries, ticket } = await shown();
    expect(entries).toMatchObject([
      {
        kind: 'status',
        visibility: 'operators',
        text: 'Cy Moss takes part as watcher.\ncourier@parcels.example is told of it as an extra address.',
      },
    ]);
    const events = await desk.db.sql<{ kind: string; contactId: ContactId | null }[]>`
      select kind, contact_id as "contactId" from events where ticket_id = ${ticket.id} order by id offset 1`;
    expect([...events]).toEqual([
      { kind: 'participant_added', contactId: cy },
      { kind: 'participant_added', contactId: null },
    ]);
    const [audit] = await desk.db.sql<{ changes: unknown }[]>`
      select changes from audit_rows where operation = 'ticket.add' order by id desc limit 1`;
    expect(audit?.changes).toEqual({
      from: { people: [`requester contact ${requester}`] },
      to: { people: [`requester contact ${requester}`, `watcher contact ${cy}`, 'extra courier@parcels.example'] },
    });
  });

  test('an extra address that belongs to a contact is that contact', async () => {
    await add({ extras: ['bo.l@home.example'] });
    expect(await roles()).toEqual([`requester ${ana()}`, 'cc bo@lantern.example']);
    expect((await desk.refused(addToTicket, { number, extras: ['bo@lantern.example'] })).message).toBe(
      'Bo Lind, whose address that is, takes part already.',
    );
  });

  test('an address of somebody who was deleted is neither an extra address nor in a group', async () => {
    const gone = await seedContact(desk.db, 'Gus Gone', `gus${people}@gone.example`);
    await desk.done(deleteContact, { contact: gone, confirm: `gus${people}@gone.example` });
    const refused = [
      await desk.refused(addToTicket, { number, extras: [`gus${people}@gone.example`] }),
      await desk.refused(putIntoGroup, { group: 'Night shift', members: [`gus${people}@gone.example`] }),
    ];
    for (const { code, message } of refused) {
      expect(code).toBe('address_erased');
      expect(message).toBe(
        `gus${people}@gone.example was the address of a contact who was deleted, so nothing is sent there.`,
      );
    }
    expect(await roles()).toEqual([`requester ${ana()}`]);
  });

  test('a ticket is of the customer of the contact whose address was named, as for mail from there', async () => {
    await desk.done(addCustomer, { name: `Mill ${people}`, domains: [] });
    const own = { firstName: 'Mia', lastName: 'Mill', customer: `Mill ${people}` };
    const mia = await desk.done(addContact, { ...own, addresses: [`mia${people}@mill.example`] });
    await desk.done(mergeContacts, { contact: mia?.id, into: cy, acrossCustomers: true });
    const { said } = await add({ requester: `mia${people}@mill.example` });
    expect(said[0]).toContain(`and it is a ticket of Mill ${people} now`);
    await desk.done(unmergeContact, { contact: mia?.id });
  });

  test('another requester takes over, with their customer; whoever was it takes part as cc', async () => {
    await desk.done(addCustomer, { name: `Quarry ${people}`, domains: [] });
    const kim = await desk.done(addContact, {
      addresses: [`kim${people}@quarry.example`],
      lastName: 'Tide',
      firstName: 'Kim',
      customer: `Quarry ${people}`,
    });
    const { said } = await add({ requester: kim?.id });
    expect(said).toEqual([
      `Kim Tide is the requester, and it is a ticket of Quarry ${people} now; Ana Peralta takes part as before, but not as requester.`,
    ]);
    expect(await roles()).toEqual([`requester kim${people}@quarry.example`, `cc ${ana()}`]);
    expect((await shown()).ticket).toMatchObject({ requester: 'Kim Tide', customer: `Quarry ${people}` });
    await add({ requester: ana() });
    expect(await roles()).toEqual([`requester ${ana()}`, `cc kim${people}@quarry.example`]);
  });

  test('there is one affected contact', async () => {
    await add({ affected: bo });
    await add({ affected: cy });
    expect(await roles()).toEqual([`requester ${ana()}`, 'affected cy@lantern.example', 'cc bo@lantern.example']);
  });

  test('a group of a customer is put on that customer’s tickets alone, and keeps the ticket there', async () => {
    const name = `Lantern ${people}`;
    await desk.done(addCustomer, { name, domains: [] });
    await desk.done(addGroup, { name: 'Managers', customer: name });
    expect((await desk.refused(addToTicket, { number, groups: ['Managers'] })).message).toBe(
      `The group Managers of ${name} is for that customer's tickets alone.`,
    );
    const dora = await desk.done(addContact, {
      addresses: [`dora${people}@x.example`],
      firstName: 'Dora',
      lastName: 'Lang',
      customer: name,
    });
    await add({ requester: dora?.id, groups: ['Managers'] });
    const back = await desk.refused(addToTicket, { number, requester: ana() });
    expect(back.code).toBe('group_of_other_customer');
    expect(back.mend).toMatch(new RegExp(`deskbell ticket drop ${number} --group \\d+`));
  });

  test.each([
    ['a mailbox of the desk', { extras: ['support@desk.example'] }, 'address_of_desk'],
    ['a watcher who is no contact', { watchers: ['x@nobody.example'] }, 'contact_not_found'],
    ['a group nobody knows', { groups: ['Nigth shift'] }, 'group_not_found'],
    ['nobody', {}, 'nobody_named'],
    ['no address', { extras: ['nobody'] }, 'invalid_input'],
  ])('%s is refused, and nothing is half applied', async (_, more, code) => {
    const given = Object.keys(more).length === 0 ? {} : { ccs: [cy] };
    expect(await desk.refused(addToTicket, { number, ...given, ...more })).toMatchObject({ code });
    expect(await roles()).toEqual([`requester ${ana()}`]);
    expect((await shown()).entries).toEqual([]);
  });

  test('the same role twice is refused, another is not', async () => {
    await add({ watchers: [cy] });
    expect((await desk.refused(addToTicket, { number, watchers: [cy] })).message).toBe('Cy Moss is watcher already.');
    await add({ affected: cy });
  });

  test('a ticket has a bound', async () => {
    await add({ extras: Array.from({ length: 99 }, (_, index) => `m${index}@many.example`) });
    expect(await desk.refused(addToTicket, { number, watchers: [cy] })).toMatchObject({ code: 'too_many_people' });
  });

  test('of two who fill it at once, one is told', async () => {
    const fill = (of: string) =>
      desk.done(addToTicket, {
        number,
        extras: Array.from({ length: 60 }, (_, index) => `${of}${index}@many.example`),
      });
    const both = await Promise.allSettled([fill('a'), fill('b')]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test('who is dropped takes part no more; who has another role, or none, is said', async () => {
    await add({ watchers: [cy], extras: ['courier@parcels.example'], groups: ['Night shift'] });
    const refused = (more: object) => desk.refused(dropFromTicket, { number, ...more });
    expect((await refused({ ccs: [cy] })).message).toBe(`Cy Moss is not cc of ticket ${number}, but watcher.`);
    expect((await refused({ watchers: [bo] })).message).toContain('but in the group Night shift.');
    expect((await refused({ watchers: [ana()] })).mend).toContain(
      `deskbell ticket add ${number} --requester <contact>`,
    );
    expect((await refused({ extras: ['x@y.example'] })).code).toBe('not_there');
    expect((await refused({ groups: ['Night shift'], watchers: [99_999] })).code).toBe('contact_not_found');
    expect(await roles()).toHaveLength(5);
    await desk.done(dropFromTicket, {
      number,
      watchers: [cy],
      extras: ['courier@parcels.example'],
      groups: ['night SHIFT'],
    });
    expect(await roles()).toEqual([`requester ${ana()}`]);
    expect((await refused({ groups: ['Night shift'] })).message).toBe(
      `The group Night shift is not on ticket ${number}.`,
    );
  });

  test('a ticket that became part of another sends there, and its people and groups are there', async () => {
    const { number: into } = await seedTicket(desk.db, mailboxId, requester);
    await add({ extras: ['courier@parcels.example'], groups: ['Night shift'] });
    await desk.done(mergeTickets, { number, into });
    expect(await desk.refused(addToTicket, { number, ccs: [cy] })).toMatchObject({ code: 'merged' });
    const { participants } = await desk.done(showTicket, { number: into });
    expect(participants.map(({ role, address: of }) => `${role} ${of}`)).toEqual([
      `requester ${ana()}`,
      'group bo@lantern.example',
      'group guard@gate.example',
      'extra courier@parcels.example',
    ]);
  });
});

describe('N-02: who gets the answer', () => {
  const mails = async () =>
    (await shown()).mails
      .filter(({ kind }) => kind === 'agent_replied')
      .map(({ recipient, state, because }) => `${state} ${recipient}: ${because}`);

  test('one mail a person, however many roles; members of groups and extra addresses as well; each with why', async () => {
    await add({ watchers: [bo], groups: ['Night shift'], extras: ['courier@parcels.example'] });
    const { participants } = await desk.done(replyToTicket, { number, text: 'We are looking.' });
    expect(participants.map((one) => one.address)).toEqual([
      ana(),
      'bo@lantern.example',
      'guard@gate.example',
      'courier@parcels.example',
    ]);
    expect(await mails()).toEqual([
      `queued ${ana()}: requester of the ticket`,
      'queued bo@lantern.example: watcher of the ticket',
      'queued guard@gate.example: member of the group Night shift',
      'queued courier@parcels.example: extra address of the ticket',
    ]);
    const [row] = await desk.db.sql<{ contactId: ContactId | null }[]>`
      select contact_id as "contactId" from notifications where recipient = 'courier@parcels.example' order by id desc limit 1`;
    expect(row?.contactId).toBeNull();
  });

  test('an extra address that became a contact’s gets one mail, as that contact', async () => {
    await add({ extras: [`new${people}@lantern.example`], ccs: [cy] });
    await seedContact(desk.db, 'New Comer', `newcomer${people}@lantern.example`, `new${people}@lantern.example`);
    await desk.done(replyToTicket, { number, text: 'We are looking.' });
    expect(await mails()).toContain(`queued newcomer${people}@lantern.example: extra address of the ticket`);
    expect(await mails()).toHaveLength(3);
  });

  test('never the author, never a mailbox of the desk: a row says so', async () => {
    const jonas = address(`jonas${people}@desk.example`);
    const id = await insertOperator(desk.db, { address: jonas, name: 'Jonas Weil', role: 'agent' });
    await add({ extras: [jonas, `sales${people}@desk.example`] });
    await seedMailbox(desk.db, `sales${people}@desk.example`);
    if (id === null) throw new Error('no operator');
    const actor = { is: 'operator', id, name: 'Jonas Weil', address: jonas, role: 'agent' } as const;
    await desk.done(replyToTicket, { number, text: 'We are looking.' }, actor);
    const kept = (await shown()).mails.filter(({ state }) => state === 'suppressed');
    expect(kept.map(({ recipient, reason }) => `${recipient}: ${reason}`)).toEqual([
      `${jonas}: they wrote it`,
      `sales${people}@desk.example: the address is one of the desk`,
    ]);
  });

  test('an answer knows what it told of', async () => {
    const { entryId } = await desk.done(replyToTicket, { number, text: 'We are looking.' });
    expect((await shown()).mails).toMatchObject([{ entryId }]);
  });
});
