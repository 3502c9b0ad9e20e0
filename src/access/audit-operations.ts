import { z } from 'zod';
import { err, ok } from '../lib/result.ts';
import { listAudit } from './audit-store.ts';
import { addressField, instantField, limitField, numberField } from './fields.ts';
import { readOperation } from './operation.ts';
import { refusal } from './refusal.ts';
import { findOperator } from './store.ts';

/** Who did what, the newest first: of one operator, of one kind, since a day. */
export const showAudit = readOperation({
  name: 'audit.list',
  permission: 'audit.read',
  input: z.strictObject({
    operator: addressField.optional(),
    operation: z
      .string()
      .regex(/^[\w.]{1,100}$/, 'is the name of an operation such as toggle.set, or its first word')
      .optional(),
    since: instantField.optional(),
    after: numberField.optional(),
    limit: limitField,
  }),
  run: async ({ db }, { operator: address, operation = null, since = null, after = null, limit }) => {
    const operator = address === undefined ? null : await findOperator(db, address);
    if (address !== undefined && operator === null) {
      const mend = 'See all with: deskbell operator list';
      return err(refusal('operator_not_found', `There is no operator ${address}.`, mend));
    }
    const actor = operator === null ? null : `operator:${operator.id}`;
    // One more than is shown says whether there are more.
    const rows = await listAudit(db, { actor, operation, since, after }, limit + 1);
    return ok({ rows: rows.slice(0, limit), next: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null });
  },
});
