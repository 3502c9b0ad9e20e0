import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eraseAccounts, findAccount, putPassword } from '../../src/accounts/account-store.ts';
import { inviteContact } from '../../src/accounts/invite-operations.ts';
import { findLiveLink, issueLinks, revokeLinks, useLink } from '../../src/accounts/link-store.ts';
import { hashPassword } from '../../src/accounts/password-hash.ts';
import { mintToken } from '../../src/accounts/token.ts';
import { verifyPassword } from '../../src/accounts/verify.ts';
import { addAddress, makeAddressPrimary } from '../../src/contacts/address-operations.ts';
import { activateContact, deactivateContact } from '../../src/contacts/lifecycle-operations.ts';
import { moveAddress, removeAddress } from '../../src/contacts/move-operations.ts';
import { deleteContact } from '../../src/erasure/operations.ts';
import { addContact } from '../../src/contacts/operations.ts';
import type { Tx } from '../../src/db/client.ts';
import { inTransaction } from '../../src/db/client.ts';
import type { ContactId } from '../../src/db/ids.ts';
import { perform } from '../../src/access/operation.ts';
import { Secret } from '../../src/lib/crypto.ts';
import { setToggle } from '../../src/settings/operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { CLI, openTestDesk } from '../access/desk.ts';
import { findEverywhere } from '../support/secrets.ts';
import { address, seedMailbox } from '../support/seed.ts';

// FEATURES T-05.

let desk: TestDesk;
beforeAll(async () => {
  desk = await openTestDesk();
});
afterAll(() => desk.drop());

const NOBODYS_HASH = '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
const tx = <T>(run: (tx: Tx) => Promise<T>): Promise<T> => inTransaction(desk.db, run);
let people = 0;
async function person(): Promise<{ readonly id: ContactId; readonly mail: string }> {
  const mail = `ana${(people += 1)}@lantern.example`;
  const made = await desk.done(addContact, {
    firstName: 'Ana',
    lastName: 'Peralta',
    customer: 'Unassigned',
    addresses: [mail],
  });
  return { id: (made as NonNullable<typeof made>).id, mail };
}
async function linkOf({ id, mail }: { readonly id: ContactId; readonly mail: string }): Promise<Buffer> {
  const { hash } = mintToken();
  await tx((one) => issueLinks(one, [{ contactId: id, address: address(mail), hash }]));
  return hash;
}
const isLive = async (hash: Buffer): Promise<boolean> => (await findLiveLink(desk.db, hash)) !== null;

