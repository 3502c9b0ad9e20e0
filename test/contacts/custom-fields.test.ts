import { afterAll, beforeAll, expect, test } from 'vitest';
import { perform } from '../../src/access/operation.ts';
import { addCustomer, setCustomer } from '../../src/contacts/customer-operations.ts';
import { setContact } from '../../src/contacts/edit-operations.ts';
import { addField, removeField, setField, showFields } from '../../src/contacts/field-operations.ts';
import { addContact, showContact } from '../../src/contacts/operations.ts';
import { CUSTOM_FIELD_KINDS } from '../../src/db/schema/contacts.ts';
import type { TestDesk } from '../access/desk.ts';
import { CLI, openTestDesk } from '../access/desk.ts';
import { seedContact } from '../support/seed.ts';

// P-04, P-05: custom fields, typed, defined by the operators

let desk: TestDesk;
const ANA = { firstName: 'Ana', lastName: 'Peralta', customer: 'Unassigned', addresses: ['ana@lantern.example'] };

beforeAll(async () => {
  desk = await openTestDesk();
  for (const kind of CUSTOM_FIELD_KINDS) {
    const choices = kind === 'choice' ? ['Basic', 'Gold'] : [];
    await desk.done(addField, { owner: 'contact', key: `a_${kind}`, label: `A ${kind}`, kind, choices });
  }
  await desk.done(addContact, ANA);
});
afterAll(() => desk.drop());

test('a contact has a value of each kind, typed', async () => {
  const custom = { a_text: 'words', a_number: '12.50', a_date: '2030-01-31', a_choice: 'gold', a_checkbox: 'yes' };
  const { contact } = await desk.done(setContact, { contact: ANA.addresses[0], custom });
  expect(contact.custom).toEqual({
    a_text: 'words',
    a_number: 12.5,
    a_date: '2030-01-31',
    a_choice: 'Gold',
    a_checkbox: true,
  });
  expect(contact.customLabels).toMatchObject({ a_number: 'A number' });
  const cleared = await desk.done(setContact, { contact: contact.id, custom: { a_text: '', a_number: 3 } });
  expect(cleared.contact.custom).toEqual({ a_number: 3, a_date: '2030-01-31', a_choice: 'Gold', a_checkbox: true });
});

test('wrong values are refused together, and nothing is half applied', async () => {
  const before = await desk.done(showContact, { contact: ANA.addresses[0] });
  const custom = { a_number: 'many', a_date: '2030-02-30', a_text: 'changed', a_txt: 'x' };
  const { message } = await desk.refused(setContact, { contact: before.id, phone: '1', custom });
  expect(message).toBe(
    'custom a_number is a number such as 12.5, not "many"; custom a_date is a date such as 2030-01-31, not "2030-02-30"; ' +
      'custom a_txt is no custom field here: did you mean a_text?',
  );
  expect(await desk.done(showContact, { contact: before.id })).toEqual(before);
});

test('a field of customers is none of contacts', async () => {
  await desk.done(addField, { owner: 'customer', key: 'contract', label: 'Contract', kind: 'text', required: true });
  expect((await desk.refused(addCustomer, { name: 'Quarry' })).message).toBe(
    'custom contract (Contract) is missing: it is required.',
  );
  await desk.done(addCustomer, { name: 'Quarry', custom: { contract: 'A-17' } });
  const { customer } = await desk.done(setCustomer, { customer: 'Quarry', custom: { contract: 'A-18' } });
  expect(customer).toMatchObject({ custom: { contract: 'A-18' }, customLabels: { contract: 'Contract' }, version: 2 });
  expect((await desk.refused(setContact, { contact: ANA.addresses[0], custom: { contract: 'x' } })).code).toBe(
    'invalid_input',
  );
});

