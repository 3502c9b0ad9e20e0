import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, CustomerId } from '../db/ids.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';
import type { EmailAddress } from '../mail/address.ts';

/** A contact's own row, whoever stands for them. */
export interface OwnRow {
  readonly id: ContactId;
  /** Who stands for them; themselves, while they are not merged. */
  readonly personId: ContactId;
  readonly name: string;
  readonly customerId: CustomerId;
  readonly customer: string;
  readonly status: ContactStatus;
}

/** The contact of that number, or whose address that is; null when there is none. */
export async function findOwnRow(db: Queryable, who: ContactId | EmailAddress): Promise<OwnRow | null> {
  const id = typeof who === 'number' ? who : null;
  const address = typeof who === 'number' ? null : who;
  const [row] = await db.sql<OwnRow[]>`
    select c.id, coalesce(c.merged_into_id, c.id) as "personId", trim(c.first_name || ' ' || c.last_name) as name,
      c.customer_id as "customerId", u.name as customer, c.status
    from contacts c join customers u on u.id = c.customer_id
    where c.id = coalesce(${id}::bigint, (select contact_id from contact_addresses where address = ${address}))`;
  return row ?? null;
}

/**
 * Locks somebody who stands for themselves until the transaction ends, so that merges of one person go one after the
 * other; mail goes on meanwhile.
 *
 * @returns their row as it is now, under the lock: whoever was merged while it was waited for must be let go of, before
 * anybody else is locked
 */
export async function lockOwnRow(tx: Tx, id: ContactId): Promise<OwnRow | null> {
  await tx.sql`select 1 from contacts where id = ${id} for no key update`;
  return findOwnRow(tx, id);
}

/** For how many others this one stands. */
export async function countMerged(db: Queryable, id: ContactId): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from contacts where merged_into_id = ${id}`;
  return row?.count ?? 0;
}

/** A merge that stands, as a refusal names it. */
export interface StandingMerge {
  readonly intoId: ContactId;
  readonly mergedAt: Date;
  /** The operator's name, or 'system:cli'. */
  readonly mergedBy: string;
}

/** How a contact came to be merged; null when they are not. */
export async function findStandingMerge(db: Queryable, id: ContactId): Promise<StandingMerge | null> {
  const [row] = await db.sql<StandingMerge[]>`
    select m.into_id as "intoId", m.merged_at as "mergedAt",
      coalesce((select o.name from operators o where 'operator:' || o.id = m.merged_by), m.merged_by) as "mergedBy"
    from contact_merges m where m.contact_id = ${id} and m.undone_at is null`;
  return row ?? null;
}

/**
 * The contact is part of the other from now on, with all who were part of them. The other's version is one that nobody
 * has seen of either: who looked before is told.
 *
 * @param intoId somebody who is not merged; locked, as the contact is
 */
export async function putMerge(
  tx: Tx,
  merge: {
    readonly contactId: ContactId;
    readonly intoId: ContactId;
    readonly evidence: readonly string[];
    readonly mergedBy: string;
  },
): Promise<void> {
  const { contactId, intoId, evidence, mergedBy } = merge;
  await tx.sql`
    insert into contact_merges (contact_id, into_id, evidence, merged_by)
    values (${contactId}, ${intoId}, ${tx.sql.json([...evidence])}, ${mergedBy})`;
  await tx.sql`
    update contacts set merged_into_id = ${intoId} where id = ${contactId} or merged_into_id = ${contactId}`;
  await tx.sql`
    update contacts set updated_at = now(),
      version = 1 + (select max(version) from contacts where id = any(array[${contactId}, ${intoId}]::bigint[]))
    where id = ${intoId}`;
}

/**
 * The contact stands for themselves again, and for all who had been merged into them: by the journal, so that those who
 * were merged into the other stay there.
 *
 * @returns those they stand for
 */
export async function undoMerge(tx: Tx, contactId: ContactId, undoneBy: string): Promise<readonly ContactId[]> {
  await tx.sql`
    update contact_merges set undone_at = now(), undone_by = ${undoneBy}
    where contact_id = ${contactId} and undone_at is null`;
  await tx.sql`update contacts set merged_into_id = null where id = ${contactId}`;
  const rows = await tx.sql<{ id: ContactId }[]>`
    with recursive theirs as (
      select contact_id as id from contact_merges where into_id = ${contactId} and undone_at is null
      union
      select m.contact_id from contact_merges m join theirs on m.into_id = theirs.id where m.undone_at is null
    )
    update contacts c set merged_into_id = ${contactId} from theirs where c.id = theirs.id returning c.id`;
  return rows.map(({ id }) => id).toSorted((a, b) => a - b);
}

/** Nobody is told again that these two may be one person. */
export async function insertDismissal(
  tx: Tx,
  pair: { readonly contactId: ContactId; readonly otherId: ContactId },
  dismissedBy: string,
): Promise<boolean> {
  const [first, second] = [pair.contactId, pair.otherId].toSorted((a, b) => a - b);
  const rows = await tx.sql`
    insert into contact_dismissals (contact_id, other_id, dismissed_by)
    values (${first as ContactId}, ${second as ContactId}, ${dismissedBy})
    on conflict do nothing returning contact_id`;
  return rows.length > 0;
}
