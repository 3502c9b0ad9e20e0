import { z } from 'zod';
import type { Tx } from '../db/client.ts';
import type { TokenId } from '../db/ids.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Actor } from './actor.ts';
import { hasRoleFor, isAllowed } from './actor.ts';
import { addressField, instantField, nameField, numberField, quoted, secretField } from './fields.ts';
import { nearest } from '../lib/nearest.ts';
import { changed, changeOperation, readOperation } from './operation.ts';
import { holdOperator } from './operator-store.ts';
import type { Permission } from './permissions.ts';
import { PERMISSIONS } from './permissions.ts';
import type { Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';
import type { OperatorRow } from './store.ts';
import { findOperator } from './store.ts';
import type { TokenRow } from './token-store.ts';
import { insertToken, listTokens, lockToken, markRevoked } from './token-store.ts';
import { actorOf, findToken, newTokenSecret, tokenHash, tokenState } from './tokens.ts';

/**
 * Makes an API token of an operator. Its secret is in the answer and nowhere else. Its scopes are rows of PERMISSIONS,
 * none of which its operator, or whoever makes it, does not have.
 */
export const addToken = changeOperation({
  name: 'token.add',
  permission: 'token.manage',
  input: z.strictObject({
    /** Whoever makes it, unless given. */
    operator: addressField.optional(),
    name: nameField,
    scopes: z.array(z.string().max(100)).min(1, 'is missing: give at least one').max(PERMISSIONS.length),
    expires: instantField.optional(),
  }),
  run: async ({ tx, actor, clock }, { operator: address, name, scopes: written, expires = null }) => {
    const operator = await whose(tx, actor, address);
    if (!operator.ok) return operator;
    if (expires !== null && expires <= clock.now()) {
      return err(refusal('date_is_past', 'The date on which it expires is over.', 'Choose one that is to come.'));
    }
    const scopes = readScopes(written, operator.value, actor);
    if (!scopes.ok) return scopes;
    const secret = newTokenSecret();
    const token = { operatorId: operator.value.id, name, scopes: scopes.value, expiresAt: expires };
    const id = await insertToken(tx, { ...token, tokenHash: tokenHash(secret) });
    const output = { id, address: operator.value.address, name, scopes: scopes.value, expiresAt: expires, secret };
    return changed(output, [], { from: null, to: { token: id, ...token } });
  },
});

/** The newest API tokens with how they stand; of one operator when one is named. */
export const showTokens = readOperation({
  name: 'token.list',
  permission: 'token.manage',
  input: z.strictObject({ operator: addressField.optional() }),
  run: async ({ db, clock }, { operator: address }) => {
    const operator = address === undefined ? null : await findOperator(db, address);
    if (address !== undefined && operator === null) return err(noOperator(address));
    const rows = await listTokens(db, operator?.id ?? null);
    return ok(rows.map((row) => ({ ...row, state: tokenState(row, clock.now()) })));
  },
});

/** The API token is good no more, from this moment and for ever. */
export const revokeToken = changeOperation({
  name: 'token.revoke',
  permission: 'token.manage',
  input: z.strictObject({ token: numberField }),
  run: async ({ tx, clock }, { token: number }) => {
    const token = await lockToken(tx, number as TokenId);
    if (token === null) {
      return err(refusal('token_not_found', `There is no token ${number}.`, 'See all with: deskbell token list'));
    }
    if (token.revokedAt !== null) {
      const message = `The token ${quoted(token.name)} was revoked on ${day(token.revokedAt)} already.`;
      return err(refusal('already_revoked', message, 'There is nothing to do.'));
    }
    await markRevoked(tx, token.id, clock.now());
    const { id, name, address } = token;
    return changed({ id, name, address }, [], { from: { revoked: false }, to: { revoked: true } });
  },
});

/** Whose a secret is, how it stands, and what whoever comes with it may do now. */
export const checkToken = readOperation({
  name: 'token.check',
  permission: 'operator.read',
  input: z.strictObject({ secret: secretField }),
  run: async ({ db, clock }, { secret }) => {
    const token = await findToken(db, secret);
    if (token === null) {
      const mend = 'A token begins with dbk_ and was shown once, when it was made: deskbell token add makes another.';
      return err(refusal('token_not_found', 'This is no token of this desk.', mend));
    }
    const state = tokenState(token, clock.now());
    const may = (id: Permission): boolean => state === 'good' && isAllowed(actorOf(token), id);
    return ok({ ...token, state, may: PERMISSIONS.filter(({ id }) => may(id)), lost: lostScopes(token) });
  },
});

/** Scopes that its operator has no right to any more. */
const lostScopes = ({ scopes, role }: TokenRow): readonly string[] =>
  scopes.filter((scope) => !PERMISSIONS.some(({ id }) => id === scope && hasRoleFor(role, id)));

async function whose(tx: Tx, actor: Actor, address: EmailAddress | undefined): Promise<Result<OperatorRow, Refusal>> {
  const wanted = address ?? (actor.is === 'operator' ? actor.address : null);
  if (wanted === null) {
    return err(refusal('nobody_named', 'Nothing says whose token it is to be.', 'Name its operator: --for <address>'));
  }
  await holdOperator(tx, wanted);
  const operator = await findOperator(tx, wanted);
  if (operator === null) return err(noOperator(wanted));
  if (operator.disabledAt === null) return ok(operator);
  const mend = `Enable them first: deskbell operator enable ${wanted}`;
  return err(refusal('operator_disabled', `The operator ${wanted} is disabled.`, mend));
}

function readScopes(
  written: readonly string[],
  operator: OperatorRow,
  maker: Actor,
): Result<readonly Permission[], Refusal> {
  const scopes = new Set<Permission>();
  for (const one of written) {
    const row = PERMISSIONS.find(({ id }) => id === one);
    if (row === undefined) return err(noScope(one));
    if (!hasRoleFor(operator.role, row.id)) {
      const message = `${operator.name} is ${operator.role} and may not ${row.says}, so no token of theirs may.`;
      return err(refusal('beyond_role', message, `Leave out ${row.id}, or see: deskbell operator permissions`));
    }
    if (!isAllowed(maker, row.id)) {
      const message = `Whoever makes it may not ${row.says} either.`;
      return err(refusal('beyond_maker', message, `Leave out ${row.id}.`));
    }
    scopes.add(row.id);
  }
  return ok([...scopes]);
}

function noScope(written: string): Refusal {
  const near = nearest(
    written,
    PERMISSIONS.map(({ id }) => id),
  );
  const mend = near === null ? 'See all with: deskbell operator permissions' : `Did you mean ${near}?`;
  return refusal('scope_not_found', `There is no permission ${quoted(written)}.`, mend);
}

const noOperator = (address: string): Refusal =>
  refusal('operator_not_found', `There is no operator ${address}.`, 'See all with: deskbell operator list');

const day = (at: Date): string => at.toISOString().slice(0, 10);
