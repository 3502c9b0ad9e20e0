import { z } from 'zod';
import { ROLES } from '../db/schema/access.ts';
import { err, ok } from '../lib/result.ts';
import { cancelPendingToOperator } from '../notifications/cancel-store.ts';
import { addressField, nameField, numberField } from './fields.ts';
import { HEARING_FIELDS, hearingChanges, hearingNow } from './hearing.ts';
import { nearest } from '../lib/nearest.ts';
import type { ChangeContext } from './operation.ts';
import { changed, changeOperation, readOperation } from './operation.ts';
import {
  countAssigned,
  findLastChange,
  lockOperatorAndAdmins,
  revokeTokensOf,
  updateOperator,
} from './operator-store.ts';
import { PERMISSIONS } from './permissions.ts';
import type { Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';
import type { OperatorRow } from './store.ts';
import { findOperator, insertOperator, listOperators } from './store.ts';

/** Makes somebody an operator. */
export const addOperator = changeOperation({
  name: 'operator.add',
  permission: 'operator.manage',
  input: z.strictObject({ address: addressField, name: nameField, role: z.enum(ROLES).default('agent') }),
  run: async ({ tx }, input) => {
    const id = await insertOperator(tx, input);
    if (id !== null) return changed({ id, ...input });
    const existing = await findOperator(tx, input.address);
    const mend = `Choose another address, or change them: deskbell operator set ${input.address}`;
    return err(
      refusal(
        'operator_exists',
        `${input.address} is an operator already: ${existing?.name ?? ''}, ${existing?.role ?? ''}.`,
        mend,
      ),
    );
  },
});

/** Gives an operator another name or another role; both hold from their next step on, and for their API tokens too. */
export const setOperator = changeOperation({
  name: 'operator.set',
  permission: 'operator.manage',
  input: z.strictObject({
    address: addressField,
    name: nameField.optional(),
    role: z.enum(ROLES).optional(),
    ...HEARING_FIELDS,
    ifVersion: numberField.optional(),
  }),
  run: async (context, { address, name, role, ifVersion, ...hearing }) => {
    const { operator, admins } = await lockOperatorAndAdmins(context.tx, address);
    if (operator === null) return err(await noOperator(context, address));
    if (ifVersion !== undefined && ifVersion !== operator.version)
      return err(await changedMeanwhile(context, operator, ifVersion));
    const to = { name: name ?? operator.name, role: role ?? operator.role };
    const hears = hearingChanges(operator, hearing);
    if (to.name === operator.name && to.role === operator.role && Object.keys(hears).length === 0) {
      const message = `${operator.name} is ${operator.role} already, and nothing that was given is otherwise.`;
      return err(
        refusal('nothing_said', message, 'Say what to change: --name, --role, what they hear of, --language.'),
      );
    }
    if (to.role !== 'admin' && isLastAdmin(operator, admins)) return err(lastAdmin(operator, 'cannot be another role'));
    await updateOperator(context.tx, operator.id, { ...to, ...hears });
    const output = { ...operator, ...to, ...hears, version: operator.version + 1 };
    return changed(output, [], {
      from: { ...shown(operator), ...hearingNow(operator, hears) },
      to: { ...to, ...hears },
    });
  },
});

/** Operators choose themselves which mail they get, without being admins. */
export const setMe = changeOperation({
  name: 'me.set',
  permission: 'me.manage',
  input: z.strictObject(HEARING_FIELDS),
  run: async (context, hearing) => {
    const { tx, actor } = context;
    if (actor.is !== 'operator') {
      const message = 'Nobody says who they are, so nobody’s choice can be changed.';
      return err(refusal('nobody', message, 'Say it with: --as <your address>; of others: deskbell operator set'));
    }
    const { operator } = await lockOperatorAndAdmins(tx, actor.address);
    if (operator === null) return err(await noOperator(context, actor.address));
    const hears = hearingChanges(operator, hearing);
    if (Object.keys(hears).length === 0) {
      const mend = 'Say what to change: --hears-of-tickets, --hears-of-replies, --hears-of-alarms or --language.';
      return err(refusal('nothing_said', 'Nothing was given that is not so already.', mend));
    }
    await updateOperator(tx, operator.id, hears);
    return changed({ ...operator, ...hears, version: operator.version + 1 }, [], {
      from: hearingNow(operator, hears),
      to: hears,
    });
  },
});

/**
 * The operator may do nothing from now on, here or by mail, and their API tokens are over; mail to the staff that waits for
 * them is not sent. What they wrote stays theirs, and so do their tickets: somebody else has to take them.
 */
export const disableOperator = changeOperation({
  name: 'operator.disable',
  permission: 'operator.manage',
  input: z.strictObject({ address: addressField }),
  run: async (context, { address }) => {
    const { tx, clock } = context;
    const { operator, admins } = await lockOperatorAndAdmins(tx, address);
    if (operator === null) return err(await noOperator(context, address));
    if (operator.disabledAt !== null) return err(already(operator, 'disabled'));
    if (isLastAdmin(operator, admins)) return err(lastAdmin(operator, 'cannot be disabled'));
    await updateOperator(tx, operator.id, { disabledAt: clock.now() });
    const tokensRevoked = await revokeTokensOf(tx, operator.id, clock.now());
    const tickets = await countAssigned(tx, operator.id);
    const mailsCancelled = await cancelPendingToOperator(tx, address);
    const output = { address, name: operator.name, tokensRevoked, tickets };
    return changed(output, [], { from: { disabled: false }, to: { disabled: true, tokensRevoked, mailsCancelled } });
  },
});

/** The operator may act again, by their role; revoked API tokens stay revoked. */
export const enableOperator = changeOperation({
  name: 'operator.enable',
  permission: 'operator.manage',
  input: z.strictObject({ address: addressField }),
  run: async (context, { address }) => {
    const { operator } = await lockOperatorAndAdmins(context.tx, address);
    if (operator === null) return err(await noOperator(context, address));
    if (operator.disabledAt === null) return err(already(operator, 'enabled'));
    await updateOperator(context.tx, operator.id, { disabledAt: null });
    const { name, role } = operator;
    return changed({ address, name, role }, [], { from: { disabled: true }, to: { disabled: false } });
  },
});

/** All operators. */
export const showOperators = readOperation({
  name: 'operator.list',
  permission: 'operator.read',
  input: z.strictObject({}),
  run: async ({ db }) => ok(await listOperators(db)),
});

/** What there is to be allowed, and which roles have it. */
export const showPermissions = readOperation({
  name: 'operator.permissions',
  permission: 'operator.read',
  input: z.strictObject({}),
  run: () => Promise.resolve(ok(PERMISSIONS)),
});

const shown = ({ name, role }: OperatorRow) => ({ name, role });

const isLastAdmin = ({ id }: OperatorRow, admins: readonly number[]): boolean =>
  admins.length === 1 && admins[0] === id;

const lastAdmin = ({ name }: OperatorRow, cannot: string): Refusal =>
  refusal(
    'last_admin',
    `${name} is the last admin, so they ${cannot}: nobody could change anything any more.`,
    'Make somebody else admin first: deskbell operator set <address> --role admin',
  );

const already = ({ name }: OperatorRow, is: string): Refusal =>
  refusal(`already_${is}`, `${name} is ${is} already.`, 'There is nothing to do.');

async function noOperator({ tx }: Pick<ChangeContext, 'tx'>, address: string): Promise<Refusal> {
  const near = nearest(
    address,
    (await listOperators(tx)).map((operator) => operator.address),
  );
  const mend = near === null ? 'See all with: deskbell operator list' : `Did you mean ${near}?`;
  return refusal('operator_not_found', `There is no operator ${address}.`, mend);
}

async function changedMeanwhile(
  { tx }: ChangeContext,
  { address, name, version }: OperatorRow,
  seen: number,
): Promise<Refusal> {
  const last = await findLastChange(tx, address);
  const when = last?.at.toISOString().slice(0, 16).replace('T', ' ') ?? '';
  const message =
    last === null
      ? `${name} is version ${version}, not ${seen}.`
      : `${name} was changed by ${last.by} on ${when}Z, after you looked: they are version ${version} now.`;
  return refusal('changed_meanwhile', message, 'Look again with: deskbell operator list');
}