describe('an invitation', () => {
  test('needs a mailbox to come from', async () => {
    const { mail } = await person();
    expect(await desk.refused(inviteContact, { contact: mail })).toMatchObject({ code: 'no_mailbox' });
    await seedMailbox(desk.db);
    expect(await desk.done(inviteContact, { contact: mail })).toMatchObject({ name: 'Ana Peralta', address: mail });
    expect(
      await desk.db.sql`
      select kind, state, credential, because from notifications where recipient = ${mail} and kind = 'password_link'`,
    ).toEqual([{ kind: 'password_link', state: 'queued', credential: 'link', because: 'an operator invites them' }]);
  });

  test('is told with nothing secret in the audit', async () => {
    const { mail } = await person();
    await desk.done(inviteContact, { contact: mail });
    expect(
      await desk.db
        .sql`select input, outcome from audit_rows where operation = 'contact.invite' order by id desc limit 1`,
    ).toEqual([{ input: { contact: mail }, outcome: 'done' }]);
  });

  test.each<[string, string, string, (of: { id: ContactId; mail: string }) => PromiseLike<unknown>]>([
    [
      'who is not active',
      'not_active',
      'deskbell contact activate',
      ({ id }) => desk.db.sql`update contacts set status = 'deactivated' where id = ${id}`,
    ],
    [
      'whom mail made, and nothing proved',
      'unproven',
      'deskbell address verify',
      ({ id }) => desk.db.sql`update contacts set created_by = 'mail' where id = ${id}`,
    ],
    [
      'who has no address',
      'no_address',
      'deskbell address add',
      ({ id }) => desk.db.sql`delete from contact_addresses where contact_id = ${id}`,
    ],
    [
      'whose mail came back',
      'address_not_mailed',
      'another address',
      ({ mail }) => desk.db.sql`insert into suppressions values (${mail}, 'bounced: 5.1.1')`,
    ],
  ])('is refused to somebody %s', async (_, code, mend, change) => {
    const one = await person();
    const hash = await linkOf(one);
    await change(one);
    const refused = await desk.refused(inviteContact, { contact: one.id });
    expect(refused).toMatchObject({ code, mend: expect.stringContaining(mend) });
    // Nothing was done: not even the earlier link has ended.
    expect(
      await desk.db.sql`select 1 from password_links where token_hash = ${hash} and revoked_at is null`,
    ).toHaveLength(1);
  });

  test('goes to somebody whom mail made and an operator verified', async () => {
    const one = await person();
    await desk.db.sql`update contacts set created_by = 'mail' where id = ${one.id}`;
    await desk.db
      .sql`update contact_addresses set verified_at = now(), verified_by = 'operator:1' where address = ${one.mail}`;
    expect(await desk.done(inviteContact, { contact: one.id })).toMatchObject({ address: one.mail });
  });

  test('goes to somebody who was to be away until yesterday', async () => {
    const one = await person();
    await desk.db.sql`
      update contacts set status = 'deactivated_until', deactivated_until = now() - interval '1 day' where id = ${one.id}`;
    expect(await desk.done(inviteContact, { contact: one.id })).toMatchObject({ address: one.mail });
  });

  test('to nobody is refused', async () => {
    expect(await desk.refused(inviteContact, { contact: 'nobody@lantern.example' })).toMatchObject({
      code: 'contact_not_found',
    });
  });

  test('is refused once the desk has sent as many as it may in an hour', async () => {
    const one = await person();
    await desk.done(setToggle, { toggle: 'invitations_per_desk_hour', value: '1' });
    await desk.db.sql`delete from budgets`;
    await desk.done(inviteContact, { contact: one.id });
    expect(await desk.refused(inviteContact, { contact: one.id })).toMatchObject({
      code: 'too_many_invitations',
      message: 'The desk has sent as many invitations in this hour as it may (invitations_per_desk_hour = 1).',
    });
    await desk.done(setToggle, { toggle: 'invitations_per_desk_hour', value: '1000' });
  });

  test('and toggles that send links need an address that customers reach', async () => {
    const { id } = await person();
    const deps = { ...desk.deps, publicUrl: null };
    const refusals = await Promise.all([
      perform(deps, CLI, inviteContact, { contact: id }),
      perform(deps, CLI, setToggle, { toggle: 'welcome_credentials', value: 'link' }),
      perform(deps, CLI, setToggle, { toggle: 'welcome_credentials', value: 'password' }),
    ]);
    for (const one of refusals) {
      expect(one).toMatchObject({
        ok: false,
        error: { code: 'no_public_url', mend: expect.stringContaining('PUBLIC_URL') },
      });
    }
    expect(await perform(deps, CLI, setToggle, { toggle: 'welcome_credentials', value: 'off' })).toMatchObject({
      ok: true,
    });
  });
});

