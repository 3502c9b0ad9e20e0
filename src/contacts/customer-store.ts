import { and, eq, sql } from 'drizzle-orm';
import type { Queryable, Tx } from '../db/client.ts';
import { sqlState } from '../db/client.ts';
import type { ContactId, CustomerId } from '../db/ids.ts';
import type { CustomValues } from '../db/schema/contacts.ts';
import { customerDomains, customers } from '../db/schema/contacts.ts';

/** All that is known of a customer (FEATURES P-05). */
export interface CustomerDetail {
  readonly id: CustomerId;
  readonly name: string;
  readonly isUnassigned: boolean;
  readonly domains: readonly string[];
  readonly mainContactId: ContactId | null;
  readonly mainContact: string | null;
  readonly locale: string | null;
  readonly comment: string;
  readonly custom: CustomValues;
  /** Of the keys in `custom`. */
  readonly customLabels: Readonly<Record<string, string>>;
  readonly contactCount: number;
  readonly mainSiteUserCount: number;
  readonly ticketCount: number;
  readonly openTicketCount: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly version: number;
}

/** Deleted contacts are nobody, and the merged are somebody else. */
const isPerson = (db: Queryable) => db.sql`p.status <> 'deleted' and p.merged_into_id is null`;

/** The customer of that number, which is there. */
export async function getCustomerDetail(db: Queryable, id: CustomerId): Promise<CustomerDetail> {
  const person = isPerson(db);
  const [row] = await db.sql<CustomerDetail[]>`
    select c.id, c.name, c.is_unassigned as "isUnassigned", c.locale, c.comment, c.custom,
      (select coalesce(json_object_agg(f.key, f.label order by f.id), '{}')
        from custom_fields f where f.owner = 'customer' and c.custom ? f.key) as "customLabels",
      coalesce((select array_agg(d.domain order by d.domain) from customer_domains d where d.customer_id = c.id), '{}') as domains,
      m.id as "mainContactId",
      coalesce(nullif(trim(m.first_name || ' ' || m.last_name), ''),
        (select a.address from contact_addresses a where a.contact_id = m.id and a.is_primary)) as "mainContact",
      (select count(*)::int from contacts p where p.customer_id = c.id and ${person}) as "contactCount",
      (select count(*)::int from contacts p where p.customer_id = c.id and p.is_main_site_user and ${person}) as "mainSiteUserCount",
      (select count(*)::int from tickets t where t.customer_id = c.id) as "ticketCount",
      (select count(*)::int from tickets t where t.customer_id = c.id and t.status in ('open', 'pending')) as "openTicketCount",
      c.created_at as "createdAt", c.updated_at as "updatedAt", c.version
    from customers c
    -- Where they are merged, the one who stands for them.
    left join contacts r on r.id = c.main_contact_id left join contacts m on m.id = coalesce(r.merged_into_id, r.id)
    where c.id = ${id}`;
  if (row === undefined) throw new Error(`customer ${id} is not there`);
  return row;
}

/** The name most like that one; null when none is like it. */
export async function findSimilarCustomer(db: Queryable, name: string): Promise<string | null> {
  const [row] = await db.sql<{ name: string }[]>`
    select name from customers where lower(name) % lower(${name})
    order by similarity(lower(name), lower(${name})) desc, id limit 1`;
  return row?.name ?? null;
}

/** The customer stays as it is until the transaction ends, but for us. */
export async function lockCustomer(tx: Tx, id: CustomerId): Promise<void> {
  await tx.sql`select 1 from customers where id = ${id} for update`;
}

/** A new customer; null when the name is taken. */
export async function insertCustomer(
  db: Queryable,
  name: string,
  columns: CustomerColumns = {},
): Promise<CustomerId | null> {
  const rows = await db.orm
    .insert(customers)
    .values({ ...columns, name })
    .onConflictDoNothing()
    .returning({ id: customers.id });
  return rows[0]?.id ?? null;
}

/** What can be written of a customer; what is not there stays. */
export type CustomerColumns = Partial<
  Pick<typeof customers.$inferInsert, 'name' | 'mainContactId' | 'locale' | 'comment' | 'custom'>
>;

/**
 * The customer, which the caller has locked, has these fields and this version.
 *
 * @returns false: the name is another customer's, and nothing was written
 */
export async function updateCustomer(
  tx: Tx,
  id: CustomerId,
  version: number,
  columns: CustomerColumns,
): Promise<boolean> {
  try {
    await tx.sql.savepoint(() =>
      tx.orm
        .update(customers)
        .set({ ...columns, version, updatedAt: sql`now()` })
        .where(eq(customers.id, id)),
    );
    return true;
  } catch (error) {
    if (sqlState(error) === '23505') return false;
    throw error;
  }
}

/** Whoever leaves a customer is its main contact no more. @returns its name, where they were */
export async function clearMainContact(tx: Tx, id: CustomerId, contactId: ContactId): Promise<string | null> {
  const [row] = await tx.sql<{ name: string }[]>`
    update customers set main_contact_id = null, version = version + 1, updated_at = now()
    where id = ${id} and main_contact_id = ${contactId} returning name`;
  return row?.name ?? null;
}

/** Gives the domain to the customer; false when a customer has it. */
export async function insertCustomerDomain(db: Queryable, customerId: CustomerId, domain: string): Promise<boolean> {
  const rows = await db.orm
    .insert(customerDomains)
    .values({ domain, customerId })
    .onConflictDoNothing()
    .returning({ domain: customerDomains.domain });
  return rows.length > 0;
}

/** The domain is this customer's no more. */
export async function deleteCustomerDomain(tx: Tx, customerId: CustomerId, domain: string): Promise<void> {
  await tx.orm
    .delete(customerDomains)
    .where(and(eq(customerDomains.domain, domain), eq(customerDomains.customerId, customerId)));
}

/** The name of the customer that has the domain; null when none has. */
export async function findDomainOwner(db: Queryable, domain: string): Promise<string | null> {
  const [row] = await db.sql<{ name: string }[]>`
    select c.name from customer_domains d join customers c on c.id = d.customer_id where d.domain = ${domain}`;
  return row?.name ?? null;
}
