import { eq, sql } from 'drizzle-orm';
import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, CustomerId } from '../db/ids.ts';
import { hexBytes, records } from '../db/records.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';
import { contactAddresses, contacts, customers } from '../db/schema/contacts.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { KnownContact } from './model.ts';

/** Whose these addresses are; an address nobody owns is not in the answer. */
export async function findOwners(
  db: Queryable,
  addresses: readonly EmailAddress[],
): Promise<ReadonlyMap<EmailAddress, KnownContact>> {
  const rows = await db.sql<(KnownContact & { address: EmailAddress })[]>`
    select a.address, c.id, o.id as "ownerId", c.customer_id as "customerId",
      trim(c.first_name || ' ' || c.last_name) as name, c.status, c.deactivated_until as "deactivatedUntil",
      o.customer_id as "ownerCustomerId", trim(o.first_name || ' ' || o.last_name) as "ownerName",
      coalesce(c.locale, u.locale) as locale, a.verified_at is not null as "isVerified"
    from contact_addresses a
    join contacts o on o.id = a.contact_id
    join contacts c on c.id = coalesce(o.merged_into_id, o.id)
    join customers u on u.id = c.customer_id
    where a.address = any(${[...addresses]}::text[])`;
  return new Map(rows.map((row) => [row.address, row]));
}

/** Which of these keyed hashes are those of erased people, in hex. */
export async function findTombstones(db: Queryable, hashes: readonly Buffer[]): Promise<ReadonlySet<string>> {
  const rows = await db.sql<{ hash: string }[]>`
    select encode(address_hash, 'hex') as hash from tombstones where address_hash = any(${hashes.map(hexBytes)}::text[]::bytea[])`;
  return new Set(rows.map((row) => row.hash));
}

/** The customers that own these domains. */
export async function findDomainCustomers(
  db: Queryable,
  domains: readonly string[],
): Promise<ReadonlyMap<string, CustomerId>> {
  const rows = await db.sql<{ domain: string; customerId: CustomerId }[]>`
    select domain, customer_id as "customerId" from customer_domains where domain = any(${[...domains]}::text[])`;
  return new Map(rows.map((row) => [row.domain, row.customerId]));
}

/** The languages of these customers, and of those to which mailboxes bring people; who has none is not in the answer. */
export async function findCustomerLocales(
  db: Queryable,
  ids: readonly CustomerId[],
): Promise<ReadonlyMap<CustomerId, string>> {
  const rows = await db.sql<{ id: CustomerId; locale: string }[]>`
    select id, locale from customers
    where locale is not null and (id = any(${[...ids]}::bigint[]) or id in (select default_customer_id from mailboxes))`;
  return new Map(rows.map(({ id, locale }) => [id, locale]));
}

export async function getUnassignedCustomer(db: Queryable): Promise<CustomerId> {
  const [row] = await db.sql<{ id: CustomerId }[]>`select id from customers where is_unassigned`;
  if (row === undefined) throw new Error('the built-in customer "Unassigned" is missing: run deskbell migrate');
  return row.id;
}

/** The customer a contact is of; null when there is no such contact. */
export async function findCustomerOf(db: Queryable, contactId: ContactId): Promise<CustomerId | null> {
  const [row] = await db.sql<{ id: CustomerId }[]>`select customer_id as id from contacts where id = ${contactId}`;
  return row?.id ?? null;
}

/** A contact that mail makes, with the id already taken from the sequence. */
export interface NewContact {
  readonly id: ContactId;
  readonly customerId: CustomerId;
  readonly firstName: string;
  readonly lastName: string;
  readonly address: EmailAddress;
}

/**
 * Inserts contacts with their one, primary address, in the order of the addresses.
 *
 * @returns false when somebody else has just taken one of the addresses: the caller begins anew and will know them
 */
export async function insertContactsFromMail(tx: Tx, people: readonly NewContact[]): Promise<boolean> {
  if (people.length === 0) return true;
  const rows = people.toSorted((a, b) => (a.address < b.address ? -1 : 1));
  await tx.sql`
    insert into contacts (id, customer_id, first_name, last_name, created_by) overriding system value
    select r.id, r."customerId", r."firstName", r."lastName", 'mail'
    from json_to_recordset(${records(tx, rows)})
      as r(id bigint, "customerId" bigint, "firstName" text, "lastName" text)`;
  const taken = await tx.sql`
    insert into contact_addresses (address, contact_id, is_primary)
    select r.address, r.id, true
    from json_to_recordset(${records(tx, rows)}) as r(id bigint, address text)
    on conflict (address) do nothing
    returning address`;
  return taken.count === people.length;
}

