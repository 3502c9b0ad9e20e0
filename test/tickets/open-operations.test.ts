import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/access/actor.ts';
import { insertOperator } from '../../src/access/store.ts';
import { addTeam, putIntoTeam } from '../../src/access/team-operations.ts';
import { addCustomer } from '../../src/contacts/customer-operations.ts';
import { addField, removeField } from '../../src/contacts/field-operations.ts';
import { addGroup, putIntoGroup } from '../../src/contacts/group-operations.ts';
import { mergeContacts, unmergeContact } from '../../src/contacts/merge-operations.ts';
import { addContact, showContact } from '../../src/contacts/operations.ts';
import type { ContactId } from '../../src/db/ids.ts';
import { setMailboxTeam } from '../../src/mailboxes/team-operations.ts';
import { clearSetting, putSetting } from '../../src/settings/store.ts';
import { openTicketByHand } from '../../src/tickets/open-operations.ts';
import { showTicket } from '../../src/tickets/operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { address, seedContact, seedMailbox } from '../support/seed.ts';

let desk: TestDesk;
let jonas: Actor;
let ana: ContactId;
let bo: ContactId;
beforeAll(async () => {
  desk = await openTestDesk();
  await seedMailbox(desk.db);
  ana = await seedContact(desk.db, 'Ana Peralta', 'ana@lantern.example');
  bo = await seedContact(desk.db, 'Bo Lind', 'bo@lantern.example');
  const id = await insertOperator(desk.db, {
    address: address('jonas@desk.example'),
    name: 'Jonas Weil',
    role: 'agent',
  });
  if (id === null) throw new Error('no operator');
  jonas = { is: 'operator', id, name: 'Jonas Weil', address: address('jonas@desk.example'), role: 'agent' };
  await desk.done(addCustomer, { name: 'Quarry', domains: ['quarry.example'] });
  await desk.done(addGroup, { name: 'Night shift' });
  await desk.done(putIntoGroup, { group: 'Night shift', members: ['guard@gate.example'] });
});
afterAll(() => desk.drop());

const given = { subject: 'Timer', text: 'As you said on the phone.' };
const open = (more: object) => desk.done(openTicketByHand, { for: ana, ...given, ...more }, jonas);
const refused = (more: object) => desk.refused(openTicketByHand, { for: ana, ...given, ...more }, jonas);
const mails = async (number: number) =>
  (await desk.done(showTicket, { number })).mails.map(
    (one) => `${one.state} ${one.recipient}: ${one.reason ?? one.because}`,
  );
const NOT_CHOSEN = 'whoever opened the ticket chose not to tell them';