describe('a link', () => {
  test('is good for one use, also where two use it at once', async () => {
    const one = await person();
    const hash = await linkOf(one);
    const used = await Promise.all([1, 2, 3].map(() => tx((each) => useLink(each, hash))));
    expect(used.filter((id) => id !== null)).toEqual([one.id]);
    expect(await isLive(hash)).toBe(false);
  });

  test('is over after its time', async () => {
    const hash = await linkOf(await person());
    await desk.db.sql`update password_links set expires_at = now() - interval '1 second' where token_hash = ${hash}`;
    expect(await isLive(hash)).toBe(false);
    expect(await tx((one) => useLink(one, hash))).toBeNull();
  });

  test('ends with the one that follows it', async () => {
    const one = await person();
    const [first, second] = [await linkOf(one), await linkOf(one)];
    expect([await isLive(first), await isLive(second)]).toEqual([false, true]);
  });

  // FEATURES T-05: whatever takes the address or the person away takes the link.
  test.each<[string, (of: { id: ContactId; mail: string }) => Promise<unknown>]>([
    ['is deactivated', ({ id }) => desk.done(deactivateContact, { contact: id })],
    ['is deactivated until a date', ({ id }) => desk.done(deactivateContact, { contact: id, until: '2031-01-31' })],
    ['is deleted', ({ id, mail }) => desk.done(deleteContact, { contact: id, confirm: mail })],
    [
      'has another primary address',
      ({ id, mail }) => desk.done(addAddress, { contact: id, address: `other.${mail}`, primary: true }),
    ],
    [
      'has another of their addresses made primary',
      async ({ id, mail }) => {
        await desk.done(addAddress, { contact: id, address: `other.${mail}` });
        await desk.done(makeAddressPrimary, { address: `other.${mail}` });
      },
    ],
    [
      'has lost the address to somebody else',
      async ({ id, mail }) => {
        await desk.db.sql`update contacts set status = 'deactivated' where id = ${id}`;
        await desk.done(moveAddress, { address: mail, to: (await person()).id });
        await desk.db.sql`update contacts set status = 'active' where id = ${id}`;
      },
    ],
    [
      'has lost the address',
      async ({ id, mail }) => {
        await desk.db.sql`update contacts set status = 'deactivated' where id = ${id}`;
        await desk.done(removeAddress, { contact: id, address: mail });
      },
    ],
  ])('of somebody who %s works no more, and a mailed password ends with it; nobody else’s does', async (_, change) => {
    const [one, other] = [await person(), await person()];
    const [hash, others] = [await linkOf(one), await linkOf(other)];
    for (const { id, mail } of [one, other]) {
      await tx((each) => putPassword(each, id, NOBODYS_HASH, address(mail)));
    }
    await change(one);
    expect([await isLive(hash), await isLive(others)]).toEqual([false, true]);
    expect(await desk.db.sql`select 1 from password_links where token_hash = ${hash} and revoked_at is null`).toEqual(
      [],
    );
    expect([await findAccount(desk.db, one.id), (await findAccount(desk.db, other.id))?.mailedTo]).toEqual([
      null,
      other.mail,
    ]);
  });

  // FEATURES P-07.
  test('of somebody who is deleted leaves nothing of them', async () => {
    const one = await person();
    await linkOf(one);
    await desk.done(inviteContact, { contact: one.id });
    expect(await findEverywhere(desk.db, one.mail)).toContain('password_links.address');
    await desk.done(deleteContact, { contact: one.id, confirm: one.mail });
    expect(await findEverywhere(desk.db, one.mail)).toEqual([]);
  });

  test('that was revoked stays so when its contact is active again', async () => {
    const one = await person();
    const hash = await linkOf(one);
    await desk.done(deactivateContact, { contact: one.id });
    await desk.done(activateContact, { contact: one.id });
    expect(await isLive(hash)).toBe(false);
    expect(await desk.done(inviteContact, { contact: one.id })).toMatchObject({ address: one.mail });
  });

  test('of somebody who was merged works for them, as long as whoever stands for them is active', async () => {
    const [one, root] = [await person(), await person()];
    const hash = await linkOf(one);
    await desk.db.sql`update contacts set merged_into_id = ${root.id} where id = ${one.id}`;
    expect(await isLive(hash)).toBe(true);
    await desk.db.sql`update contacts set status = 'deactivated' where id = ${root.id}`;
    expect(await isLive(hash)).toBe(false);
  });
});

describe('a password', () => {
  const set = async (id: ContactId, password: string, mailedTo: string | null = null): Promise<void> => {
    const hash = await hashPassword(new Secret(password));
    await tx((one) => putPassword(one, id, hash, mailedTo === null ? null : address(mailedTo)));
  };
  const verdict = (id: ContactId, password: string) => verifyPassword(desk.db, id, new Secret(password));

  test('is right for whose it is, and wrong for anybody else', async () => {
    const [one, other] = [await person(), await person()];
    await set(one.id, 'seven lamps on a quay');
    expect(await verdict(one.id, 'seven lamps on a quay')).toBe('right');
    expect(await verdict(one.id, 'seven lamps on a key')).toBe('wrong');
    expect(await verdict(other.id, 'seven lamps on a quay')).toBe('wrong');
  });

  test('that was chosen stays when links are revoked; one that was mailed ends with them', async () => {
    const [one, other] = [await person(), await person()];
    await set(one.id, 'seven lamps on a quay');
    await set(other.id, 'seven lamps on a quay', other.mail);
    expect(await verdict(other.id, 'seven lamps on a quay')).toBe('must_change');
    for (const { id } of [one, other]) await tx((each) => revokeLinks(each, { contactIds: [id] }));
    expect(await verdict(one.id, 'seven lamps on a quay')).toBe('right');
    expect(await verdict(other.id, 'seven lamps on a quay')).toBe('wrong');
  });

  test('of merged contacts is the one set last; once unmerged each has their own', async () => {
    const [one, root] = [await person(), await person()];
    await set(root.id, 'the first of two lamps');
    await set(one.id, 'the second of two lamps');
    await desk.db.sql`update contacts set merged_into_id = ${root.id} where id = ${one.id}`;
    expect(await verdict(root.id, 'the second of two lamps')).toBe('right');
    await desk.db.sql`update contacts set merged_into_id = null where id = ${one.id}`;
    expect(await verdict(root.id, 'the first of two lamps')).toBe('right');
    expect(await verdict(one.id, 'the second of two lamps')).toBe('right');
  });

  test('is erased with all links of its contact', async () => {
    const one = await person();
    await set(one.id, 'seven lamps on a quay');
    await linkOf(one);
    await tx((each) => eraseAccounts(each, [one.id]));
    expect(await findAccount(desk.db, one.id)).toBeNull();
    expect(await desk.db.sql`select 1 from password_links where contact_id = ${one.id}`).toEqual([]);
  });
});
