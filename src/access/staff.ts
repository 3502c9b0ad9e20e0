import type { Queryable } from '../db/client.ts';
import type { OperatorId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import { getPermission } from './permissions.ts';
import { listOperators } from './store.ts';

/** Every operator who has not been disabled, and whether they may answer tickets now. */
export async function loadStaff(
  db: Queryable,
): Promise<
  ReadonlyMap<EmailAddress, { readonly operatorId: OperatorId; readonly name: string; readonly mayReply: boolean }>
> {
  const { roles } = getPermission('ticket.write');
  const operators = await listOperators(db);
  return new Map(
    operators
      .filter(({ disabledAt }) => disabledAt === null)
      .map(({ address, id, name, role }) => [address, { operatorId: id, name, mayReply: roles.includes(role) }]),
  );
}
