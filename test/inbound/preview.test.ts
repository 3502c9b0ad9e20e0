import { afterAll, beforeAll, expect, test } from 'vitest';
import { previewMail } from '../../src/inbound/preview-operations.ts';
import { hmac } from '../../src/lib/crypto.ts';
import type { CustomerId, OperatorId } from '../../src/db/ids.ts';
import { getUnassignedCustomer } from '../../src/contacts/store.ts';
import { matchSender } from '../../src/inbound/match.ts';
import { loadPeople } from '../../src/inbound/people.ts';
import { listMailboxes } from '../../src/mailboxes/store.ts';
import { putSetting } from '../../src/settings/store.ts';
import { setToggle } from '../../src/settings/operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { address as addressOf, seedContact, seedMailbox } from '../support/seed.ts';

let desk: TestDesk;
beforeAll(async () => {
  desk = await openTestDesk();
  await seedMailbox(desk.db);
  await seedContact(desk.db, 'Ana Peralta', 'ana@lantern.example');
});
afterAll(() => desk.drop());

const of = async (address: string) => {
  const { sender, verdicts } = await desk.done(previewMail, { address });
  return [
    sender,
    ...verdicts.map(({ becomes, acknowledged }) => `${becomes}${acknowledged === true ? ', answered' : ''}`),
  ];
};

test('what a mail would become is told for each kind of sender, proven, unproven and failed', async () => {
  expect(await of('ana@lantern.example')).toEqual([
    'contact',
    'open, answered',
    'open, answered',
    'quarantine: spoofed',
  ]);
  expect(await of('new@elsewhere.example')).toEqual([
    'unknown',
    'open, answered',
    'open, answered',
    'quarantine: spoofed',
  ]);
  expect(await of('support@desk.example')).toEqual([
    'desk',
    'quarantine: loop',
    'quarantine: loop',
    'quarantine: loop',
  ]);
});

test('the narrowest choice decides, and is named', async () => {
  await desk.done(setToggle, { toggle: 'create_ticket_from_mail', value: 'off', contact: 'ana@lantern.example' });
  expect((await of('ana@lantern.example'))[1]).toBe('hold: auto_ticket_off');
  const { toggles } = await desk.done(previewMail, { address: 'ana@lantern.example' });
  expect(toggles.find(({ toggle }) => toggle === 'create_ticket_from_mail')).toMatchObject({
    value: 'off',
    layer: 'contact',
  });
  expect((await of('new@elsewhere.example'))[1]).toBe('open, answered');
});

test('a mailbox there is not is refused', async () => {
  const input = { address: 'ana@lantern.example', mailbox: 'nobody@desk.example' };
  expect((await desk.refused(previewMail, input)).code).toBe('mailbox_not_found');
});

test('somebody who was deleted is known by what their address left', async () => {
  const hash = hmac(desk.deps.keys.tombstone, ['gone@lantern.example']);
  await desk.db.sql`insert into tombstones (address_hash) values (${hash})`;
  expect(await of('gone@lantern.example')).toEqual([
    'erased',
    'hold: deleted_contact',
    'hold: deleted_contact',
    'hold: deleted_contact',
  ]);
});

test('an operator who chose is named', async () => {
  await desk.db.sql`insert into operators (address, name, role) values ('jonas@desk.example', 'Jonas Weil', 'admin')`;
  const [row] = await desk.db.sql<{ id: OperatorId }[]>`select id from operators`;
  await putSetting(desk.db, { toggle: 'acknowledge', layer: 'desk', layerId: 0 }, 'off', `operator:${row?.id}`);
  const { toggles } = await desk.done(previewMail, { address: 'ana@lantern.example' });
  expect(toggles.find(({ toggle }) => toggle === 'acknowledge')).toMatchObject({ setBy: 'Jonas Weil', layer: 'desk' });
});

test("T-03: somebody new comes to the customer of their domain, else of the mailbox, else to Unassigned; a public domain is nobody's", async () => {
  const [lantern] = await desk.db.sql<
    { id: CustomerId }[]
  >`insert into customers (name) values ('Lantern') returning id`;
  const [night] = await desk.db.sql<{ id: CustomerId }[]>`insert into customers (name) values ('Night') returning id`;
  const id = lantern?.id as CustomerId;
  // A public domain may be written beside a customer by mistake.
  await desk.db.sql`
    insert into customer_domains (domain, customer_id) values ('lamps.example', ${id}), ('gmail.com', ${id})`;
  const homeOf = async (address: string) => {
    const people = await loadPeople(desk.db, [addressOf(address)], desk.deps.keys);
    const [mailbox] = await listMailboxes(desk.db);
    const own = {
      isOwnAddress: () => false,
      operators: new Map(),
      defaultCustomerId: mailbox?.defaultCustomerId ?? null,
    };
    const match = matchSender({ is: 'address', address: addressOf(address), name: '' }, people, own, new Date());
    return match.is === 'unknown' ? match.customerId : null;
  };
  expect(await homeOf('new@lamps.example')).toBe(id);
  expect(await homeOf('new@gmail.com')).toBe(await getUnassignedCustomer(desk.db));
  await desk.db.sql`update mailboxes set default_customer_id = ${night?.id ?? null}`;
  expect(await homeOf('new@gmail.com')).toBe(night?.id);
  expect(await homeOf('new@lamps.example')).toBe(id);
});
