import type { Tx } from '../db/client.ts';
import { records } from '../db/records.ts';
import type { StagedCustomer } from './import-customer-line.ts';
import { NOTES } from './import-problems.ts';
import { forgetFindings } from './import-store.ts';

/** Where the lines of a file of companies wait until all of it is read. */
export async function createCustomerTables(tx: Tx): Promise<void> {
  await tx.sql`
    create temporary table import_lines (
      line integer primary key, label text not null,
      name text not null, locale text, comment text not null, main_contact text, custom jsonb not null,
      cleared text[] not null
    ) on commit drop`;
  await tx.sql`
    create temporary table import_outcomes (
      line integer primary key, customer_id bigint, main_contact_id bigint, seen xid,
      outcome text, changed text[] not null default '{}'
    ) on commit drop`;
  await tx.sql`
    create temporary table import_domains (
      line integer not null, domain text not null, primary key (line, domain)
    ) on commit drop`;
}

/** Lines wait with what was read of them. */
export async function stageCustomers(tx: Tx, lines: readonly StagedCustomer[]): Promise<void> {
  await tx.sql`
    insert into import_lines (line, label, name, locale, comment, main_contact, custom, cleared)
    select r.line, r.label, r.name, r.locale, r.comment, r."mainContact", r.custom, r.cleared
    from json_to_recordset(${records(tx, lines)}) as r(line int, label text, name text, locale text, comment text,
      "mainContact" text, custom jsonb, cleared text[])`;
  const domains = lines.flatMap(({ line, domains: theirs }) => theirs.map((domain) => ({ line, domain })));
  await tx.sql`
    insert into import_domains (line, domain)
    select r.line, r.domain from json_to_recordset(${records(tx, domains)}) as r(line int, domain text)`;
}

/**
 * Works out what becomes of each line as the desk is now; may be called again and again.
 *
 * @param columns those of the file, by their headers
 * @param required keys of the operators' fields that must not be empty
 */
export async function planCustomers(tx: Tx, columns: ReadonlySet<string>, required: readonly string[]): Promise<void> {
  await forgetFindings(tx);
  await tx.sql`truncate import_outcomes`;
  await tx.sql`
    insert into import_outcomes (line, customer_id, seen, main_contact_id)
    select l.line, c.id, c.xmin, coalesce(p.merged_into_id, p.id)
    from import_lines l
    left join customers c on lower(c.name) = lower(l.name)
    left join contact_addresses k on k.address = l.main_contact
    left join contacts p on p.id = k.contact_id`;
  await tx.sql`analyze import_outcomes`;
  for (const find of FINDINGS) await find(tx);
  await tx.sql`
    insert into import_problems (line, kind, detail)
    select l.line, 'required_missing', r.key
    from import_lines l
    join import_outcomes o on o.line = l.line
    cross join unnest(${[...required]}::text[]) as r(key)
    left join customers c on c.id = o.customer_id
    where not (l.custom ? r.key) and (c.id is null or (r.key = any(l.cleared) and c.custom ? r.key))`;
  await decideOutcomes(tx, columns);
}

/** Each adds what it finds wrong, for all lines at once. */
const FINDINGS: readonly ((tx: Tx) => PromiseLike<unknown>)[] = [
  ({ sql }) => sql`
    insert into import_problems (line, kind, detail, other)
    select line, 'name_doubled', name, first::text
    from (select line, name, min(line) over (partition by lower(name)) as first from import_lines where name <> '') l
    where line > first`,
  ({ sql }) => sql`
    insert into import_problems (line, kind, detail, other)
    select line, 'domain_doubled', domain, first::text
    from (select line, domain, min(line) over (partition by domain) as first from import_domains) d
    where line > first`,
  ({ sql }) => sql`
    insert into import_problems (line, kind, detail, other)
    select l.line, 'domain_taken', d.domain, c.name
    from import_domains d join import_outcomes l on l.line = d.line
    join customer_domains k on k.domain = d.domain join customers c on c.id = k.customer_id
    where k.customer_id is distinct from l.customer_id`,
  ({ sql }) => sql`
    insert into import_problems (line, kind, detail, other)
    select l.line, 'main_contact_elsewhere', l.main_contact, u.name
    from import_lines l
    join import_outcomes o on o.line = l.line
    join contacts p on p.id = o.main_contact_id
    join customers u on u.id = p.customer_id
    left join customers c on c.id = o.customer_id
    where p.customer_id is distinct from o.customer_id and c.main_contact_id is distinct from o.main_contact_id`,
  ({ sql }) => sql`
    insert into import_problems (line, kind, detail)
    select l.line, 'main_contact_later', l.main_contact
    from import_lines l join import_outcomes o on o.line = l.line
    where l.main_contact is not null and o.main_contact_id is null`,
];

