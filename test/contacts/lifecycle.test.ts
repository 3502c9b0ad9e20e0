import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addAddress } from '../../src/contacts/address-operations.ts';
import { activateContact, deactivateContact } from '../../src/contacts/lifecycle-operations.ts';
import { effectiveStatus, isActive, LIFECYCLE } from '../../src/contacts/model.ts';
import { moveAddress } from '../../src/contacts/move-operations.ts';
import { addContact, showContact } from '../../src/contacts/operations.ts';
import type { ContactId } from '../../src/db/ids.ts';
import type { ContactStatus } from '../../src/db/schema/contacts.ts';
import { CONTACT_STATUSES } from '../../src/db/schema/contacts.ts';
import { deleteContact, showErasure } from '../../src/erasure/operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { seedContact, seedMailbox } from '../support/seed.ts';

let desk: TestDesk;
beforeAll(async () => {
  desk = await openTestDesk();
  await seedMailbox(desk.db);
});
afterAll(() => desk.drop());

const now = new Date('2030-01-31T12:00:00Z');
const at = (moment: string) => new Date(moment);

describe('P-06: how a contact stands', () => {
  test.each<[string, ContactStatus, Date | null, ContactStatus]>([
    ['active is active', 'active', null, 'active'],
    ['deactivated stays so', 'deactivated', null, 'deactivated'],
    ['before its date it is deactivated', 'deactivated_until', at('2030-01-31T12:00:00.001Z'), 'deactivated_until'],
    ['at the very moment of its date it is active', 'deactivated_until', now, 'active'],
    ['after its date it is active', 'deactivated_until', at('2030-01-31T11:59:59.999Z'), 'active'],
    ['deleted is for ever', 'deleted', null, 'deleted'],
  ])('%s', (_, status, deactivatedUntil, is) => {
    expect(effectiveStatus({ status, deactivatedUntil }, now)).toBe(is);
    expect(isActive({ status, deactivatedUntil }, now)).toBe(is === 'active');
  });

  test.each([
    ['active', 'opens, joins, uses the portal, gets automatic mail, gets answers'],
    ['deactivated', 'joins, uses the portal, gets answers'],
    ['deactivated_until', 'joins, uses the portal, gets answers'],
    ['deleted', ''],
  ] as const)('whoever is %s: %s', (status, may) => {
    const { opensTickets, joinsTickets, usesPortal, getsAutomaticMail, getsAnswers, ticketsStay, refusal } =
      LIFECYCLE[status];
    const words = [
      opensTickets && 'opens',
      joinsTickets && 'joins',
      usesPortal && 'uses the portal',
      getsAutomaticMail && 'gets automatic mail',
      getsAnswers && 'gets answers',
    ];
    expect(words.filter((word) => word !== false).join(', ')).toBe(may);
    expect(ticketsStay).toBe(true);
    expect(refusal === null).toBe(getsAutomaticMail);
  });

  test('there is a row for each status', () => {
    expect(Object.keys(LIFECYCLE).toSorted()).toEqual(CONTACT_STATUSES.toSorted());
  });
});