export async function findCustomerByName(db: Queryable, name: string): Promise<CustomerId | null> {
  const rows = await db.orm
    .select({ id: customers.id })
    .from(customers)
    .where(eq(sql`lower(${customers.name})`, name.toLowerCase()));
  return rows[0]?.id ?? null;
}

export async function insertContact(
  db: Queryable,
  contact: {
    customerId: CustomerId;
    firstName: string;
    lastName: string;
    status: ContactStatus;
    deactivatedUntil: Date | null;
    createdBy: string;
  },
): Promise<ContactId> {
  const rows = await db.orm.insert(contacts).values(contact).returning({ id: contacts.id });
  const [row] = rows;
  if (row === undefined) throw new Error('insert into contacts returned no row');
  return row.id;
}

/** Gives the address to the contact; false when somebody has it. */
export async function insertAddress(
  db: Queryable,
  address: EmailAddress,
  contactId: ContactId,
  isPrimary: boolean,
): Promise<boolean> {
  const rows = await db.orm
    .insert(contactAddresses)
    .values({ address, contactId, isPrimary })
    .onConflictDoNothing({ target: contactAddresses.address })
    .returning({ address: contactAddresses.address });
  return rows.length > 0;
}

export interface ContactRow {
  readonly id: ContactId;
  readonly name: string;
  readonly customer: string;
  readonly status: ContactStatus;
  readonly deactivatedUntil: Date | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  /** The primary one first; those of who is merged into them are in `merged`. */
  readonly addresses: readonly EmailAddress[];
  /** For whom they stand, since they are one person: by number, at most 100. */
  readonly merged: readonly MergedRow[];
}

/** A contact who is part of another. */
export interface MergedRow {
  readonly id: ContactId;
  readonly name: string;
  readonly customer: string;
  /** The primary one first. */
  readonly addresses: readonly EmailAddress[];
}

const contactRows = (db: Queryable) => db.sql`
  select c.id, trim(c.first_name || ' ' || c.last_name) as name, u.name as customer, c.status,
    c.deactivated_until as "deactivatedUntil", c.created_by as "createdBy", c.created_at as "createdAt",
    coalesce((select array_agg(a.address order by a.is_primary desc, a.address)
      from contact_addresses a where a.contact_id = c.id), '{}') as addresses,
    coalesce((select jsonb_agg(jsonb_build_object('id', m.id, 'name', trim(m.first_name || ' ' || m.last_name), 'customer', v.name,
        'addresses', array(select a.address from contact_addresses a where a.contact_id = m.id
          order by a.is_primary desc, a.address)) order by m.id)
      from contacts m join customers v on v.id = m.customer_id where m.merged_into_id = c.id), '[]') as merged
  from contacts c join customers u on u.id = c.customer_id`;

/** The person of that number or that address: the one who stands for them, if they are merged; null when there is none. */
export async function findContact(db: Queryable, who: ContactId | EmailAddress): Promise<ContactRow | null> {
  const rows =
    typeof who === 'number'
      ? await db.sql<ContactRow[]>`
          ${contactRows(db)} where c.id = (select coalesce(merged_into_id, id) from contacts where id = ${who})`
      : await db.sql<ContactRow[]>`
          ${contactRows(db)} where c.id = (select coalesce(o.merged_into_id, o.id)
            from contact_addresses a join contacts o on o.id = a.contact_id where a.address = ${who})`;
  return rows[0] ?? null;
}

/** Whichever address was the contact's primary one is so no more: another is about to be. */
export async function demotePrimaryAddress(tx: Tx, contactId: ContactId): Promise<void> {
  await tx.sql`update contact_addresses set is_primary = false where contact_id = ${contactId} and is_primary`;
}

/** The address, which the contact has, is their primary one; no other may be. */
export async function promoteAddress(tx: Tx, address: EmailAddress): Promise<void> {
  await tx.sql`update contact_addresses set is_primary = true where address = ${address}`;
}
