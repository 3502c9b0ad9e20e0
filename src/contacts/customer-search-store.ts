import { sql } from 'drizzle-orm';
import type { Queryable } from '../db/client.ts';
import type { CustomerId } from '../db/ids.ts';
import { askPlanned, foldWords, isLike } from './word-store.ts';

/** A customer in a list. */
export interface ListedCustomer {
  readonly id: CustomerId;
  readonly name: string;
  readonly domains: readonly string[];
  readonly mainContact: string | null;
  readonly contactCount: number;
  readonly comment: string;
  readonly version: number;
}

export interface CustomerPage {
  /** By name. */
  readonly customers: readonly ListedCustomer[];
  /** More follow after this name; null: these are all. */
  readonly next: string | null;
}

/** One page of customers whose names or domains have all the words of the search. @param after a name; "" for all */
export async function searchCustomers(
  db: Queryable,
  { search, limit, after }: { readonly search: string; readonly limit: number; readonly after: string },
): Promise<CustomerPage> {
  const words = await foldWords(db, search);
  const has = words.map(
    (word) => sql` and (
      ${isLike(sql`lower(c.name)`, word)} or c.id = any(array(
        select d.customer_id from customer_domains d where ${isLike(sql`d.domain`, word)})))`,
  );
  const rows = await askPlanned<ListedCustomer>(
    db,
    sql`
    with found as materialized (
      select c.id, c.name, c.comment, c.version, c.main_contact_id from customers c
      where lower(c.name) > lower(${after}) ${sql.join(has)}
      order by lower(c.name) limit ${limit + 1}
    ), counted as (
      select p.customer_id, count(*)::int as count from contacts p
      where p.customer_id in (select id from found) and p.status <> 'deleted' and p.merged_into_id is null
      group by p.customer_id
    ), owned as (
      select d.customer_id, array_agg(d.domain order by d.domain) as domains from customer_domains d
      where d.customer_id in (select id from found) group by d.customer_id
    )
    select f.id, f.name, f.comment, f.version, coalesce(o.domains, '{}') as domains,
      coalesce(n.count, 0) as "contactCount",
      coalesce(nullif(trim(m.first_name || ' ' || m.last_name), ''),
        (select a.address from contact_addresses a where a.contact_id = m.id and a.is_primary)) as "mainContact"
    from found f
    left join contacts r on r.id = f.main_contact_id
    left join contacts m on m.id = coalesce(r.merged_into_id, r.id)
    left join counted n on n.customer_id = f.id
    left join owned o on o.customer_id = f.id
    order by lower(f.name)`,
  );
  const customers = rows.slice(0, limit);
  return { customers, next: rows.length > limit ? (customers.at(-1)?.name ?? null) : null };
}
