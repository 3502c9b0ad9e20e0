import { afterAll, beforeAll, expect, test } from 'vitest';
import { previewMail } from '../../src/inbound/preview-operations.ts';
import { hmac } from '../../src/lib/crypto.ts';
import type { OperatorId } from '../../src/db/ids.ts';
import { putSetting } from '../../src/settings/store.ts';
import { setToggle } from '../../src/settings/operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { seedContact, seedMailbox } from '../support/seed.ts';

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