/** An address that nobody has yet leaves the main contact as it is. */
async function decideOutcomes({ sql }: Tx, columns: ReadonlySet<string>): Promise<void> {
  const isHere = (column: string) => columns.has(column);
  await sql`
    update import_outcomes t set outcome = f.outcome, changed = f.changed
    from (
      select r.line, r.changed, case when r.is_rejected then 'rejected' when r.is_new then 'created' when r.changed = '{}' then 'unchanged'
        else 'updated' end as outcome
      from (
        select l.line, c.id is null as is_new, p.line is not null as is_rejected,
          case when c.id is null then '{}' else array_remove(array[
            case when c.name <> l.name then 'name' end,
            case when n.line is not null then 'domains' end,
            case when ${isHere('locale')} and c.locale is distinct from l.locale then 'locale' end,
            case when ${isHere('comment')} and c.comment <> l.comment then 'comment' end,
            case when ${isHere('main_contact')} and (l.main_contact is null or o.main_contact_id is not null)
              and c.main_contact_id is distinct from o.main_contact_id then 'main_contact' end,
            case when (c.custom - l.cleared) || l.custom <> c.custom then 'custom' end], null) end as changed
        from import_outcomes o
        join import_lines l on l.line = o.line
        left join customers c on c.id = o.customer_id
        left join (select distinct line from import_problems where kind <> all(${[...NOTES]}::text[])) p on p.line = o.line
        left join (
          select distinct d.line from import_domains d
          left join customer_domains k on k.domain = d.domain where k.domain is null
        ) n on n.line = o.line
      ) r
    ) f
    where f.line = t.line`;
}

/**
 * Whichever companies are to be updated stay as they are until the transaction ends.
 *
 * @returns whether all of them are as they were when the plan was made
 */
export async function lockCustomersToUpdate({ sql }: Tx): Promise<boolean> {
  const [others] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from (
      select c.xmin <> o.seen as is_other
      from customers c join import_outcomes o on o.customer_id = c.id where o.outcome = 'updated'
      order by c.id for no key update of c
    ) locked
    where is_other`;
  return others?.count === 0;
}

/**
 * Writes what `planCustomers` found, set by set.
 *
 * @returns false when a name or a domain was just taken: the caller takes all of it back
 */
export async function applyCustomers({ sql }: Tx): Promise<boolean> {
  const [wanted] = await sql<{ names: number; domains: number }[]>`
    select (select count(*)::int from import_outcomes where outcome = 'created') as names,
      (select count(*)::int from import_domains d
        join import_outcomes l on l.line = d.line and l.outcome in ('created', 'updated')
        left join customer_domains k on k.domain = d.domain where k.domain is null) as domains`;
  const made = await sql`
    insert into customers (name, locale, comment, custom)
    select name, locale, comment, custom
    from import_outcomes o join import_lines l using (line) where o.outcome = 'created' order by line
    on conflict do nothing`;
  await sql`
    update import_outcomes o set customer_id = c.id
    from import_lines l join customers c on lower(c.name) = lower(l.name) where o.outcome = 'created' and l.line = o.line`;
  // "changed" has only columns that are in the file.
  await sql`
    update customers c
    set name = l.name,
      locale = case when 'locale' = any(o.changed) then l.locale else c.locale end,
      comment = case when 'comment' = any(o.changed) then l.comment else c.comment end,
      main_contact_id = case when 'main_contact' = any(o.changed) then o.main_contact_id else c.main_contact_id end,
      custom = (c.custom - l.cleared) || l.custom, version = c.version + 1, updated_at = now()
    from import_outcomes o join import_lines l on l.line = o.line
    where o.outcome = 'updated' and c.id = o.customer_id`;
  const given = await sql`
    insert into customer_domains (domain, customer_id)
    select d.domain, l.customer_id from import_domains d
    join import_outcomes l on l.line = d.line and l.outcome in ('created', 'updated')
    left join customer_domains k on k.domain = d.domain where k.domain is null
    order by d.domain
    on conflict (domain) do nothing`;
  return made.count === wanted?.names && given.count === wanted.domains;
}
