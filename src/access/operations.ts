import { z } from 'zod';
import { ROLES } from '../db/schema/access.ts';
import { err, ok } from '../lib/result.ts';
import { addressField, nameField } from './fields.ts';
import { changed, changeOperation, readOperation } from './operation.ts';
import { refusal } from './refusal.ts';
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
    return err(
      refusal(
        'operator_exists',
        `${input.address} is an operator already: ${existing?.name ?? ''}, ${existing?.role ?? ''}.`,
        'Choose another address.',
      ),
    );
  },
});

/** All operators. */
export const showOperators = readOperation({
  name: 'operator.list',
  permission: 'operator.read',
  input: z.strictObject({}),
  run: async ({ db }) => ok(await listOperators(db)),
});
