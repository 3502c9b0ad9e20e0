import { z } from 'zod';
import type { Queryable, Tx } from '../db/client.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { addressField, numberField, quoted } from './fields.ts';
import { nearest } from '../lib/nearest.ts';
import { getPermission } from './permissions.ts';
import type { Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';
import type { OperatorRow } from './store.ts';
import { listOperators } from './store.ts';
import type { TeamRow } from './team-store.ts';
import { findTeam, listTeams, lockTeam } from './team-store.ts';

/** An operator as an actor names them: by number or address. */
export const operatorField = z.union([addressField, numberField], {
  error: ({ input }) =>
    input === undefined ? 'is missing' : `is an operator's number or address, not ${quoted(input)}`,
});

/** The operators of these numbers and addresses, in their order. */
export async function readOperators(
  db: Queryable,
  asked: readonly (EmailAddress | number)[],
): Promise<Result<readonly OperatorRow[], Refusal>> {
  const all = await listOperators(db);
  const found: OperatorRow[] = [];
  for (const one of asked) {
    const operator = all.find(({ id, address }) => id === one || address === one);
    if (operator === undefined) return err(noOperator(one, all));
    if (!found.includes(operator)) found.push(operator);
  }
  return ok(found);
}

/** An operator who can be given work: neither disabled nor one who may only look. */
export async function readAssignee(db: Queryable, asked: EmailAddress | number): Promise<Result<OperatorRow, Refusal>> {
  const read = await readOperators(db, [asked]);
  if (!read.ok) return read;
  const [operator] = read.value as readonly [OperatorRow];
  const { address, disabledAt, role } = operator;
  if (disabledAt !== null) {
    return err(refusal('operator_disabled', `The operator ${address} is disabled.`, 'Choose another operator.'));
  }
  const { roles } = getPermission('ticket.write');
  if (roles.includes(role)) return ok(operator);
  const message = `The operator ${address} is ${role} and cannot answer tickets.`;
  return err(refusal('operator_cannot_write', message, `Choose one who is ${roles.join(' or ')}.`));
}

/** The team of that number or name. */
export async function readTeam(db: Queryable, asked: number | string): Promise<Result<TeamRow, Refusal>> {
  const team = await findTeam(db, asked);
  if (team !== null) return ok(team);
  const names = typeof asked === 'number' ? [] : (await listTeams(db)).map(({ name }) => name);
  const meant = typeof asked === 'number' ? null : nearest(asked, names);
  const written = typeof asked === 'number' ? String(asked) : quoted(asked);
  return err(
    refusal(
      'team_not_found',
      `There is no team ${written}${meant === null ? '' : `; ${quoted(meant)} is one`}.`,
      'See all with: deskbell team list; add one with: deskbell team add',
    ),
  );
}

/** The same under a lock that lasts until the transaction ends: two who change it go one after the other. */
export async function lockedTeam(tx: Tx, asked: number | string): Promise<Result<TeamRow, Refusal>> {
  const found = await readTeam(tx, asked);
  if (!found.ok) return found;
  await lockTeam(tx, found.value.id);
  // As it is now that nobody changes it any more.
  return readTeam(tx, found.value.id);
}

function noOperator(asked: EmailAddress | number, all: readonly OperatorRow[]): Refusal {
  const meant =
    typeof asked === 'number'
      ? null
      : nearest(
          asked,
          all.map(({ address }) => address),
        );
  const message = `There is no operator ${asked}${meant === null ? '' : `; ${meant} is one`}.`;
  return refusal('operator_not_found', message, 'See all with: deskbell operator list');
}