describe('P-13: a ticket opened for somebody', () => {
  test('it is theirs and their customer’s, and says who opened it', async () => {
    const { number } = await open({});
    const { ticket, entries, mails: sent } = await desk.done(showTicket, { number });
    expect(ticket).toMatchObject({
      requester: 'Ana Peralta',
      customer: 'Unassigned',
      status: 'open',
      subject: 'Timer',
    });
    expect(entries).toMatchObject([
      { kind: 'reply', visibility: 'everybody', authorName: 'Jonas Weil', text: 'As you said on the phone.' },
    ]);
    expect(sent).toMatchObject([{ kind: 'ticket_opened_for_you', recipient: 'ana@lantern.example', state: 'queued' }]);
    const [row] = await desk.db.sql<{ view: object }[]>`select view from notifications order by id desc limit 1`;
    expect(row?.view).toMatchObject({
      requester: { name: null },
      recipient: { name: 'Ana Peralta' },
      entry: { authorName: 'Jonas Weil', text: 'As you said on the phone.' },
    });
  });

  test('all who take part are told unless somebody is chosen', async () => {
    const { number } = await open({ affected: bo, groups: ['Night shift'], extras: ['courier@parcels.example'] });
    expect(await mails(number)).toEqual([
      'queued ana@lantern.example: requester of the ticket',
      'queued bo@lantern.example: affected contact of the ticket',
      'queued guard@gate.example: member of the group Night shift',
      'queued courier@parcels.example: extra address of the ticket',
    ]);
    const [row] = await desk.db.sql<{ view: object }[]>`select view from notifications order by id desc limit 1`;
    expect(row?.view).toMatchObject({ requester: { name: 'Ana Peralta' }, recipient: { name: null } });
  });

  test.each([
    ['requester,group', ['queued ana@lantern.example', 'suppressed bo@lantern.example', 'queued guard@gate.example']],
    ['watcher', ['suppressed ana@lantern.example', 'queued bo@lantern.example', 'suppressed guard@gate.example']],
    ['nobody', ['suppressed ana@lantern.example', 'suppressed bo@lantern.example', 'suppressed guard@gate.example']],
  ])('%s is told where that was chosen, and a row says why the others are not', async (notify, expected) => {
    const { number } = await open({ watchers: [bo], groups: ['Night shift'], notify });
    const lines = await mails(number);
    expect(lines.map((line) => line.slice(0, line.indexOf(':')))).toEqual(expected);
    expect(lines.filter((line) => line.startsWith('suppressed')).every((line) => line.endsWith(NOT_CHOSEN))).toBe(true);
  });

  test('who is chosen by one of their roles is told by that one', async () => {
    const { number } = await open({ watchers: [ana], notify: ['watcher'] });
    expect(await mails(number)).toEqual(['queued ana@lantern.example: watcher of the ticket']);
  });

  test('the team and the customer can be told, without taking part; whoever opened it is not', async () => {
    await desk.done(addTeam, { name: 'Hardware' });
    await insertOperator(desk.db, { address: address('lena@desk.example'), name: 'Lena Roth', role: 'agent' });
    await desk.done(putIntoTeam, { team: 'Hardware', operators: ['lena@desk.example', 'jonas@desk.example'] });
    await desk.done(setMailboxTeam, { address: 'support@desk.example', team: 'Hardware' });
    await desk.db.sql`update contacts set is_main_site_user = true where id = ${bo}`;
    const { number, participants } = await open({ notify: 'team,customer' });
    expect(participants.map((one) => one.address)).toEqual(['lena@desk.example', 'bo@lantern.example']);
    expect(await mails(number)).toEqual([
      `suppressed ana@lantern.example: ${NOT_CHOSEN}`,
      'suppressed jonas@desk.example: they wrote it',
      'queued lena@desk.example: member of the team Hardware',
      'queued bo@lantern.example: main contact or main site user of the customer',
    ]);
    expect((await desk.done(showTicket, { number })).participants).toHaveLength(1);
  });

  test('it may be over already, and somebody’s', async () => {
    const { number } = await open({ status: 'closed', assign: 'jonas@desk.example', notify: 'nobody' });
    const { ticket } = await desk.done(showTicket, { number });
    expect(ticket).toMatchObject({ status: 'closed', assignee: 'Jonas Weil', team: 'Hardware' });
    expect(ticket.closedAt).not.toBeNull();
  });

  test.each([
    [
      'a role nobody knows',
      { notify: 'requester,watchr' },
      /^notify is nobody, or some of requester,.*, not "watchr" \(watcher\?\)\.$/,
    ],
    ['nobody and somebody', { notify: 'nobody,cc' }, /^notify is nobody, or some of/],
    ['a person nobody knows', { for: 99_999 }, /^There is no contact 99999\.$/],
    ['an address nobody knows', { for: 'x@quarry.example' }, /^There is no contact x@quarry\.example\.$/],
    ['a mailbox the desk has not', { mailbox: 'x@desk.example' }, /^The desk has no mailbox x@desk\.example\.$/],
    ['another customer', { customer: 'Quarry' }, /^Ana Peralta is of Unassigned, not of "Quarry"\.$/],
    ['names without a new contact', { firstName: 'Ana' }, /^newContact is missing/],
    ['no words', { text: ' ' }, /^text is empty/],
  ])('%s is refused in words', async (_, more, message) => {
    expect((await refused(more)).message).toMatch(message);
  });
});

test('P-06: no ticket is opened for a contact who is not active, and the refusal says why', async () => {
  const cy = await seedContact(desk.db, 'Cy Moss', 'cy@lantern.example');
  await desk.db.sql`update contacts set status = 'deactivated' where id = ${cy}`;
  expect(await refused({ for: cy })).toMatchObject({
    code: 'contact_not_active',
    message: 'Cy Moss is deactivated, so no new ticket of theirs is opened, however it comes.',
  });
  const until = new Date('2030-02-01T00:00:00Z');
  await desk.db.sql`update contacts set status = 'deactivated_until', deactivated_until = ${until} where id = ${cy}`;
  expect((await refused({ for: cy })).message).toContain('deactivated until 2030-02-01,');
  const { number } = await open({ watchers: [cy] });
  expect(await mails(number)).toContain('suppressed cy@lantern.example: the contact is not active');
  const past = new Date('2030-01-31T12:00:00Z');
  await desk.db.sql`update contacts set deactivated_until = ${past} where id = ${cy}`;
  expect((await open({ for: cy })).requester).toBe('Cy Moss');
});

