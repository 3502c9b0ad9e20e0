import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/access/actor.ts';
import { perform } from '../../src/access/operation.ts';
import {
  addOperator,
  disableOperator,
  enableOperator,
  setMe,
  setOperator,
  showOperators,
  showPermissions,
} from '../../src/access/operations.ts';
import { PERMISSIONS } from '../../src/access/permissions.ts';
import { lockOperatorAndAdmins, updateOperator } from '../../src/access/operator-store.ts';
import { findOperator } from '../../src/access/store.ts';
import { addToken, checkToken, revokeToken, showTokens } from '../../src/access/token-operations.ts';
import { findActorByToken, tokenHash } from '../../src/access/tokens.ts';
import { addCustomer } from '../../src/contacts/customer-operations.ts';
import { inTransaction } from '../../src/db/client.ts';
import type { Tx } from '../../src/db/client.ts';
import { Secret } from '../../src/lib/crypto.ts';
import { loadStaff } from '../../src/access/staff.ts';
import { setToggle } from '../../src/settings/operations.ts';
import { until } from '../walk/desk.ts';
import { address, seedContact, seedMailbox, seedTicket } from '../support/seed.ts';
import type { TestDesk } from './desk.ts';
import { openTestDesk } from './desk.ts';

// FEATURES O-01: admin, agent and read-only by one table; API tokens with scopes.
let desk: TestDesk;
beforeAll(async () => void (desk = await openTestDesk()));
afterAll(() => desk.drop());
beforeEach(async () => {
  await desk.db.sql`delete from audit_rows`;
  await desk.db.sql`delete from api_tokens`;
  await desk.db.sql`update tickets set assignee_id = null`;
  await desk.db.sql`delete from operators`;
  await desk.done(addOperator, { address: 'jonas@desk.example', name: 'Jonas Weil', role: 'admin' });
  await desk.done(addOperator, { address: 'mira@desk.example', name: 'Mira Holt', role: 'agent' });
});

const actor = async (of: string): Promise<Actor> => {
  const row = await findOperator(desk.db, address(of));
  if (row === null) throw new Error(`no operator ${of}`);
  return { is: 'operator', ...row };
};
const NOW = new Date('2030-01-31T12:00:00Z');
const actorBy = (secret: string, now = NOW) => findActorByToken(desk.db, new Secret(secret), now);
/** What begins while a transaction has done its work goes on when that is committed. */
async function beside<T>(run: (tx: Tx) => Promise<void>, meanwhile: () => Promise<T>): Promise<T> {
  const done = Promise.withResolvers<void>();
  const begun = done.promise.then(meanwhile);
  await inTransaction(desk.db, async (tx) => {
    await run(tx);
    const [me] = await tx.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
    done.resolve();
    await until('the other waits', async () => {
      const waiting = await tx.sql`
        select 1 from pg_stat_activity where ${me?.pid ?? 0} = any(pg_blocking_pids(pid)) and datname = current_database()`;
      return waiting.length > 0 ? true : null;
    });
  });
  return begun;
}
const token = (change: object = {}) =>
  desk.done(addToken, { operator: 'mira@desk.example', name: 'Display', scopes: ['ticket.read'], ...change });

