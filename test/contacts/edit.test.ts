import { afterAll, beforeAll, expect, test } from 'vitest';
import { perform } from '../../src/access/operation.ts';
import type { Actor } from '../../src/access/actor.ts';
import { addOperator } from '../../src/access/operations.ts';
import { addCustomer, setCustomer, showCustomer } from '../../src/contacts/customer-operations.ts';
import {
  addDepartment,
  changeDepartmentName,
  removeDepartment,
  showDepartments,
} from '../../src/contacts/department-operations.ts';
import { setContact } from '../../src/contacts/edit-operations.ts';
import { addContact, showContact } from '../../src/contacts/operations.ts';
import { readPicture, setPicture } from '../../src/contacts/picture-operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { CLI, openTestDesk } from '../access/desk.ts';
import { address, seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

// P-01, P-04, P-05

let desk: TestDesk;
let jonas: Actor;
const ANA = 'ana@lantern.example';

beforeAll(async () => {
  desk = await openTestDesk();
  const mailbox = await seedMailbox(desk.db);
  await desk.done(addCustomer, { name: 'Lantern Works', domains: ['lantern.example'] });
  await desk.done(addCustomer, { name: 'Quarry', domains: ['quarry.example'] });
  await desk.done(addDepartment, { name: 'Purchasing' });
  const ana = await desk.done(addContact, { firstName: 'Ana', lastName: 'Peralta', addresses: [ANA] });
  await desk.done(addContact, { firstName: 'Ife', lastName: 'Okafor', addresses: ['ife@quarry.example'] });
  await seedTicket(desk.db, mailbox, ana.id);
  const added = await desk.done(addOperator, { address: 'jonas@desk.example', name: 'Jonas Weil', role: 'agent' });
  jonas = { is: 'operator', id: added.id, name: 'Jonas Weil', address: address('jonas@desk.example'), role: 'agent' };
});
afterAll(() => desk.drop());

const lastAudit = async () => {
  const [row] = await desk.db.sql<{ operation: string; outcome: string; input: unknown; changes: unknown }[]>`
    select operation, outcome, input, changes from audit_rows order by id desc limit 1`;
  return row;
};

test('every field of a contact can be written and read again, and the audit says what was and what is', async () => {
  const texts = {
    title: 'Dr.',
    firstName: 'Ana Maria',
    lastName: 'Peralta Lima',
    userName: 'Ana.P',
    phone: '+49 30 1234',
    mobile: '+49 170 1',
    fax: '+49 30 1235',
    department: 'PURCHASING',
    jobTitle: 'Head of Lamps',
    street: 'Wick Lane 1',
    zip: '10115',
    city: 'Berlin',
    country: 'Germany',
    locale: 'pt_br',
    comment: 'Calls first.\nThen writes.',
  };
  const { contact } = await desk.done(setContact, { contact: ANA, ...texts, mainSiteUser: 'on', devices: ['Lamp 7'] });
  expect(contact).toMatchObject({
    ...texts,
    department: 'Purchasing',
    locale: 'pt-BR',
    isMainSiteUser: true,
    relatedDevices: ['Lamp 7'],
    version: 2,
  });
  expect(await desk.done(showContact, { contact: contact.id })).toEqual({ ...contact, mutes: [] });
  const audit = await lastAudit();
  expect(audit).toMatchObject({ operation: 'contact.set', outcome: 'done' });
  expect(audit?.changes).toMatchObject({
    from: { contact: contact.id, firstName: 'Ana', phone: '', userName: null, relatedDevices: [] },
    to: { contact: contact.id, firstName: 'Ana Maria', phone: '+49 30 1234', userName: 'Ana.P' },
  });
});

test('what is not given stays, and an empty text clears', async () => {
  const { mutes: _, ...before } = await desk.done(showContact, { contact: ANA });
  const { contact, fields } = await desk.done(setContact, { contact: ANA, fax: '', department: '', locale: '' });
  expect(fields.toSorted()).toEqual(['department', 'fax', 'locale']);
  expect(contact).toEqual({
    ...before,
    fax: '',
    department: null,
    locale: null,
    version: before.version + 1,
    updatedAt: contact.updatedAt,
  });
});

test('what is so already is no change: neither version nor time move', async () => {
  const { mutes: _, ...before } = await desk.done(showContact, { contact: ANA });
  const again = { contact: ANA, phone: before.phone, devices: ['LAMP 7'], customer: 'lantern works' };
  const { contact, fields } = await desk.done(setContact, again);
  expect({ fields, contact }).toEqual({ fields: [], contact: before });
});

test('a name cannot be taken from a contact, but who never had one may be changed', async () => {
  expect((await desk.refused(setContact, { contact: ANA, lastName: ' ' })).message).toContain('lastName is empty');
  const nameless = await seedContact(desk.db, '', 'desk17@lantern.example');
  expect((await desk.done(setContact, { contact: nameless, phone: '17' })).contact.phone).toBe('17');
});

test('a user name has one owner, whatever its case, who is named; it is no address', async () => {
  const taken = await desk.refused(setContact, { contact: 'ife@quarry.example', userName: 'ANA.p', phone: '1' });
  expect(taken.message).toMatch(/^The user name "ANA\.p" is that of contact \d+, Ana Maria Peralta Lima\.$/);
  expect((await desk.done(showContact, { contact: 'ife@quarry.example' })).phone).toBe('');
  const moss = { firstName: 'Jo', lastName: 'Moss', addresses: ['moss@quarry.example'], userName: 'ana.P' };
  expect((await desk.refused(addContact, moss)).code).toBe('user_name_taken');
  expect((await desk.refused(setContact, { contact: ANA, userName: 'a@b.example' })).message).toContain('has no "@"');
});

test('of two who take one user name at once, one has it and the other is told', async () => {
  const contacts = [
    await seedContact(desk.db, 'Una One', 'una@quarry.example'),
    await seedContact(desk.db, 'Dua Two', 'dua@quarry.example'),
  ];
  const both = await Promise.all(
    contacts.map((contact) => perform(desk.deps, CLI, setContact, { contact, userName: 'una' })),
  );
  expect(both.filter(({ ok }) => ok)).toHaveLength(1);
  expect(both.flatMap((done) => (done.ok ? [] : [done.error.code]))).toEqual(['user_name_taken']);
});

test('of two operators who saw the same version the second is told who was first, and nothing is half applied', async () => {
  const { version, id } = await desk.done(showContact, { contact: ANA });
  await desk.done(setContact, { contact: ANA, phone: '1', ifVersion: version }, jonas);
  const late = await desk.refused(setContact, { contact: id, phone: '2', city: 'Lisbon', ifVersion: version });
  expect(late.code).toBe('changed_meanwhile');
  expect(late.message).toMatch(/ was changed by Jonas Weil on 20.*Z, after you looked\.$/);
  expect(await desk.done(showContact, { contact: ANA })).toMatchObject({ phone: '1', city: 'Berlin' });
});

test('of two operators at the very same time, one goes through and the other is told', async () => {
  const { version } = await desk.done(showContact, { contact: ANA });
  const both = await Promise.all(
    ['3', '4'].map((phone) => perform(desk.deps, jonas, setContact, { contact: ANA, phone, ifVersion: version })),
  );
  expect(both.flatMap((done) => (done.ok ? [] : [done.error.code]))).toEqual(['changed_meanwhile']);
  expect((await desk.done(showContact, { contact: ANA })).version).toBe(version + 1);
});

test('devices come and go, and one that is not theirs is told with the nearest', async () => {
  const changed = await desk.done(setContact, {
    contact: ANA,
    devices: ['Lamp 8', 'lamp 8'],
    removeDevices: ['lamp 7'],
  });
  expect(changed.contact.relatedDevices).toEqual(['Lamp 8']);
  const { message } = await desk.refused(setContact, { contact: ANA, removeDevices: ['Lamp 9'] });
  expect(message).toBe('removeDevices is no device of theirs, "Lamp 9": did you mean "Lamp 8"?');
});

test('whoever is merged is edited as the one who stands for them; the deleted are not', async () => {
  const merged = await seedContact(desk.db, 'Ana Twin', 'twin@lantern.example');
  const { id } = await desk.done(showContact, { contact: ANA });
  await desk.db.sql`update contacts set merged_into_id = ${id} where id = ${merged}`;
  expect((await desk.done(setContact, { contact: merged, phone: '5' })).contact).toMatchObject({ id, phone: '5' });
  expect((await desk.done(setContact, { contact: 'twin@lantern.example', phone: '6' })).contact.id).toBe(id);
  const [own] = await desk.db.sql<{ phone: string }[]>`select phone from contacts where id = ${merged}`;
  expect(own?.phone).toBe('');
  const shown = await desk.done(showContact, { contact: ANA });
  expect(shown).toMatchObject({ addresses: [ANA], merged: [{ id: merged, addresses: ['twin@lantern.example'] }] });
  expect(shown.addressStates.at(-1)).toMatchObject({ address: 'twin@lantern.example', ownerId: merged });
  await desk.db.sql`update contacts set merged_into_id = null where id = ${merged}`;
  const gone = await seedContact(desk.db, 'Gone Away');
  await desk.db.sql`update contacts set status = 'deleted' where id = ${gone}`;
  expect((await desk.refused(setContact, { contact: gone, phone: '1' })).code).toBe('contact_deleted');
  expect((await desk.refused(setPicture, { contact: gone, picture: PNG })).code).toBe('contact_deleted');
});

test('a contact shows which addresses are proven and which we do not mail', async () => {
  await desk.db.sql`update contact_addresses set verified_at = now(), verified_by = 'mail' where address = ${ANA}`;
  await desk.db.sql`insert into suppressions (address, reason) values (${ANA}, 'bounced')`;
  expect((await desk.done(showContact, { contact: ANA })).addressStates[0]).toMatchObject({
    address: ANA,
    isPrimary: true,
    verifiedBy: 'mail',
    suppressedFor: 'bounced',
  });
});

test('the main contact is one of the customer’s own people, and goes with them', async () => {
  const set = { customer: 'Lantern Works', mainContact: ANA };
  expect((await desk.done(setCustomer, set)).customer).toMatchObject({
    mainContact: 'Ana Maria Peralta Lima',
    version: 2,
  });
  const foreign = await desk.refused(setCustomer, { customer: 'Lantern Works', mainContact: 'ife@quarry.example' });
  expect(foreign.message).toMatch(
    /^Contact \d+ is of Quarry: the main contact of Lantern Works is one of its own people\.$/,
  );
  const { notes } = await desk.done(setContact, { contact: ANA, customer: 'Quarry' });
  expect(notes).toEqual([
    'Lantern Works has no main contact any more: it was this contact.',
    'They are no main site user any more: --main-site-user on makes them one there.',
    'Tickets opened so far stay with Lantern Works.',
  ]);
  expect(await desk.done(showCustomer, { customer: 'Lantern Works' })).toMatchObject({ mainContact: null, version: 3 });
  await desk.done(setContact, { contact: ANA, customer: 'Lantern Works', mainSiteUser: 'on' });
  await desk.done(setCustomer, set);
  expect((await desk.done(setCustomer, { ...set, mainContact: 'none' })).customer.mainContactId).toBeNull();
});

test('whoever sees all tickets of their customer does not see those of the next one for it', async () => {
  const { contact, notes } = await desk.done(setContact, { contact: ANA, customer: 'Quarry' });
  expect(contact.isMainSiteUser).toBe(false);
  expect(notes).toContain('They are no main site user any more: --main-site-user on makes them one there.');
  const back = await desk.done(setContact, { contact: ANA, customer: 'Lantern Works', mainSiteUser: 'on' });
  expect(back.contact.isMainSiteUser).toBe(true);
});

test('whoever moves while being made main contact is in the end not main contact of where they are not', async () => {
  for (let round = 0; round < 5; round += 1) {
    await Promise.all([
      perform(desk.deps, CLI, setCustomer, { customer: 'Lantern Works', mainContact: ANA }),
      perform(desk.deps, CLI, setContact, { contact: ANA, customer: 'Quarry' }),
    ]);
    expect((await desk.done(showCustomer, { customer: 'Lantern Works' })).mainContact).toBeNull();
    await desk.done(setContact, { contact: ANA, customer: 'Lantern Works' });
  }
});

test('a customer is changed as a whole or not at all', async () => {
  await desk.done(setContact, { contact: ANA, mainSiteUser: 'on' });
  const { customer } = await desk.done(setCustomer, {
    customer: 'Lantern Works',
    name: 'Lantern & Sons',
    locale: 'pt',
    comment: 'Since 1898.',
    domains: ['sons.example'],
    removeDomains: ['lantern.example'],
  });
  expect(customer).toMatchObject({
    name: 'Lantern & Sons',
    locale: 'pt',
    comment: 'Since 1898.',
    domains: ['sons.example'],
    contactCount: 1,
    mainSiteUserCount: 1,
    ticketCount: 1,
    openTicketCount: 1,
  });
  expect(await lastAudit()).toMatchObject({
    changes: {
      from: { customer: customer.id, name: 'Lantern Works', domains: ['lantern.example'] },
      to: { customer: customer.id, name: 'Lantern & Sons', domains: ['sons.example'] },
    },
  });
  const again = { customer: 'lantern & sons' };
  expect((await desk.refused(setCustomer, { ...again, locale: '', name: 'QUARRY' })).code).toBe('customer_exists');
  expect((await desk.refused(setCustomer, { ...again, locale: '', domains: ['quarry.example'] })).code).toBe(
    'domain_taken',
  );
  const unknown = await desk.refused(setCustomer, { ...again, locale: '', removeDomains: ['son.example'] });
  expect(unknown.message).toBe('Lantern & Sons has no domain son.example: did you mean sons.example?');
  expect((await desk.refused(setCustomer, { customer: 'Quary', locale: 'pt' })).message).toBe(
    'There is no customer "Quary": did you mean "Quarry"?',
  );
  expect((await desk.refused(setCustomer, { customer: 'Unassigned', name: 'Nobody' })).code).toBe('customer_built_in');
  const stale = await desk.refused(setCustomer, { ...again, locale: '', ifVersion: 1 });
  expect(stale.message).toMatch(/^The customer "Lantern & Sons" was changed by system:cli on /);
  expect(await desk.done(showCustomer, again)).toEqual(customer);
});

test('departments are a list: misspelt ones are told, a new name goes along, and one in use stays', async () => {
  const { message } = await desk.refused(setContact, { contact: ANA, department: 'Purchsing' });
  expect(message).toBe('department is no department, "Purchsing": did you mean "Purchasing"?');
  await desk.done(setContact, { contact: ANA, department: 'purchasing' });
  expect((await desk.refused(addDepartment, { name: 'PURCHASING' })).code).toBe('department_exists');
  await desk.done(addDepartment, { name: 'Sales' });
  expect((await desk.refused(changeDepartmentName, { name: 'Purchasing', newName: 'sales' })).code).toBe(
    'department_exists',
  );
  await desk.done(changeDepartmentName, { name: 'purchasing', newName: 'Procurement' });
  expect((await desk.done(showContact, { contact: ANA })).department).toBe('Procurement');
  expect(await desk.done(showDepartments, {})).toEqual([
    { name: 'Procurement', contactCount: 1 },
    { name: 'Sales', contactCount: 0 },
  ]);
  expect((await desk.refused(removeDepartment, { name: 'procurement' })).message).toBe(
    '1 contact is in the department "Procurement".',
  );
  expect((await desk.refused(removeDepartment, { name: 'Procuremnt' })).message).toBe(
    'There is no department "Procuremnt": did you mean "Procurement"?',
  );
  await desk.done(removeDepartment, { name: 'sales' });
});

test('a department that is removed while somebody joins it is either theirs or gone, and never both', async () => {
  for (let round = 0; round < 5; round += 1) {
    await desk.done(addDepartment, { name: 'Stores' });
    const [joined, removed] = await Promise.all([
      perform(desk.deps, CLI, setContact, { contact: 'ife@quarry.example', department: 'Stores' }),
      perform(desk.deps, CLI, removeDepartment, { name: 'Stores' }),
    ]);
    expect(joined.ok).toBe(!removed.ok);
    await desk.done(setContact, { contact: 'ife@quarry.example', department: '' });
    if (!removed.ok) await desk.done(removeDepartment, { name: 'Stores' });
  }
});

const PNG = Buffer.from('\x89PNG\r\n\x1a\n not much of a picture', 'latin1');

test('a picture is kept as it is, and the audit does not hold it', async () => {
  expect(await desk.done(setPicture, { contact: ANA, picture: PNG })).toMatchObject({ pictureType: 'image/png' });
  expect((await desk.done(readPicture, { contact: ANA })).bytes).toEqual(PNG);
  expect(await lastAudit()).toMatchObject({
    operation: 'contact.picture',
    input: { contact: ANA, picture: `image/png, ${PNG.byteLength} bytes` },
    changes: { from: { pictureType: null }, to: { pictureType: 'image/png' } },
  });
  const large = Buffer.concat([PNG, Buffer.alloc(1024 * 1024)]);
  expect((await desk.refused(setPicture, { contact: ANA, picture: large })).message).toContain('larger than 1048576');
  const text = await desk.refused(setPicture, { contact: ANA, picture: Buffer.from('a text') });
  expect(text.message).toBe('picture is no PNG, JPEG, GIF or WebP picture.');
  const { version } = await desk.done(showContact, { contact: ANA });
  expect((await desk.refused(setPicture, { contact: ANA, picture: null, ifVersion: version - 1 })).code).toBe(
    'changed_meanwhile',
  );
  await desk.done(setPicture, { contact: ANA, picture: null });
  expect((await desk.refused(readPicture, { contact: ANA })).code).toBe('no_picture');
  expect(await desk.db.sql`select 1 from blobs`).toHaveLength(0);
});
