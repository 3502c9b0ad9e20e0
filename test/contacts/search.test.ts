import { afterAll, beforeAll, expect, test } from 'vitest';
import { addCustomer, showCustomers } from '../../src/contacts/customer-operations.ts';
import { addContact, showContacts } from '../../src/contacts/operations.ts';
import type { ContactPage } from '../../src/contacts/contact-search-store.ts';
import { searchContacts } from '../../src/contacts/contact-search-store.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { seedContact } from '../support/seed.ts';

// P-01, P-02, P-09

let desk: TestDesk;
beforeAll(async () => {
  desk = await openTestDesk();
  await desk.done(addCustomer, { name: 'Lantern Works', domains: ['lantern.example'] });
  await desk.done(addCustomer, { name: 'Quarry 100%', domains: ['quarry.example', 'stone.example'] });
  const people = [
    { firstName: 'Ana', lastName: 'Peralta', addresses: ['ana@lantern.example', 'home@peralta.example'] },
    { firstName: 'Ännchen', lastName: 'Müller', addresses: ['am@quarry.example'], phone: '030 555-123' },
    { firstName: 'Bo', lastName: 'Wu', addresses: ['bo@quarry.example'], userName: '50%_off', comment: 'Calls first.' },
    { firstName: 'Deniz', lastName: 'Peralta', addresses: ['dp@quarry.example'], deactivated: true },
    { firstName: 'Eli', lastName: 'Uwund', addresses: ['eli@lantern.example'], deactivatedUntil: '2030-02-28' },
  ];
  for (const person of people) await desk.done(addContact, person);
  // Until a moment that is over: they are active again.
  const over = await seedContact(desk.db, 'Fay Back', 'fay@lantern.example');
  await desk.db.sql`
    update contacts set status = 'deactivated_until', deactivated_until = '2030-01-31T12:00:00Z' where id = ${over}`;
  const gone = await seedContact(desk.db, 'Gus Gone');
  await desk.db.sql`update contacts set status = 'deleted' where id = ${gone}`;
  const twin = await seedContact(desk.db, 'Nina Twin', 'twin@double.example');
  await desk.db.sql`
    update contacts set merged_into_id = (select contact_id from contact_addresses where address = 'ana@lantern.example')
    where id = ${twin}`;
});
afterAll(() => desk.drop());

const names = async (input: object): Promise<readonly string[]> =>
  (await desk.done(showContacts, input)).contacts.map(({ name }) => name);

test.each([
  [
    'everybody who stands, by number',
    {},
    ['Ana Peralta', 'Ännchen Müller', 'Bo Wu', 'Deniz Peralta', 'Eli Uwund', 'Fay Back'],
  ],
  ['of a customer', { customer: 'LANTERN works' }, ['Ana Peralta', 'Eli Uwund']],
  ['of a customer, whoever is merged with the one who stands', { customer: 'Unassigned' }, ['Ana Peralta', 'Fay Back']],
  ['by a part of a name, whatever the case', { search: 'eralT' }, ['Ana Peralta', 'Deniz Peralta']],
  ['by letters of the world', { search: 'ÄNNCHEN müll' }, ['Ännchen Müller']],
  ['by letters that are written in two', { search: 'mu\u0308ller' }, ['Ännchen Müller']],
  ['by a part of any address', { search: 'home@per' }, ['Ana Peralta']],
  ['by an address of somebody merged into them', { search: 'double.example' }, ['Ana Peralta']],
  ['by words that are found in different places', { search: 'quarry peralta' }, ['Deniz Peralta']],
  ['not unless all words are found', { search: 'quarry lantern' }, []],
  ['by a part of a phone number', { search: '5-123' }, ['Ännchen Müller']],
  ['by a user name, in which wildcards are what they are', { search: '%_o' }, ['Bo Wu']],
  ['not by a wildcard', { search: 'a%a' }, []],
  ['by two letters that begin a word', { search: 'wu' }, ['Bo Wu']],
  ['by two letters and a word', { search: 'de peralta' }, ['Deniz Peralta']],
  [
    'of a customer and by a word',
    { search: 'example', customer: 'Quarry 100%' },
    ['Ännchen Müller', 'Bo Wu', 'Deniz Peralta'],
  ],
  ['active, also where a date is over', { status: 'active' }, ['Ana Peralta', 'Ännchen Müller', 'Bo Wu', 'Fay Back']],
  ['deactivated', { status: 'deactivated' }, ['Deniz Peralta']],
  ['deactivated until a date', { status: 'deactivated_until' }, ['Eli Uwund']],
  ['deleted', { status: 'deleted' }, ['Gus Gone']],
  ['merged', { status: 'merged' }, ['Nina Twin']],
  ['merged, by a word', { status: 'merged', search: 'double nina' }, ['Nina Twin']],
])('a list has people %s', async (_, input, found) => {
  expect(await names(input)).toEqual(found);
});