describe('operators', () => {
  test('another name and another role hold from the next step on, and the audit has both', async () => {
    await desk.done(setOperator, { address: 'mira@desk.example', name: 'Mira Holt-Lang', role: 'read_only' });
    expect(await desk.done(showOperators, {})).toMatchObject([
      { name: 'Jonas Weil' },
      { name: 'Mira Holt-Lang', role: 'read_only', version: 2 },
    ]);
    const [row] = await desk.db.sql`select changes from audit_rows where operation = 'operator.set'`;
    expect(row?.['changes']).toEqual({
      from: { name: 'Mira Holt', role: 'agent' },
      to: { name: 'Mira Holt-Lang', role: 'read_only' },
    });
    const refused = await perform(desk.deps, await actor('mira@desk.example'), addCustomer, { name: 'Quarry' });
    expect(refused).toMatchObject({ ok: false, error: { code: 'not_allowed' } });
  });

  test('the last admin can neither be disabled nor become anything else', async () => {
    for (const attempt of [
      desk.refused(disableOperator, { address: 'jonas@desk.example' }),
      desk.refused(setOperator, { address: 'jonas@desk.example', role: 'agent' }),
    ]) {
      expect((await attempt).message).toMatch(/^Jonas Weil is the last admin, so they cannot be/);
    }
    await desk.done(setOperator, { address: 'mira@desk.example', role: 'admin' });
    await desk.done(disableOperator, { address: 'jonas@desk.example' });
    expect((await desk.refused(disableOperator, { address: 'mira@desk.example' })).code).toBe('last_admin');
  });

  test('of two admins who demote each other at once one stays', async () => {
    await desk.done(setOperator, { address: 'mira@desk.example', role: 'admin' });
    const done = await Promise.all([
      perform(desk.deps, await actor('jonas@desk.example'), setOperator, {
        address: 'mira@desk.example',
        role: 'agent',
      }),
      perform(desk.deps, await actor('mira@desk.example'), setOperator, {
        address: 'jonas@desk.example',
        role: 'agent',
      }),
    ]);
    expect(done.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test('the second of two who change somebody is told who was first', async () => {
    await desk.done(setOperator, { address: 'mira@desk.example', role: 'read_only', ifVersion: 1 });
    const { code, message } = await desk.refused(setOperator, {
      address: 'mira@desk.example',
      name: 'Mira',
      ifVersion: 1,
    });
    expect(code).toBe('changed_meanwhile');
    expect(message).toMatch(
      /^Mira Holt was changed by system:cli on \d{4}-.*Z, after you looked: they are version 2 now\.$/,
    );
  });

  test('a disabled one may do nothing, here or by mail; their tokens are over, their tickets are counted', async () => {
    const { secret } = await token();
    const mailbox = await seedMailbox(desk.db, 'tickets@desk.example');
    const { ticketId } = await seedTicket(
      desk.db,
      mailbox,
      await seedContact(desk.db, 'Ana Peralta', 'ana@lantern.example'),
    );
    const mira = await findOperator(desk.db, address('mira@desk.example'));
    await desk.db.sql`update tickets set assignee_id = ${mira?.id ?? null} where id = ${ticketId}`;
    expect(await desk.done(disableOperator, { address: 'mira@desk.example' })).toMatchObject({
      tokensRevoked: 1,
      tickets: 1,
    });
    expect(await actorBy(secret)).toMatchObject({ ok: false, error: 'revoked' });
    expect((await loadStaff(desk.db)).has(address('mira@desk.example'))).toBe(false);
    expect((await desk.refused(disableOperator, { address: 'mira@desk.example' })).code).toBe('already_disabled');
    await desk.done(enableOperator, { address: 'mira@desk.example' });
    expect(await actorBy(secret)).toMatchObject({ ok: false, error: 'revoked' });
    expect((await desk.refused(enableOperator, { address: 'mira@desk.example' })).code).toBe('already_enabled');
  });

  test('a name that is nearly right is named', async () => {
    const { message, mend } = await desk.refused(setOperator, { address: 'mina@desk.example', role: 'admin' });
    expect(`${message} ${mend}`).toBe('There is no operator mina@desk.example. Did you mean mira@desk.example?');
    expect((await desk.refused(setOperator, { address: 'mira@desk.example' })).code).toBe('nothing_said');
  });

  test('the table of permissions is shown as it is, with who may create and edit customers', async () => {
    const rows = await desk.done(showPermissions, {});
    expect(rows).toEqual(PERMISSIONS);
    expect(rows.find(({ id }) => id === 'customer.manage')?.roles).toEqual(['admin', 'agent']);
  });
});

describe('API tokens', () => {
  test('whoever is disabled at that moment gets none', async () => {
    const refused = await beside(
      async (tx) => {
        const { operator } = await lockOperatorAndAdmins(tx, address('mira@desk.example'));
        if (operator !== null) await updateOperator(tx, operator.id, { disabledAt: NOW });
      },
      () =>
        desk.refused(addToken, { operator: 'mira@desk.example', name: 'Late', scopes: ['ticket.read'] }).catch(String),
    );
    expect(refused).toMatchObject({ code: 'operator_disabled' });
    expect(await desk.db.sql`select 1 from api_tokens where revoked_at is null`).toEqual([]);
  });

  test('the secret is shown once, is 256 bits behind a prefix, and only its hash is kept', async () => {
    const { secret, id } = await token();
    expect(secret).toMatch(/^dbk_[\w-]{43}$/);
    expect((await token()).secret).not.toBe(secret);
    expect(await desk.db.sql`select token_hash from api_tokens where id = ${id}`).toEqual([
      { token_hash: tokenHash(secret) },
    ]);
    const everything = JSON.stringify([
      await desk.db.sql`select * from audit_rows`,
      await desk.done(showTokens, {}),
      await desk.done(checkToken, { secret }),
    ]);
    expect(everything).not.toContain(secret.slice(4));
  });

  test('whoever comes with one may do what its scopes say, and no more', async () => {
    const { secret } = await token({ scopes: ['ticket.read', 'customer.manage'] });
    const found = await actorBy(secret);
    if (!found.ok) throw new Error(found.error);
    expect(found.value).toMatchObject({ is: 'operator', name: 'Mira Holt', role: 'agent' });
    await desk.done(addCustomer, { name: 'Quarry' }, found.value);
    const refused = await desk.refused(addOperator, { address: 'x@desk.example', name: 'X' }, found.value);
    expect(refused.message).toBe('mira@desk.example is agent and may not add, change and disable operators.');
    const { id: other } = await token({ scopes: ['ticket.read'], name: 'Other' });
    expect(other).toBeGreaterThan(0);
    const narrow = await actorBy((await token({ scopes: ['ticket.read'] })).secret);
    if (!narrow.ok) throw new Error(narrow.error);
    const { message, mend } = await desk.refused(addCustomer, { name: 'Harbour' }, narrow.value);
    expect(`${message} ${mend}`).toBe(
      'The token "Display" of mira@desk.example may not add, change and import customers. It takes a token with the scope customer.manage.',
    );
  });

  test('what was done by a token says so in the audit', async () => {
    const { secret, id } = await token({ scopes: ['customer.manage'] });
    const found = await actorBy(secret);
    if (!found.ok) throw new Error(found.error);
    await desk.done(addCustomer, { name: 'Harbour' }, found.value);
    const rows = await desk.db.sql`select actor, token_id from audit_rows where operation = 'customer.add'`;
    expect(rows).toEqual([{ actor: `operator:${found.value.id}`, token_id: id }]);
  });

  test('a demoted operator’s token loses rights at once, and check says which', async () => {
    const { secret } = await token({ scopes: ['ticket.read', 'customer.manage'] });
    await desk.done(setOperator, { address: 'mira@desk.example', role: 'read_only' });
    const found = await actorBy(secret);
    if (!found.ok) throw new Error(found.error);
    expect((await desk.refused(addCustomer, { name: 'Late' }, found.value)).code).toBe('not_allowed');
    const checked = await desk.done(checkToken, { secret: `${secret}\n` });
    expect(checked).toMatchObject({ state: 'good', lost: ['customer.manage'] });
    expect(checked.may.map(({ id }) => id)).toEqual(['ticket.read']);
  });

  test('one that was revoked or has expired is good for nothing', async () => {
    const [revoked, expiring] = [await token(), await token({ expires: '2030-02-01' })];
    await desk.done(revokeToken, { token: revoked.id });
    expect(await actorBy(revoked.secret)).toMatchObject({ ok: false, error: 'revoked' });
    expect((await desk.refused(revokeToken, { token: revoked.id })).message).toBe(
      'The token "Display" was revoked on 2030-01-31 already.',
    );
    expect(await actorBy(expiring.secret)).toMatchObject({ ok: true });
    expect(await actorBy(expiring.secret, new Date('2030-02-01T00:00:00Z'))).toMatchObject({ error: 'expired' });
    expect((await desk.done(showTokens, {})).map(({ state }) => state)).toEqual(['good', 'revoked']);
  });

  test('the last use is written once a minute at most', async () => {
    const { secret, id } = await token();
    const used = async (seconds: number) => {
      await actorBy(secret, new Date(NOW.getTime() + seconds * 1000));
      const [row] = await desk.db.sql<{ at: Date }[]>`select last_used_at as at from api_tokens where id = ${id}`;
      return row?.at.toISOString();
    };
    expect(await used(0)).toBe('2030-01-31T12:00:00.000Z');
    expect(await used(59)).toBe('2030-01-31T12:00:00.000Z');
    expect(await used(61)).toBe('2030-01-31T12:01:01.000Z');
  });

  test('nobody makes one that may do more than they may themselves', async () => {
    const { secret } = await token({ operator: 'jonas@desk.example', scopes: ['token.manage', 'ticket.read'] });
    const found = await actorBy(secret);
    if (!found.ok) throw new Error(found.error);
    const wide = { name: 'Wide', scopes: ['ticket.read', 'toggle.manage'] };
    expect((await desk.refused(addToken, wide, found.value)).code).toBe('beyond_maker');
    expect(await desk.done(addToken, { ...wide, scopes: ['ticket.read'] }, found.value)).toMatchObject({
      address: 'jonas@desk.example',
    });
    expect((await desk.refused(setToggle, { toggle: 'acknowledge', value: 'off' }, found.value)).code).toBe(
      'not_allowed',
    );
  });

  test.each([
    [{ scopes: ['toggle.manage'] }, 'Mira Holt is agent and may not set and clear toggles, so no token of theirs may.'],
    [{ scopes: ['tickets.read'] }, 'There is no permission "tickets.read". Did you mean ticket.read?'],
    [{ scopes: [] }, 'scopes is missing: give at least one.'],
    [{ expires: '2029-01-01' }, 'The date on which it expires is over.'],
    [{ expires: 'tomorrow' }, 'expires is a date such as 2030-01-31 or 2030-01-31T09:00Z, not "tomorrow".'],
    [{ operator: 'nobody@desk.example' }, 'There is no operator nobody@desk.example.'],
    [{ operator: undefined }, 'Nothing says whose token it is to be.'],
  ])('%j is refused in words', async (change, words) => {
    const { message, mend } = await desk.refused(addToken, {
      operator: 'mira@desk.example',
      name: 'Display',
      scopes: ['ticket.read'],
      ...change,
    });
    expect(`${message} ${mend}`.startsWith(words)).toBe(true);
  });

  test.each(['', 'hello', 'dbk_', `dbk_${'a'.repeat(43)}`, 'dbk_' + 'ü'.repeat(43)])(
    'what is no token is nobody: "%s"',
    async (secret) => {
      expect(await actorBy(secret)).toEqual({ ok: false, error: 'unknown' });
      const { message, problems } = await desk.refused(checkToken, { secret });
      expect(secret === '' ? problems[0]?.says : message).toBe(
        secret === '' ? 'is empty' : 'This is no token of this desk.',
      );
    },
  );
});

describe('N-08: which mail an operator gets', () => {
  const row = async (of: string) => (await desk.done(showOperators, {})).find((one) => one.address === of);

  test('is an admin’s to say, in the words of the options; the audit tells from what to what', async () => {
    await desk.done(addOperator, { address: 'orla@desk.example', name: 'Orla Beck' });
    expect(await row('orla@desk.example')).toMatchObject({
      hearsOfTickets: 'team',
      hearsOfReplies: 'mine',
      locale: null,
    });
    const hears = { hearsOfTickets: 'all', hearsOfReplies: 'none', hearsOfAlarms: 'off', language: 'de_at' };
    await desk.done(setOperator, { address: 'orla@desk.example', ...hears });
    const now = { hearsOfTickets: 'all', hearsOfReplies: 'none', hearsOfAlarms: 'off', locale: 'de-AT' };
    expect(await row('orla@desk.example')).toMatchObject({ ...now, role: 'agent', version: 2 });
    const [audit] = await desk.db
      .sql`select changes from audit_rows where operation = 'operator.set' order by id desc limit 1`;
    expect(audit?.['changes']).toMatchObject({ from: { hearsOfTickets: 'team', locale: null }, to: now });
  });

  test('is theirs to choose too, whatever their role, and nobody’s but theirs', async () => {
    await desk.done(addOperator, { address: 'pia@desk.example', name: 'Pia Stern', role: 'read_only' });
    await desk.done(
      setMe,
      { hearsOfReplies: 'all', language: 'desk', hearsOfTickets: 'none' },
      await actor('pia@desk.example'),
    );
    expect(await row('pia@desk.example')).toMatchObject({
      hearsOfReplies: 'all',
      hearsOfTickets: 'none',
      locale: null,
    });
    expect((await desk.refused(setMe, { hearsOfReplies: 'all' })).code).toBe('nobody');
    const again = await desk.refused(setMe, { hearsOfReplies: 'all' }, await actor('pia@desk.example'));
    expect(again.code).toBe('nothing_said');
    const other = { address: 'orla@desk.example', hearsOfTickets: 'none' };
    expect((await desk.refused(setOperator, other, await actor('pia@desk.example'))).code).toBe('not_allowed');
  });

  test.each([
    [{ hearsOfTickets: 'some' }, 'is all, team, none'],
    [{ hearsOfAlarms: 'yes' }, 'is on or off'],
    [{ language: 'english' }, 'is a language such as de or en-GB, not "english"; "desk" is that of the desk'],
    [{ language: '' }, 'is empty; "desk" is that of the desk'],
  ])('%j is refused in one sentence', async (asked, says) => {
    const { message } = await desk.refused(setOperator, { address: 'orla@desk.example', ...asked });
    expect(message).toContain(says);
  });
});
