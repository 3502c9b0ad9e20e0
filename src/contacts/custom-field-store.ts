import { and, asc, eq, sql } from 'drizzle-orm';
import type { Queryable, Tx } from '../db/client.ts';
import type { CustomFieldKind, CustomFieldOwner } from '../db/schema/contacts.ts';
import { customFields } from '../db/schema/contacts.ts';
import type { DefinedField } from './custom-fields.ts';

/** What its owner can have at most. */
export const MAX_CUSTOM_FIELDS = 100;

export interface CustomFieldRow extends DefinedField {
  readonly owner: CustomFieldOwner;
}

const COLUMNS = {
  owner: customFields.owner,
  key: customFields.key,
  label: customFields.label,
  kind: customFields.kind,
  choices: customFields.choices,
  isRequired: customFields.isRequired,
};

/** All custom fields in the order in which they were added, those of contacts before those of customers. */
export async function listCustomFields(db: Queryable): Promise<readonly CustomFieldRow[]> {
  return db.orm
    .select(COLUMNS)
    .from(customFields)
    .orderBy(asc(customFields.owner), asc(customFields.id))
    .limit(MAX_CUSTOM_FIELDS * 2);
}

/** The fields of an owner; none of them can be removed or changed before the transaction ends. */
export async function holdCustomFields(tx: Tx, owner: CustomFieldOwner): Promise<readonly DefinedField[]> {
  return tx.orm
    .select(COLUMNS)
    .from(customFields)
    .where(eq(customFields.owner, owner))
    .orderBy(asc(customFields.id))
    .limit(MAX_CUSTOM_FIELDS)
    .for('share');
}

const isField = (owner: CustomFieldOwner, key: string) => and(eq(customFields.owner, owner), eq(customFields.key, key));

/** The field, which is ours to change until the transaction ends; null when there is none. */
export async function lockCustomField(tx: Tx, owner: CustomFieldOwner, key: string): Promise<CustomFieldRow | null> {
  const rows = await tx.orm.select(COLUMNS).from(customFields).where(isField(owner, key)).for('update');
  return rows[0] ?? null;
}

/** A new field; false when the owner has one of that key. */
export async function insertCustomField(
  tx: Tx,
  field: {
    owner: CustomFieldOwner;
    key: string;
    label: string;
    kind: CustomFieldKind;
    choices: readonly string[];
    isRequired: boolean;
  },
): Promise<boolean> {
  const rows = await tx.orm
    .insert(customFields)
    .values(field)
    .onConflictDoNothing()
    .returning({ key: customFields.key });
  return rows.length > 0;
}

/** The field has this label, these choices, and is required or not. */
export async function updateCustomField(
  tx: Tx,
  { owner, key, label, choices, isRequired }: CustomFieldRow,
): Promise<void> {
  await tx.orm.update(customFields).set({ label, choices, isRequired }).where(isField(owner, key));
}

/** The field is no more; its values are forgotten by `forgetCustomValues`. */
export async function deleteCustomField(tx: Tx, owner: CustomFieldOwner, key: string): Promise<void> {
  await tx.orm.delete(customFields).where(isField(owner, key));
}

const TABLES: Readonly<Record<CustomFieldOwner, string>> = { customer: 'customers', contact: 'contacts' };

/** How many have a value of that field. */
export async function countCustomValues(db: Queryable, owner: CustomFieldOwner, key: string): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from ${db.sql(TABLES[owner])} where custom ? ${key}`;
  return row?.count ?? 0;
}

/** Nobody has a value of that field. A hundred thousand rows take their time. */
export async function forgetCustomValues(tx: Tx, owner: CustomFieldOwner, key: string): Promise<void> {
  await tx.sql`set local statement_timeout = '5min'`;
  await tx.sql`update ${tx.sql(TABLES[owner])} set custom = custom - ${key}::text where custom ? ${key}`;
}

/** How many have no value of that field, though they would need one. */
export async function countWithout(db: Queryable, owner: CustomFieldOwner, key: string): Promise<number> {
  const isAsked = owner === 'contact' ? db.sql`status <> 'deleted'` : db.sql`not is_unassigned`;
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from ${db.sql(TABLES[owner])} where not (custom ? ${key}) and ${isAsked}`;
  return row?.count ?? 0;
}

/** How many fields the owner has. */
export async function countCustomFields(db: Queryable, owner: CustomFieldOwner): Promise<number> {
  const [row] = await db.orm
    .select({ count: sql<number>`count(*)::int` })
    .from(customFields)
    .where(eq(customFields.owner, owner));
  return row?.count ?? 0;
}