describe('P-06: deactivating', () => {
  const until = '2030-02-28';
  let contact: ContactId;
  beforeAll(async () => {
    contact = await seedContact(desk.db, 'Ana Peralta', 'ana@lantern.example');
  });

  test('and activating say what was and what is, and the audit keeps both', async () => {
    const done = await desk.done(deactivateContact, { contact: 'ana@lantern.example' });
    expect(done).toMatchObject({ id: contact, status: 'deactivated', was: { status: 'active' }, version: 2 });
    await desk.done(deactivateContact, { contact, until });
    await desk.done(activateContact, { contact });
    const rows = await desk.db.sql`
      select operation, changes from audit_rows where operation like 'contact.%activate' and outcome = 'done' order by id`;
    const id = contact;
    const never = { status: 'deactivated', deactivatedUntil: null };
    const dated = { status: 'deactivated_until', deactivatedUntil: '2030-02-28T00:00:00.000Z' };
    const active = { status: 'active', deactivatedUntil: null };
    expect(rows).toEqual([
      { operation: 'contact.deactivate', changes: { from: { id, ...active }, to: { id, ...never } } },
      { operation: 'contact.deactivate', changes: { from: { id, ...never }, to: { id, ...dated } } },
      { operation: 'contact.activate', changes: { from: { id, ...dated }, to: { id, ...active } } },
    ]);
  });

  test('again is said to be so already', async () => {
    expect((await desk.refused(activateContact, { contact })).message).toBe(`Contact ${contact} is active already.`);
    await desk.done(deactivateContact, { contact, until });
    expect((await desk.refused(deactivateContact, { contact, until })).code).toBe('already_deactivated_until');
    await desk.done(deactivateContact, { contact, until: '2030-03-01' });
    await desk.done(deactivateContact, { contact });
    expect((await desk.refused(deactivateContact, { contact })).code).toBe('already_deactivated');
  });

  test('whose date is over is active by itself, and can be deactivated again', async () => {
    await desk.db.sql`
      update contacts set status = 'deactivated_until', deactivated_until = ${now} where id = ${contact}`;
    expect((await desk.refused(activateContact, { contact })).code).toBe('already_active');
    await desk.done(deactivateContact, { contact });
    await desk.done(activateContact, { contact });
  });

  test.each([
    ['until a date that is over', { until: '2030-01-31' }, 'date_is_past'],
    ['until now', { until: '2030-01-31T12:00:00Z' }, 'date_is_past'],
    ['until no date', { until: 'soon' }, 'invalid_input'],
  ])('%s is refused', async (_, given, code) => {
    expect((await desk.refused(deactivateContact, { contact, ...given })).code).toBe(code);
    expect((await desk.done(showContact, { contact })).status).toBe('active');
  });

  test('of nobody is refused', async () => {
    expect((await desk.refused(deactivateContact, { contact: 'nobody@lantern.example' })).code).toBe(
      'contact_not_found',
    );
  });

  test('somebody who is merged is whoever stands for them', async () => {
    const other = await seedContact(desk.db, 'Ana P', 'ana@old.example');
    await desk.db.sql`update contacts set merged_into_id = ${contact} where id = ${other}`;
    expect((await desk.done(deactivateContact, { contact: 'ana@old.example' })).id).toBe(contact);
    await desk.done(activateContact, { contact: other });
  });

  test('what another has changed meanwhile is refused, with who and when', async () => {
    const { version } = await desk.done(deactivateContact, { contact });
    await desk.done(activateContact, { contact, version });
    const refused = await desk.refused(deactivateContact, { contact, version });
    expect(refused.code).toBe('changed_meanwhile');
    expect(refused.message).toMatch(
      new RegExp(
        `^Contact ${contact}, Ana Peralta, was changed by system:cli on \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\dZ, after you looked\\.$`,
      ),
    );
    expect(refused.mend).toContain(`it is version ${version + 1} now`);
  });

  test('twice at once is done once', async () => {
    const both = [1, 2].map(() => desk.done(deactivateContact, { contact }).catch((error: Error) => error.message));
    expect((await Promise.all(both)).filter((one) => typeof one === 'string')).toEqual([
      `already_deactivated: Contact ${contact} is deactivated already.`,
    ]);
  });
});

describe('P-07: deleting', () => {
  test('shows first what it would do, and erases nothing', async () => {
    const bo = await desk.done(addContact, {
      firstName: 'Bo',
      lastName: 'Bo',
      customer: 'Unassigned',
      addresses: ['bo@lantern.example', 'bo@home.example'],
    });
    expect(await desk.done(showErasure, { contact: 'bo@home.example' })).toMatchObject({
      id: bo?.id,
      name: 'Bo Bo',
      addresses: ['bo@lantern.example', 'bo@home.example'],
      confirmation: 'bo@lantern.example',
      tickets: 0,
      mails: 0,
    });
    expect((await desk.done(showContact, { contact: 'bo@lantern.example' })).name).toBe('Bo Bo');
  });

  test('needs the primary address typed, and no other', async () => {
    const { id } = await desk.done(showContact, { contact: 'bo@lantern.example' });
    const refused = await desk.refused(deleteContact, { contact: id, confirm: 'bo@home.example' });
    expect(refused).toMatchObject({
      code: 'not_confirmed',
      message: `That is not the primary address of contact ${id}, so nobody was deleted.`,
    });
    expect((await desk.refused(deleteContact, { contact: id })).code).toBe('invalid_input');
  });

  test('is done once: afterwards nothing can be done to them', async () => {
    const { id } = await desk.done(showContact, { contact: 'bo@lantern.example' });
    const input = { contact: id, confirm: 'BO@lantern.example' };
    expect(await desk.done(deleteContact, input)).toMatchObject({ id, contacts: 1, tombstones: 2 });
    const refusals = [
      await desk.refused(deleteContact, input),
      await desk.refused(deactivateContact, { contact: id }),
      await desk.refused(activateContact, { contact: id }),
      await desk.refused(showErasure, { contact: id }),
      await desk.refused(addAddress, { contact: id, address: 'bo@new.example' }),
      await desk.refused(moveAddress, { address: 'ana@lantern.example', to: id }),
    ];
    expect(refusals.map(({ code }) => code)).toEqual(refusals.map(() => 'contact_deleted'));
    expect((await desk.refused(showContact, { contact: 'bo@lantern.example' })).code).toBe('contact_not_found');
  });

  test('somebody without an address is confirmed by their number', async () => {
    const id = await seedContact(desk.db, 'No Mail');
    expect((await desk.refused(deleteContact, { contact: id, confirm: 'x@lantern.example' })).message).toContain(
      'number',
    );
    expect(await desk.done(deleteContact, { contact: id, confirm: String(id) })).toMatchObject({ id, tombstones: 0 });
  });
});