test('a required field is asked by hand, and never of mail', async () => {
  const fromMail = await seedContact(desk.db, 'Una Mail', 'una@quarry.example');
  const required = { owner: 'contact', key: 'floor', label: 'Floor', kind: 'number', required: true };
  expect(await desk.done(addField, required)).toMatchObject({ isRequired: true, without: 2 });
  const moss = { ...ANA, addresses: ['moss@quarry.example'] };
  expect((await desk.refused(addContact, moss)).message).toBe('custom floor (Floor) is missing: it is required.');
  await desk.done(addContact, { ...moss, custom: { floor: '0' } });
  await desk.done(setContact, { contact: fromMail, phone: '1' });
  const { message } = await desk.refused(setContact, { contact: moss.addresses[0], custom: { floor: '' } });
  expect(message).toBe('custom floor (Floor) is required: it cannot be empty.');
  expect((await desk.done(setField, { owner: 'contact', key: 'floor', required: 'off' })).isRequired).toBe(false);
});

test('a field is defined once, rightly, and by whom may', async () => {
  const add = (change: object) =>
    desk.refused(addField, { owner: 'contact', key: 'room', label: 'Room', kind: 'text', ...change });
  expect((await add({ key: 'a_text' })).message).toBe('Every contact has a field a_text already.');
  expect((await add({ key: 'phone' })).message).toContain('cannot be phone: every contact has that already');
  expect((await add({ kind: 'choice' })).message).toContain('choices is missing: name every choice there is');
  expect((await add({ choices: ['x'] })).message).toContain('choices is for kind choice, not text');
  const agent = { is: 'operator', id: 1, name: 'Jo', address: 'jo@desk.example', role: 'agent' } as never;
  const room = { owner: 'contact', key: 'room', label: 'Room', kind: 'text' };
  expect((await desk.refused(addField, room, agent)).message).toContain('may not define custom fields and departments');
});

test('a field gets choices and another label; its values stay', async () => {
  const set = { owner: 'contact', key: 'a_choice', label: 'Level', choices: ['Platinum', 'GOLD'] };
  expect(await desk.done(setField, set)).toMatchObject({ label: 'Level', choices: ['Basic', 'Gold', 'Platinum'] });
  expect((await desk.done(showFields, {})).find(({ key }) => key === 'a_choice')).toMatchObject({ label: 'Level' });
  expect((await desk.done(showContact, { contact: ANA.addresses[0] })).custom['a_choice']).toBe('Gold');
  const wrong = await desk.refused(setField, { owner: 'contact', key: 'a_text', choices: ['x'] });
  expect(wrong.message).toContain('a_text is text');
  expect((await desk.refused(setField, { owner: 'contact', key: 'a_chioce' })).message).toBe(
    'No contact has a field "a_chioce": did you mean a_choice?',
  );
});

test('a field with values goes only when that is said, and its values go along', async () => {
  const remove = { owner: 'contact', key: 'a_date' };
  const { message, mend } = await desk.refused(removeField, remove);
  expect({ message, mend }).toEqual({
    message: '1 contact has a value in a_date (A date).',
    mend: 'To remove the field and these values: --with-values',
  });
  expect(await desk.done(removeField, { ...remove, withValues: true })).toMatchObject({ values: 1 });
  expect((await desk.done(showContact, { contact: ANA.addresses[0] })).custom).not.toHaveProperty('a_date');
  expect((await desk.refused(removeField, remove)).code).toBe('field_not_found');
});

test('a field that is removed while it is filled leaves no value behind', async () => {
  for (let round = 0; round < 5; round += 1) {
    await desk.done(addField, { owner: 'contact', key: 'brief', label: 'Brief', kind: 'text' });
    await Promise.all([
      perform(desk.deps, CLI, setContact, { contact: ANA.addresses[0], custom: { brief: 'x' } }),
      perform(desk.deps, CLI, removeField, { owner: 'contact', key: 'brief', withValues: true }),
    ]);
    expect((await desk.done(showContact, { contact: ANA.addresses[0] })).custom).not.toHaveProperty('brief');
  }
});
