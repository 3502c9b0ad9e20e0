import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '../../src/access/actor.ts';
import { addOperator } from '../../src/access/operations.ts';
import { findOperator } from '../../src/access/store.ts';
import { clearToggle, setToggle, showToggles } from '../../src/settings/operations.ts';
import { TOGGLES } from '../../src/settings/toggles.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { address, seedContact, seedMailbox } from '../support/seed.ts';

let desk: TestDesk;
let jonas: Actor;
beforeAll(async () => {
  desk = await openTestDesk();
  await seedMailbox(desk.db);
  await seedContact(desk.db, 'Ana Peralta', 'ana@lantern.example');
  await desk.done(addOperator, { address: 'jonas@desk.example', name: 'Jonas Weil', role: 'admin' });
  const row = await findOperator(desk.db, address('jonas@desk.example'));
  if (row === null) throw new Error('the operator is missing');
  jonas = { is: 'operator', ...row };
});
afterAll(() => desk.drop());

const toggleOf = async (id: string) => (await desk.done(showToggles, {})).find((toggle) => toggle.id === id);

test('all toggles are listed; what nobody has chosen is its default', async () => {
  const listed = await desk.done(showToggles, {});
  expect(listed.map(({ id }) => id)).toEqual(TOGGLES.map(({ id }) => id));
  expect(await toggleOf('acknowledge')).toMatchObject({ value: 'on', isDefault: true, setBy: null, elsewhere: [] });
});

test('a choice says who made it, for the desk and for a part of it', async () => {
  await desk.done(setToggle, { toggle: 'acknowledge', value: 'off' }, jonas);
  await desk.done(setToggle, { toggle: 'acknowledge', value: 'on', contact: 'ana@lantern.example' });
  await desk.done(setToggle, { toggle: 'acknowledge', value: 'on', mailbox: 'support@desk.example' }, jonas);
  expect(await toggleOf('acknowledge')).toMatchObject({
    value: 'off',
    isDefault: false,
    setBy: 'Jonas Weil',
    elsewhere: [
      { layer: 'mailbox', name: 'support@desk.example', value: 'on', setBy: 'Jonas Weil' },
      { layer: 'contact', name: 'Ana Peralta', value: 'on', setBy: 'system:cli' },
    ],
  });
});

test('a choice that is taken back leaves the default', async () => {
  await desk.done(setToggle, { toggle: 'unauthenticated_mail', value: 'hold' });
  await desk.done(clearToggle, { toggle: 'unauthenticated_mail' });
  expect(await toggleOf('unauthenticated_mail')).toMatchObject({ value: 'open', isDefault: true });
  expect((await desk.refused(clearToggle, { toggle: 'unauthenticated_mail' })).code).toBe('not_set');
});

test.each([
  [
    'an unknown toggle',
    { toggle: 'acknowlege', value: 'on' },
    'There is no toggle "acknowlege". Did you mean acknowledge?',
  ],
  [
    'a value it does not have',
    { toggle: 'acknowledge', value: 'maybe' },
    'acknowledge is on or off, not "maybe". What it does: Whoever opens a ticket by mail gets an acknowledgement.',
  ],
  [
    'a number out of bounds',
    { toggle: 'reopen_closed_days', value: '-1' },
    'reopen_closed_days is a whole number of days from 0 to 3650, not "-1". What it does: A reply to a ticket that was closed at most so long ago reopens it; a later one opens a new ticket.',
  ],
  [
    'a place where it makes no sense',
    { toggle: 'acknowledgements_per_desk_hour', value: '5', mailbox: 'support@desk.example' },
    'acknowledgements_per_desk_hour cannot be set for a mailbox. It is set for the desk.',
  ],
  [
    'a mailbox that is not there',
    { toggle: 'acknowledge', value: 'on', mailbox: 'other@desk.example' },
    'There is no mailbox "other@desk.example". See all with: deskbell mailbox list',
  ],
  [
    'two places at once',
    { toggle: 'acknowledge', value: 'on', mailbox: 'support@desk.example', customer: 'Quarry' },
    'mailbox and customer and contact exclude each other: name one place. Correct this and try again; nothing was changed.',
  ],
])('%s is refused with the mend', async (_, input, words) => {
  const { message, mend } = await desk.refused(setToggle, input);
  expect(`${message} ${mend}`).toBe(words);
});
