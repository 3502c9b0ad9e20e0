import { afterAll, beforeAll, expect, test } from 'vitest';
import { addAddress } from '../../src/contacts/address-operations.ts';
import { addCustomer, showCustomers } from '../../src/contacts/customer-operations.ts';
import { addContact, showContact, showContacts } from '../../src/contacts/operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { seedMailbox } from '../support/seed.ts';

const MOSS = { firstName: 'Jo', lastName: 'Moss', customer: 'Lantern Works' };

let desk: TestDesk;
beforeAll(async () => {
  desk = await openTestDesk();
  await seedMailbox(desk.db);
  await desk.done(addCustomer, { name: 'Lantern Works', domains: ['Lantern.example'] });
  await desk.done(addContact, {
    firstName: 'Ana',
    lastName: 'Peralta',
    addresses: ['Ana@lantern.example', 'ana@home.example'],
  });
});
afterAll(() => desk.drop());

test('a customer has its domains in their canonical form', async () => {
  const { customers } = await desk.done(showCustomers, {});
  expect(customers.find(({ name }) => name === 'Lantern Works')).toMatchObject({
    domains: ['lantern.example'],
    contactCount: 1,
  });
});

test('a domain where anybody can have an address is no customer’s', async () => {
  const { message } = await desk.refused(addCustomer, { name: 'Quarry', domains: ['gmail.com', 'not a domain'] });
  expect(message).toContain('cannot be gmail.com: anybody can have an address there');
  expect(message).toContain('not "not a domain"');
});

test('a domain has one customer, and a customer one name, whatever its case', async () => {
  const taken = await desk.refused(addCustomer, { name: 'Quarry', domains: ['lantern.example'] });
  expect(taken.message).toBe('The domain lantern.example belongs to Lantern Works.');
  expect((await desk.done(showCustomers, { search: 'quarry' })).customers).toEqual([]);
  expect((await desk.refused(addCustomer, { name: 'LANTERN works' })).code).toBe('customer_exists');
});

test('a contact is found by any address, the first is primary, and the domain says the company', async () => {
  const ana = await desk.done(showContact, { contact: 'ANA@home.example' });
  expect(ana).toMatchObject({
    name: 'Ana Peralta',
    customer: 'Lantern Works',
    status: 'active',
    createdBy: 'system:cli',
    addresses: ['ana@lantern.example', 'ana@home.example'],
  });
  expect(await desk.done(showContact, { contact: ana.id })).toEqual(ana);
  const { contacts } = await desk.done(showContacts, { customer: 'lantern works' });
  expect(contacts).toMatchObject([{ id: ana.id, name: 'Ana Peralta', addresses: ana.addresses }]);
});

test('by hand, nobody is put into "Unassigned" unless that is said', async () => {
  const ife = { firstName: 'Ife', lastName: 'Okafor', addresses: ['okafor@quarry.example'] };
  const { code, message } = await desk.refused(addContact, ife);
  expect({ code, message }).toEqual({
    code: 'invalid_input',
    message: 'customer is missing: no customer has the domain quarry.example.',
  });
  expect(await desk.done(addContact, { ...ife, customer: 'unassigned' })).toMatchObject({ customer: 'Unassigned' });
  const misspelt = await desk.refused(addContact, { ...ife, customer: 'Lantern Wroks' });
  expect(misspelt.message).toBe('There is no customer "Lantern Wroks": did you mean "Lantern Works"?');
});

test('an address has one owner: the refusal names them and nobody is added', async () => {
  const { message } = await desk.refused(addContact, {
    ...MOSS,
    addresses: ['new@quarry.example', 'ana@home.example'],
  });
  expect(message).toMatch(/^ana@home\.example belongs to contact \d+, Ana Peralta\.$/);
  expect((await desk.refused(showContact, { contact: 'new@quarry.example' })).code).toBe('contact_not_found');
});

test('a mailbox of the desk is nobody’s address', async () => {
  expect(await desk.refused(addContact, { ...MOSS, addresses: ['support@desk.example'] })).toMatchObject({
    code: 'address_of_desk',
    message: 'support@desk.example is a mailbox of the desk itself.',
  });
  const given = { contact: 'ana@home.example', address: 'support@desk.example' };
  expect((await desk.refused(addAddress, given)).code).toBe('address_of_desk');
});

test('a contact is deactivated until a day that is to come', async () => {
  const until = { ...MOSS, addresses: ['moss@quarry.example'], deactivatedUntil: '2030-02-28' };
  expect(await desk.done(addContact, until)).toMatchObject({
    status: 'deactivated_until',
    deactivatedUntil: new Date('2030-02-28T00:00:00Z'),
  });
  const past = { ...MOSS, addresses: ['fern@quarry.example'], deactivatedUntil: '2030-01-30' };
  expect((await desk.refused(addContact, past)).code).toBe('date_is_past');
  const both = { ...MOSS, addresses: ['fern@quarry.example'], deactivatedUntil: '2031-01-01', deactivated: true };
  expect((await desk.refused(addContact, both)).message).toBe('deactivatedUntil and deactivated exclude each other.');
  expect(await desk.done(addContact, { ...MOSS, addresses: ['fern@quarry.example'], deactivated: true })).toMatchObject(
    {
      status: 'deactivated',
    },
  );
});

test('a contact gets another address, and another primary one', async () => {
  const added = await desk.done(addAddress, {
    contact: 'ana@home.example',
    address: 'ana@studio.example',
    primary: true,
  });
  expect(added?.addresses).toEqual(['ana@studio.example', 'ana@home.example', 'ana@lantern.example']);
  const back = { contact: 'ana@home.example', address: 'ana@lantern.example', primary: true };
  expect((await desk.done(addAddress, back))?.addresses[0]).toBe('ana@lantern.example');
  expect((await desk.refused(addAddress, back)).code).toBe('already_theirs');
});

test('without an address, or with one that is none, nobody is added', async () => {
  expect((await desk.refused(addContact, {})).message).toBe(
    'firstName is missing; lastName is missing; addresses is missing.',
  );
  expect((await desk.refused(addContact, { ...MOSS, firstName: ' ' })).message).toContain('firstName is empty');
  expect((await desk.refused(addContact, { ...MOSS, addresses: ['ana@'] })).message).toContain('not "ana@"');
});
