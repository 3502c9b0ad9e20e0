import { asc, eq } from 'drizzle-orm';
import type { Queryable } from '../db/client.ts';
import type { ContactId, OperatorId, TokenId } from '../db/ids.ts';
import type { Changes, Role } from '../db/schema/access.ts';
import type { HEARS_OF_ALARMS, HEARS_OF_REPLIES, HEARS_OF_TICKETS } from '../db/schema/access.ts';
import { auditRows, operators } from '../db/schema/access.ts';
import type { EmailAddress } from '../mail/address.ts';

export interface OperatorRow {
  readonly id: OperatorId;
  readonly address: EmailAddress;
  readonly name: string;
  readonly role: Role;
  /** The language of their mail; null: the desk's. */
  readonly locale: string | null;
  readonly hearsOfTickets: (typeof HEARS_OF_TICKETS)[number];
  readonly hearsOfReplies: (typeof HEARS_OF_REPLIES)[number];
  readonly hearsOfAlarms: (typeof HEARS_OF_ALARMS)[number];
  /** Counts the changes. */
  readonly version: number;
  readonly createdAt: Date;
  readonly disabledAt: Date | null;
}

const asOperator = (row: typeof operators.$inferSelect): OperatorRow => ({
  ...row,
  address: row.address as EmailAddress,
});

/** Operators by their number, at most 1,000. */
export async function listOperators(db: Queryable): Promise<readonly OperatorRow[]> {
  const rows = await db.orm.select().from(operators).orderBy(asc(operators.id)).limit(1000);
  return rows.map(asOperator);
}

export async function findOperator(db: Queryable, address: EmailAddress): Promise<OperatorRow | null> {
  const [row] = await db.orm.select().from(operators).where(eq(operators.address, address));
  return row === undefined ? null : asOperator(row);
}

/** A new operator; null when the address is one already. */
export async function insertOperator(
  db: Queryable,
  operator: { readonly address: EmailAddress; readonly name: string; readonly role: Role },
): Promise<OperatorId | null> {
  const rows = await db.orm.insert(operators).values(operator).onConflictDoNothing().returning({ id: operators.id });
  return rows[0]?.id ?? null;
}

export interface AuditEntry {
  readonly actor: string;
  /** The API token they came with; null: they came themselves. */
  readonly tokenId: TokenId | null;
  readonly operation: string;
  /** Without secrets. */
  readonly input: unknown;
  /** `done`, or `refused: ` and the code. */
  readonly outcome: string;
  readonly changes: Changes | null;
}

/** Somebody did something, or tried to. */
export async function insertAudit(db: Queryable, entry: AuditEntry): Promise<void> {
  await db.orm.insert(auditRows).values(entry);
}

/** Who last changed a contact, and when: operations on contacts tell their number in `changes`. Null: nobody is known. */
export async function findLastChange(
  db: Queryable,
  id: ContactId,
): Promise<{ readonly by: string; readonly at: Date } | null> {
  const [row] = await db.sql<{ by: string; at: Date }[]>`
    select coalesce((select o.name from operators o where 'operator:' || o.id = r.actor), r.actor) as by, r.at
    from audit_rows r
    where r.outcome = 'done' and (r.operation like 'contact.%' or r.operation like 'address.%')
      and to_jsonb(${id}::bigint) in (r.changes -> 'to' -> 'id', r.changes -> 'from' -> 'id', r.changes -> 'to' -> 'contact')
    order by r.id desc limit 1`;
  return row ?? null;
}
