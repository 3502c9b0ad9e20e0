import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addAddress, makeAddressPrimary, verifyAddress } from '../../src/contacts/address-operations.ts';
import { deactivateContact } from '../../src/contacts/lifecycle-operations.ts';
import { moveAddress, removeAddress } from '../../src/contacts/move-operations.ts';
import { addContact, showContact } from '../../src/contacts/operations.ts';
import type { ContactId, MailboxId } from '../../src/db/ids.ts';
import { replyToTicket } from '../../src/tickets/operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

let desk: TestDesk;
let mailboxId: MailboxId;
let ana: ContactId;
let bo: ContactId;
let people = 0;
/** Addresses of this test alone. */
const at = (local: string) => `${local}${people}@lantern.example`;

beforeAll(async () => {
  desk = await openTestDesk();
  mailboxId = await seedMailbox(desk.db);
});
afterAll(() => desk.drop());
beforeEach(async () => {
  people += 1;
  ana = await seedContact(desk.db, 'Ana Peralta', at('ana'), at('office'));
  bo = await seedContact(desk.db, 'Bo Lind', at('bo'));
});

const addressesOf = async (contact: ContactId) => (await desk.done(showContact, { contact })).addresses;
const rowOf = async (address: string) => {
  const [row] = await desk.db.sql<{ owner: ContactId; isPrimary: boolean; verifiedBy: string | null }[]>`
    select contact_id as owner, is_primary as "isPrimary", verified_by as "verifiedBy" from contact_addresses where address = ${address}`;
  return row ?? null;
};
const settledOf = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
  outcomes.map((one) => (one.status === 'fulfilled' ? 'done' : String(one.reason).replace(/^Error: (\w+): .*/s, '$1')));
const refusedOf = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
  settledOf(outcomes).filter((one) => one !== 'done');

describe('P-02: the primary address', () => {
  test('is another one when an operator says so', async () => {
    const done = await desk.done(makeAddressPrimary, { address: at('office') });
    expect(done).toMatchObject({ id: ana, address: at('office'), before: at('ana') });
    expect(await addressesOf(ana)).toEqual([at('office'), at('ana')]);
    expect((await desk.refused(makeAddressPrimary, { address: at('office') })).message).toBe(
      `${at('office')} is the primary address of contact ${ana}, Ana Peralta already.`,
    );
  });

  test('of somebody merged is first given to whoever stands for them', async () => {
    await desk.db.sql`update contacts set merged_into_id = ${ana} where id = ${bo}`;
    const refused = await desk.refused(makeAddressPrimary, { address: at('bo') });
    expect(refused).toMatchObject({ code: 'merged', mend: expect.stringContaining(`--to ${ana}`) as string });
    await desk.done(moveAddress, { address: at('bo'), to: ana });
    await desk.done(makeAddressPrimary, { address: at('bo') });
    expect((await addressesOf(ana))[0]).toBe(at('bo'));
  });
});

describe('P-02: verifying', () => {
  test('says who and when, once', async () => {
    await desk.done(verifyAddress, { address: at('ana') });
    expect((await rowOf(at('ana')))?.verifiedBy).toBe('system:cli');
    expect((await desk.refused(verifyAddress, { address: at('ana') })).message).toBe(
      `${at('ana')} has been verified already, by system:cli on 2030-01-31.`,
    );
    expect((await desk.refused(verifyAddress, { address: 'nobody@lantern.example' })).code).toBe('contact_not_found');
  });
});

describe('P-03: moving', () => {
  test('gives the address to another, who has not proven it', async () => {
    await desk.done(verifyAddress, { address: at('office') });
    const moved = await desk.done(moveAddress, { address: at('office'), to: at('bo') });
    expect(moved).toMatchObject({ from: { id: ana }, to: { id: bo }, isPrimary: false, cancelled: [] });
    expect(await rowOf(at('office'))).toEqual({ owner: bo, isPrimary: false, verifiedBy: null });
    expect((await desk.refused(moveAddress, { address: at('office'), to: bo })).code).toBe('already_theirs');
  });

  test('to somebody who has none makes it their primary one', async () => {
    const none = await seedContact(desk.db, 'No Mail');
    expect(await desk.done(moveAddress, { address: at('office'), to: none })).toMatchObject({ isPrimary: true });
  });

  test('cancels mail that waits to go there, and says of which ticket', async () => {
    const { number } = await seedTicket(desk.db, mailboxId, ana);
    await desk.done(replyToTicket, { number, text: 'Hello Ana.' });
    await desk.done(makeAddressPrimary, { address: at('office') });
    await desk.done(replyToTicket, { number, text: 'And at the office.' });
    const { cancelled } = await desk.done(moveAddress, { address: at('ana'), to: bo });
    expect(cancelled).toMatchObject([{ ticketNumber: number }]);
    const rows = await desk.db.sql`
      select recipient, state, reason from notifications where contact_id = ${ana} order by id`;
    expect(rows).toEqual([
      { recipient: at('ana'), state: 'cancelled', reason: `the address went to contact ${bo}` },
      { recipient: at('office'), state: 'queued', reason: null },
    ]);
  });

  test('is audited with from and to', async () => {
    await desk.done(moveAddress, { address: at('office'), to: bo });
    const [row] = await desk.db.sql`
      select changes from audit_rows where operation = 'address.move' order by id desc limit 1`;
    expect(row).toEqual({
      changes: { from: { id: ana, address: at('office') }, to: { id: bo, address: at('office') } },
    });
  });

  test.each([
    ['the primary one, while there are others', () => ({ address: at('ana'), to: bo }), 'primary_address'],
    ['the last one of somebody active', () => ({ address: at('bo'), to: ana }), 'last_address'],
    ['to nobody', () => ({ address: at('office'), to: 999_999 }), 'contact_not_found'],
    ["nobody's address", () => ({ address: 'no@lantern.example', to: bo }), 'contact_not_found'],
  ])('%s is refused', async (_, given, code) => {
    expect((await desk.refused(moveAddress, given())).code).toBe(code);
    expect(await addressesOf(ana)).toEqual([at('ana'), at('office')]);
    expect(await addressesOf(bo)).toEqual([at('bo')]);
  });
});

