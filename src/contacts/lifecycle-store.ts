import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId } from '../db/ids.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';
import type { EmailAddress } from '../mail/address.ts';

/** One address of a person. */
export interface PersonAddress {
  readonly address: EmailAddress;
  /** Whose row it is with: another than the person's only while that one is merged. */
  readonly ownerId: ContactId;
  /** The one of its row; the person's own is that of their own row. */
  readonly isPrimary: boolean;
  readonly verifiedAt: Date | null;
  readonly verifiedBy: string | null;
}

/** A person with everybody who is merged into them. */
export interface Person {
  readonly id: ContactId;
  readonly name: string;
  readonly status: ContactStatus;
  readonly deactivatedUntil: Date | null;
  readonly version: number;
  readonly updatedAt: Date;
  /** Their own row, then those merged into it. */
  readonly ids: readonly ContactId[];
  /** Their primary one first, then those of their own row. */
  readonly addresses: readonly PersonAddress[];
}

type PersonRow = Omit<Person, 'ids' | 'addresses'> & { readonly mergedIntoId: ContactId | null };

/** Whoever that number or address names: where they are merged, the one who stands for them. */
export async function findPersonId(db: Queryable, who: ContactId | EmailAddress): Promise<ContactId | null> {
  const [row] =
    typeof who === 'number'
      ? await db.sql<{ id: ContactId }[]>`select coalesce(merged_into_id, id) as id from contacts where id = ${who}`
      : await db.sql<{ id: ContactId }[]>`
          select coalesce(c.merged_into_id, c.id) as id from contact_addresses a join contacts c on c.id = a.contact_id
          where a.address = ${who}`;
  return row?.id ?? null;
}

/** All rows of the person of whom this is one. */
export async function listRowsOf(db: Queryable, id: ContactId): Promise<readonly ContactId[]> {
  const rows = await db.sql<{ id: ContactId }[]>`
    with person as (select coalesce(merged_into_id, id) as id from contacts where id = ${id})
    select c.id from contacts c, person p where c.id = p.id or c.merged_into_id = p.id order by c.id`;
  return rows.map((row) => row.id);
}

/** The person as they are now, not locked; null when there is none of that number. */
export async function findPerson(db: Queryable, id: ContactId): Promise<Person | null> {
  const rows = await db.sql<PersonRow[]>`${personRows(db, id)}`;
  return asPerson(db, id, rows);
}

/** In which order contacts are locked by whoever locks several: person by person, who stands for the others first. */
export const lockOrder = (db: Queryable) => db.sql`coalesce(merged_into_id, id), merged_into_id is not null, id`;

/** All rows of a person stay as they are until the transaction ends: who changes or merges them waits, and so does their mail. */
export async function lockPerson(tx: Tx, id: ContactId): Promise<Person | null> {
  // Whoever merges somebody into them locks their own row first: behind it, in a statement of its own, all are seen.
  await tx.sql`select 1 from contacts where id = ${id} for update`;
  const rows = await tx.sql<PersonRow[]>`${personRows(tx, id)} for update`;
  return asPerson(tx, id, rows);
}

const personRows = (db: Queryable, id: ContactId) => db.sql`
  select id, trim(first_name || ' ' || last_name) as name, status, deactivated_until as "deactivatedUntil", version,
    updated_at as "updatedAt", merged_into_id as "mergedIntoId"
  from contacts where id = ${id} or merged_into_id = ${id} order by ${lockOrder(db)}`;

async function asPerson(db: Queryable, id: ContactId, rows: readonly PersonRow[]): Promise<Person | null> {
  const root = rows.find((row) => row.id === id);
  // Merged into somebody else while its lock was waited for: it is no person of its own any more.
  if (root === undefined || root.mergedIntoId !== null) return null;
  const ids = [id, ...rows.flatMap((row) => (row.id === id ? [] : [row.id]))];
  const addresses = await db.sql<PersonAddress[]>`
    select address, contact_id as "ownerId", is_primary as "isPrimary", verified_at as "verifiedAt", verified_by as "verifiedBy"
    from contact_addresses where contact_id = any(${ids}::bigint[])
    order by (contact_id = ${id}) desc, contact_id, is_primary desc, address`;
  const { name, status, deactivatedUntil, version, updatedAt } = root;
  return { id, name, status, deactivatedUntil, version, updatedAt, ids, addresses };
}

/** The contact stands like this from now on. */
export async function putStatus(
  tx: Tx,
  id: ContactId,
  status: ContactStatus,
  deactivatedUntil: Date | null,
): Promise<void> {
  await tx.sql`
    update contacts set status = ${status}, deactivated_until = ${deactivatedUntil}, version = version + 1, updated_at = now()
    where id = ${id}`;
}

/** Something about these contacts is another thing than whoever looked before has seen. */
export async function touchContacts(tx: Tx, ids: readonly ContactId[]): Promise<void> {
  await tx.sql`
    update contacts set version = version + 1, updated_at = now() where id = any(${ids.toSorted((a, b) => a - b)}::bigint[])`;
}
