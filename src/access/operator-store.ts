import { eq, sql } from 'drizzle-orm';
import type { Queryable, Tx } from '../db/client.ts';
import type { OperatorId } from '../db/ids.ts';
import { operators } from '../db/schema/access.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { OperatorRow } from './store.ts';

/** The operator of that address, and every admin who is not disabled. */
export interface LockedOperators {
  readonly operator: OperatorRow | null;
  readonly admins: readonly OperatorId[];
}

/** Under lock until the transaction ends: two admins who demote each other do so one after the other. */
export async function lockOperatorAndAdmins(tx: Tx, address: EmailAddress): Promise<LockedOperators> {
  const rows = await tx.sql<OperatorRow[]>`
    select id, address, name, role, locale, hears_of_tickets as "hearsOfTickets", hears_of_replies as "hearsOfReplies",
      hears_of_alarms as "hearsOfAlarms", version, created_at as "createdAt", disabled_at as "disabledAt" from operators
    where address = ${address} or (role = 'admin' and disabled_at is null) order by id for update`;
  return {
    operator: rows.find((row) => row.address === address) ?? null,
    admins: rows.flatMap(({ id, role, disabledAt }) => (role === 'admin' && disabledAt === null ? [id] : [])),
  };
}

/** The operator stays who they are until the transaction ends: whoever disables them comes before, or after. */
export async function holdOperator(tx: Tx, address: EmailAddress): Promise<void> {
  await tx.sql`select 1 from operators where address = ${address} for share`;
}

/** The operator is like this from now on. */
export async function updateOperator(
  tx: Tx,
  id: OperatorId,
  change: Partial<Omit<OperatorRow, 'id' | 'address' | 'version' | 'createdAt'>>,
): Promise<void> {
  await tx.orm
    .update(operators)
    .set({ ...change, version: sql`${operators.version} + 1` })
    .where(eq(operators.id, id));
}

/** None of their API tokens is good any more. @returns how many were */
export async function revokeTokensOf(tx: Tx, id: OperatorId, now: Date): Promise<number> {
  const rows = await tx.sql`
    update api_tokens set revoked_at = ${now} where operator_id = ${id} and revoked_at is null`;
  return rows.count;
}

/** How many tickets that are not closed are theirs to work on. */
export async function countAssigned(db: Queryable, id: OperatorId): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from tickets where assignee_id = ${id} and status <> 'closed'`;
  return row?.count ?? 0;
}

/** Who last changed the operator, and when; null when the audit does not know. */
export async function findLastChange(
  db: Queryable,
  address: EmailAddress,
): Promise<{ readonly by: string; readonly at: Date } | null> {
  const [row] = await db.sql<{ by: string; at: Date }[]>`
    select coalesce(o.name, a.actor) as by, a.at from audit_rows a
    left join operators o on a.actor = 'operator:' || o.id
    where a.outcome = 'done' and (a.operation in ('operator.set', 'operator.disable', 'operator.enable')
        and a.input ->> 'address' = ${address}
      or a.operation = 'me.set' and a.actor = (select 'operator:' || id from operators where address = ${address}))
    order by a.id desc limit 1`;
  return row ?? null;
}