test('a ticket for somebody by an address that was merged is of that address’s customer, as mail from there would be', async () => {
  const cleo = await desk.done(addContact, {
    firstName: 'Cleo',
    lastName: 'Weil',
    addresses: ['cleo@quarry.example'],
  });
  await desk.done(mergeContacts, { contact: cleo.id, into: ana, acrossCustomers: true });
  const { number } = await open({ for: 'cleo@quarry.example' });
  expect((await desk.done(showTicket, { number })).ticket).toMatchObject({
    requester: 'Ana Peralta',
    customer: 'Quarry',
  });
  await desk.done(unmergeContact, { contact: cleo.id });
});

describe('P-11: a contact together with a ticket', () => {
  const kim = { for: 'kim@quarry.example', newContact: true, firstName: 'Kim', lastName: 'Tide' };

  test('what is required of a contact by hand is required here too', async () => {
    const field = { owner: 'contact', key: 'floor', label: 'Floor', kind: 'number', required: true };
    await desk.done(addField, field);
    const { code, message } = await refused(kim);
    expect(code).toBe('contact_incomplete');
    expect(message).toContain('floor (Floor) is missing: it is required');
    await desk.done(removeField, { owner: 'contact', key: 'floor' });
  });

  test('one step makes both, at home where the address says', async () => {
    const { number, newContact } = await open(kim);
    expect(await desk.done(showContact, { contact: 'kim@quarry.example' })).toMatchObject({
      id: newContact,
      name: 'Kim Tide',
      customer: 'Quarry',
      createdBy: expect.stringMatching(/^operator:\d+$/),
    });
    expect((await desk.done(showTicket, { number })).ticket).toMatchObject({
      requester: 'Kim Tide',
      customer: 'Quarry',
    });
    const kinds = await desk.db.sql<{ kind: string }[]>`
      select kind from events where contact_id = ${newContact} order by id`;
    expect(kinds.map(({ kind }) => kind)).toEqual(['contact_created', 'ticket_opened_by_operator']);
    expect(await refused(kim)).toMatchObject({ code: 'contact_exists' });
  });

  test('a contact made with a ticket is welcomed where that is wanted, unless they are not to be told', async () => {
    const place = { toggle: 'welcome_new_contact', layer: 'desk', layerId: 0 } as const;
    await putSetting(desk.db, place, 'on', 'system:test');
    const welcome = async (who: string, more: object) => {
      const { newContact } = await open({ ...kim, for: who, ...more });
      const rows = await desk.db.sql<{ kind: string; state: string }[]>`
        select kind, state from notifications where contact_id = ${newContact} order by kind`;
      return rows.map(({ kind, state }) => `${kind} ${state}`);
    };
    expect(await welcome('ida@quarry.example', {})).toEqual([
      'contact_welcomed queued',
      'ticket_opened_for_you queued',
    ]);
    expect(await welcome('ivo@quarry.example', { notify: 'nobody' })).toEqual([
      'contact_welcomed suppressed',
      'ticket_opened_for_you suppressed',
    ]);
    await clearSetting(desk.db, place);
  });

  test('what is refused of the ticket makes no contact either', async () => {
    expect((await refused({ ...kim, for: 'lou@quarry.example', watchers: [99_999] })).code).toBe('contact_not_found');
    expect(await desk.refused(showContact, { contact: 'lou@quarry.example' })).toMatchObject({
      code: 'contact_not_found',
    });
  });

  test.each([
    ['without a name', { lastName: '' }, 'lastName is missing: a new contact has one.'],
    ['of a customer nobody knows', { customer: 'Qarry' }, 'There is no customer "Qarry".'],
    [
      'at a mailbox of the desk',
      { for: 'support@desk.example' },
      'support@desk.example is a mailbox of the desk itself.',
    ],
  ])('a contact %s is not made', async (_, more, message) => {
    expect((await refused({ ...kim, for: 'pat@quarry.example', ...more })).message).toBe(message);
  });

  test('of two who make the same contact at once, one is told', async () => {
    const both = await Promise.allSettled([
      open({ ...kim, for: 'max@quarry.example' }),
      open({ ...kim, for: 'max@quarry.example' }),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

test('with several mailboxes it is said through which the ticket is answered', async () => {
  await seedMailbox(desk.db, 'sales@desk.example');
  expect(await refused({})).toMatchObject({
    code: 'mailbox_unsaid',
    mend: expect.stringContaining('--mailbox support@desk.example'),
  });
  const { number } = await open({ mailbox: 'sales@desk.example' });
  expect((await desk.done(showTicket, { number })).ticket).toMatchObject({ mailbox: 'sales@desk.example' });
});