test('a list says how each stands now, shows comments, and all addresses of a person', async () => {
  const { contacts } = await desk.done(showContacts, {});
  expect(contacts.find(({ name }) => name === 'Fay Back')).toMatchObject({ status: 'active', deactivatedUntil: null });
  expect(contacts.find(({ name }) => name === 'Bo Wu')?.comment).toBe('Calls first.');
  expect(contacts[0]).toMatchObject({
    addresses: ['ana@lantern.example', 'home@peralta.example'],
    merged: [{ name: 'Nina Twin', customer: 'Unassigned', addresses: ['twin@double.example'] }],
  });
});

test.each([{}, { search: 'example' }, { search: 'a' }])(
  'pages of %j are whole and none is shown twice',
  async (query) => {
    const all = await names(query);
    const paged: string[] = [];
    let after: number | null = null;
    do {
      const page: ContactPage = await desk.done(showContacts, {
        ...query,
        limit: 2,
        ...(after === null ? {} : { after }),
      });
      expect(page.contacts.length).toBeLessThanOrEqual(2);
      paged.push(...page.contacts.map(({ name }) => name));
      after = page.next;
    } while (after !== null);
    expect(paged).toEqual(all);
  },
);

test.each([
  ['a status that is none', { status: 'asleep' }, 'status is active or deactivated'],
  ['a limit above a thousand', { limit: 1001 }, 'limit is a number from 1 to 1000'],
  ['a customer that is misspelt', { customer: 'Lantern Wrks' }, 'did you mean "Lantern Works"?'],
])('%s is refused', async (_, input, words) => {
  expect((await desk.refused(showContacts, input)).message).toContain(words);
});

test('where so many match that nobody can be told from anybody, contacts are looked through in turns', async () => {
  const fresh = await openTestDesk();
  try {
    // Everybody has the word, nobody is rare: 20,500 people, and one who is looked for at the end.
    await fresh.db.sql`
      insert into contacts (customer_id, first_name, last_name, phone, created_by)
      select u.id, 'Common', 'Crowd', case when n = 20500 then '7-71' else '' end, 'test'
      from generate_series(1, 20500) n, customers u where u.is_unassigned order by n`;
    const query = { customerId: null, search: 'common crowd', status: null, limit: 3, after: 0, now: new Date() };
    const first = await searchContacts(fresh.db, query);
    expect(first).toMatchObject({ isFull: true, next: first.contacts[2]?.id });
    const turns: (number | null)[] = [];
    let found = 0;
    for (let after: number | null = 0; after !== null;) {
      const page: ContactPage = await searchContacts(fresh.db, { ...query, search: 'common --', after });
      found += page.contacts.length;
      turns.push(page.next);
      after = page.next;
    }
    expect({ turns: turns.length, found }).toEqual({ turns: 3, found: 0 });
    expect((await searchContacts(fresh.db, { ...query, search: 'common 7-71' })).contacts).toHaveLength(1);
  } finally {
    await fresh.drop();
  }
});

test('on a large desk a word is found whole, though its index is not asked for what nearly everybody has', async () => {
  const fresh = await openTestDesk();
  try {
    await fresh.db.sql`
      with made as (
        insert into contacts (customer_id, first_name, last_name, created_by)
        select u.id, 'Person', 'No' || n, 'test' from generate_series(1, 300) n, customers u where u.is_unassigned
        returning id, last_name)
      insert into contact_addresses (address, contact_id, is_primary)
      select lower(last_name) || case when id % 2 = 0 then '@shared_co.example' else '@sharedxco.example' end, id, true from made`;
    await fresh.db.sql`analyze contacts, contact_addresses`;
    // As if the few were the first of very many.
    await fresh.db.sql`update pg_class set reltuples = 100000 where oid = 'contact_addresses'::regclass`;
    const query = { customerId: null, status: null, limit: 1000, after: 0, now: new Date() };
    const found = async (search: string) => (await searchContacts(fresh.db, { ...query, search })).contacts.length;
    const all = await fresh.db.sql<{ address: string }[]>`select address from contact_addresses`;
    for (const search of [
      'no123@shared',
      'o12',
      'o123@shared_co.example',
      'o123@sharedxco.ex',
      '23@shared_co',
      '99@sharedxco.example',
    ]) {
      expect(await found(search)).toBe(all.filter(({ address }) => address.includes(search)).length);
    }
  } finally {
    await fresh.drop();
  }
});

test.each([
  [{}, ['Lantern Works', 'Quarry 100%', 'Unassigned']],
  [{ search: 'ntern' }, ['Lantern Works']],
  [{ search: 'stone' }, ['Quarry 100%']],
  [{ search: '100% quarry.ex' }, ['Quarry 100%']],
  [{ search: '0_%' }, []],
  [{ after: 'lantern works' }, ['Quarry 100%', 'Unassigned']],
  [{ limit: 2 }, ['Lantern Works', 'Quarry 100%']],
])('customers asked for by %j', async (input, found) => {
  const { customers, next } = await desk.done(showCustomers, input);
  expect(customers.map(({ name }) => name)).toEqual(found);
  expect(next).toBe('limit' in input ? 'Quarry 100%' : null);
});

test('a customer in the list counts its people who are there', async () => {
  const { customers } = await desk.done(showCustomers, {});
  expect(customers.map(({ contactCount }) => contactCount)).toEqual([2, 3, 1]);
});
