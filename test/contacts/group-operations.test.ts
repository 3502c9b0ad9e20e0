import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addCustomer } from '../../src/contacts/customer-operations.ts';
import {
  addGroup,
  dropFromGroup,
  putIntoGroup,
  removeGroup,
  setGroup,
  showGroup,
  showGroups,
} from '../../src/contacts/group-operations.ts';
import type { ContactId } from '../../src/db/ids.ts';
import { addToTicket } from '../../src/tickets/participant-operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

let desk: TestDesk;
let ana: ContactId;
let bo: ContactId;
let number: number;
beforeAll(async () => {
  desk = await openTestDesk();
  const mailboxId = await seedMailbox(desk.db);
  ana = await seedContact(desk.db, 'Ana Peralta', 'ana@lantern.example', 'ana@home.example');
  bo = await seedContact(desk.db, 'Bo Lind', 'bo@lantern.example');
  ({ number } = await seedTicket(desk.db, mailboxId, ana));
  await desk.done(addCustomer, { name: 'Lantern Works', domains: [] });
  await desk.done(addGroup, { name: 'Night shift' });
});
afterAll(() => desk.drop());

const addresses = async (group: string | number) =>
  (await desk.done(showGroup, { group })).members.map((one) => one.address);

describe('P-12: notification groups', () => {
  test('a group holds contacts and bare addresses; an address of a contact is that contact', async () => {
    const { members, moved } = await desk.done(putIntoGroup, {
      group: 'night SHIFT',
      members: ['ana@home.example', String(bo), 'guard@gate.example', 'guard@gate.example'],
    });
    expect(moved).toEqual(['Ana Peralta', 'Bo Lind', 'guard@gate.example']);
    expect(members).toMatchObject([
      { contactId: ana, address: 'ana@lantern.example' },
      { contactId: bo, address: 'bo@lantern.example' },
      { contactId: null, address: 'guard@gate.example' },
    ]);
  });

  test('putting somebody in again is said, by whichever address', async () => {
    const { message } = await desk.refused(putIntoGroup, { group: 'Night shift', members: ['ana@lantern.example'] });
    expect(message).toBe('Ana Peralta: in the group already.');
  });

  test('what a group cannot hold is refused, and nobody of the same line is put in', async () => {
    const before = await addresses('Night shift');
    const put = (member: string) =>
      desk.refused(putIntoGroup, { group: 'Night shift', members: ['cy@x.example', member] });
    expect(await put('support@desk.example')).toMatchObject({ code: 'address_of_desk' });
    expect(await put('99999')).toMatchObject({ code: 'contact_not_found' });
    expect(await put('no address')).toMatchObject({ code: 'invalid_input' });
    expect(await addresses('Night shift')).toEqual(before);
  });

  test('an address that becomes a contact’s later is that contact: one member, one mail', async () => {
    await desk.done(addGroup, { name: 'Later' });
    await desk.done(putIntoGroup, { group: 'Later', members: ['new@lantern.example'] });
    const dora = await seedContact(desk.db, 'Dora Lang', 'dora@lantern.example', 'new@lantern.example');
    expect((await desk.done(showGroup, { group: 'Later' })).members).toMatchObject([
      { contactId: dora, address: 'dora@lantern.example', typed: 'new@lantern.example' },
    ]);
    expect(await desk.refused(putIntoGroup, { group: 'Later', members: [String(dora)] })).toMatchObject({
      code: 'already_in_group',
    });
    await desk.done(dropFromGroup, { group: 'Later', members: ['dora@lantern.example'] });
    expect(await addresses('Later')).toEqual([]);
  });

  test('where two contacts are merged, the group has them as one person, by either', async () => {
    await desk.done(addGroup, { name: 'Merged' });
    const [kim, kimToo] = [
      await seedContact(desk.db, 'Kim Tide', 'kim@tide.example'),
      await seedContact(desk.db, 'K Tide', 'k.tide@tide.example'),
    ];
    await desk.done(putIntoGroup, { group: 'Merged', members: [String(kim)] });
    await desk.db.sql`update contacts set merged_into_id = ${kimToo} where id = ${kim}`;
    expect(await addresses('Merged')).toEqual(['k.tide@tide.example']);
    expect((await desk.refused(putIntoGroup, { group: 'Merged', members: [String(kimToo)] })).code).toBe(
      'already_in_group',
    );
    await desk.db.sql`update contacts set merged_into_id = null where id = ${kim}`;
    expect(await addresses('Merged')).toEqual(['kim@tide.example']);
  });

  test('a deactivated contact stays a member; a deleted one cannot become one', async () => {
    const gone = await seedContact(desk.db, '');
    await desk.db.sql`update contacts set status = 'deleted' where id = ${gone}`;
    expect(await desk.refused(putIntoGroup, { group: 'Night shift', members: [String(gone)] })).toMatchObject({
      code: 'contact_deleted',
    });
    const silent = await seedContact(desk.db, 'Sil Ent');
    expect(await desk.refused(putIntoGroup, { group: 'Night shift', members: [String(silent)] })).toMatchObject({
      message: 'Sil Ent has no address, so no mail would reach them.',
    });
  });

  test('a name is unique for each customer and for all: where it is two groups’, the number tells', async () => {
    expect(await desk.refused(addGroup, { name: 'night shift' })).toMatchObject({ code: 'group_exists' });
    const { id } = await desk.done(addGroup, { name: 'Night shift', customer: 'Lantern Works' });
    const { message } = await desk.refused(showGroup, { group: 'Night shift' });
    expect(message).toMatch(/^"Night shift" is the name of 2 groups: \d+ \(all customers\), \d+ \(Lantern Works\)\.$/);
    expect(await desk.done(showGroup, { group: id })).toMatchObject({ customer: 'Lantern Works', members: [] });
    expect(await desk.done(setGroup, { group: id, name: 'Early shift' })).toMatchObject({ before: 'Night shift' });
    expect(await desk.refused(setGroup, { group: 'Later', name: 'NIGHT shift' })).toMatchObject({
      code: 'group_exists',
    });
  });

  test('a wrong name brings the nearest; a number is no name', async () => {
    expect((await desk.refused(showGroup, { group: 'Nigth shift' })).message).toBe(
      'There is no group "Nigth shift"; "Night shift" is one.',
    );
    expect((await desk.refused(addGroup, { name: '#12' })).message).toContain('name cannot be a number');
    expect(await desk.refused(addGroup, { name: 'X', customer: 'Nobody' })).toMatchObject({
      code: 'customer_not_found',
    });
  });

  test('of one customer those are listed that fit its tickets', async () => {
    await desk.done(addCustomer, { name: 'Quarry', domains: [] });
    const names = async (customer: string) => (await desk.done(showGroups, { customer })).map(({ name }) => name);
    expect(await names('Lantern Works')).toContain('Early shift');
    expect(await names('Quarry')).not.toContain('Early shift');
    expect(await names('Quarry')).toContain('Night shift');
  });

  test('a group on tickets is removed when that is said, and it says how many', async () => {
    await desk.done(addToTicket, { number, groups: ['Night shift'] });
    const { message, mend } = await desk.refused(removeGroup, { group: 'Night shift' });
    expect(message).toContain('is on 1 ticket;');
    expect(mend).toContain('--from-tickets');
    expect(await desk.done(removeGroup, { group: 'Night shift', fromTickets: true })).toMatchObject({ ticketCount: 1 });
    expect((await desk.refused(showGroup, { group: 'Night shift' })).code).toBe('group_not_found');
  });

  test('a group has a bound', async () => {
    await desk.done(addGroup, { name: 'Many' });
    const many = Array.from({ length: 100 }, (_, index) => `m${index}@many.example`);
    await desk.done(putIntoGroup, { group: 'Many', members: many });
    expect(await desk.refused(putIntoGroup, { group: 'Many', members: ['one.more@many.example'] })).toMatchObject({
      message: 'A group has at most 100 members; Many has 100.',
    });
  });

  test('of two who put the same person in at once, one is told', async () => {
    await desk.done(addGroup, { name: 'Twice' });
    const put = () => desk.done(putIntoGroup, { group: 'Twice', members: [String(bo)] });
    const both = await Promise.allSettled([put(), put()]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test('the audit says who was in it before and after', async () => {
    const [row] = await desk.db.sql<{ changes: unknown }[]>`
      select changes from audit_rows where operation = 'group.put' and outcome = 'done' order by id limit 1`;
    expect(row?.changes).toEqual({ from: [], to: [`contact ${ana}`, `contact ${bo}`, 'guard@gate.example'] });
  });
});