describe('P-02: removing', () => {
  test('leaves an address that is nobody’s, and no tombstone', async () => {
    expect(await desk.done(removeAddress, { contact: ana, address: at('office') })).toMatchObject({
      left: [at('ana')],
    });
    expect(await rowOf(at('office'))).toBeNull();
    expect(await desk.db.sql`select 1 from tombstones`).toHaveLength(0);
  });

  test('the primary one needs another made primary first, which it names', async () => {
    const refused = await desk.refused(removeAddress, { contact: ana, address: at('ana') });
    expect(refused).toMatchObject({
      code: 'primary_address',
      message: `${at('ana')} is the primary address of contact ${ana}, Ana Peralta.`,
      mend: `Make another the primary one first: deskbell address primary ${at('office')}`,
    });
  });

  test('the last one stays, unless the contact is deactivated', async () => {
    expect((await desk.refused(removeAddress, { contact: bo, address: at('bo') })).code).toBe('last_address');
    await desk.done(deactivateContact, { contact: bo });
    expect(await desk.done(removeAddress, { contact: bo, address: at('bo') })).toMatchObject({ left: [] });
  });

  test('an address of somebody else is refused, and whose it is is said', async () => {
    const refused = await desk.refused(removeAddress, { contact: ana, address: at('bo') });
    expect(refused.message).toBe(`${at('bo')} is no address of contact ${ana}, Ana Peralta: it is of contact ${bo}.`);
    expect(refused.mend).toBe(`They have ${at('ana')}, ${at('office')}.`);
  });
});

describe('P-03: two operators at once', () => {
  test('add one address to two people: one has it, the other is told whose it is', async () => {
    const both = await Promise.allSettled([
      desk.done(addAddress, { contact: ana, address: at('new') }),
      desk.done(addAddress, { contact: bo, address: at('new') }),
    ]);
    expect(refusedOf(both)).toEqual(['address_taken']);
    expect(await rowOf(at('new'))).not.toBeNull();
  });

  test('make two people of one address: there is one', async () => {
    const input = { firstName: 'Ida', lastName: 'Twin', customer: 'Unassigned', addresses: [at('twin')] };
    const both = await Promise.allSettled([desk.done(addContact, input), desk.done(addContact, input)]);
    expect(refusedOf(both)).toEqual(['address_taken']);
    expect(
      await desk.db.sql`select 1 from contacts where last_name = 'Twin' and id in (
      select contact_id from contact_addresses where address = ${at('twin')})`,
    ).toHaveLength(1);
  });

  test('move and remove the same address: one of it happens, and the other is told', async () => {
    const both = await Promise.allSettled([
      desk.done(moveAddress, { address: at('office'), to: bo }),
      desk.done(removeAddress, { contact: ana, address: at('office') }),
    ]);
    const [moved] = settledOf(both);
    expect(refusedOf(both)).toHaveLength(1);
    expect(['not_theirs', 'contact_not_found']).toContain(refusedOf(both)[0]);
    expect((await rowOf(at('office')))?.owner ?? null).toBe(moved === 'done' ? bo : null);
  });

  test('move addresses between the same people, crosswise, and both happen', async () => {
    await desk.done(addAddress, { contact: bo, address: at('desk') });
    await Promise.all([
      desk.done(moveAddress, { address: at('office'), to: bo }),
      desk.done(moveAddress, { address: at('desk'), to: ana }),
    ]);
    expect(await addressesOf(ana)).toEqual([at('ana'), at('desk')]);
    expect(await addressesOf(bo)).toEqual([at('bo'), at('office')]);
  });

  test('remove an address and make it the primary one: a primary address is left', async () => {
    const all = await Promise.allSettled([
      desk.done(removeAddress, { contact: ana, address: at('office') }),
      desk.done(makeAddressPrimary, { address: at('office') }),
    ]);
    expect(refusedOf(all)).toHaveLength(1);
    const rows = await desk.db.sql`select 1 from contact_addresses where contact_id = ${ana} and is_primary`;
    expect(rows).toHaveLength(1);
  });
});
