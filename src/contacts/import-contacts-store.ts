import type { Tx } from '../db/client.ts';
import { records } from '../db/records.ts';
import { CONTACT_FIELDS } from './fields.ts';
import type { StagedContact } from './import-contact-line.ts';
import { forgetFindings } from './import-store.ts';

/** Where the lines of a file of people wait until all of it is read. */
export async function createContactTables(tx: Tx): Promise<void> {
  await tx.sql`
    create temporary table import_lines (
      line integer primary key, label text not null,
      customer text not null, title text, first_name text, last_name text, user_name text, phone text, mobile text,
      fax text, department text, job_title text, street text, zip text, city text, country text, locale text,
      comment text, main_site_user boolean not null, status text not null, deactivated_until timestamptz,
      related_devices jsonb not null, custom jsonb not null, cleared text[] not null
    ) on commit drop`;
  // What is found out about them is apart: it is written more than once, and they are long.
  await tx.sql`
    create temporary table import_outcomes (
      line integer primary key, person_id bigint, customer_id bigint, primary_address text, seen xid,
      outcome text, changed text[] not null default '{}'
    ) on commit drop`;
  await tx.sql`
    create temporary table import_addresses (
      line integer not null, position integer not null, address text not null, hash bytea not null,
      primary key (line, position)
    ) on commit drop`;
  await tx.sql`
    create temporary table import_owners (
      line integer not null, position integer not null, address text not null, is_primary boolean not null,
      owner_id bigint not null, person_id bigint not null, primary key (line, position)
    ) on commit drop`;
}

/** A line with the tombstone hash that each of its addresses would have left, in hex. */
export type HashedContact = StagedContact & { readonly hashes: readonly string[] };

/** Lines wait with what was read of them. */
export async function stageContacts(tx: Tx, lines: readonly HashedContact[]): Promise<void> {
  await tx.sql`
    insert into import_lines (line, label, customer, title, first_name, last_name, user_name, phone, mobile, fax,
      department, job_title, street, zip, city, country, locale, comment, main_site_user, status, deactivated_until,
      related_devices, custom, cleared)
    select r.line, r.label, r.customer, coalesce(r.title, ''), coalesce(r."firstName", ''), coalesce(r."lastName", ''),
      r."userName", coalesce(r.phone, ''), coalesce(r.mobile, ''), coalesce(r.fax, ''), r.department,
      coalesce(r."jobTitle", ''), coalesce(r.street, ''), coalesce(r.zip, ''), coalesce(r.city, ''),
      coalesce(r.country, ''), r.locale, coalesce(r.comment, ''), r."isMainSiteUser", r.status, r."deactivatedUntil",
      r."relatedDevices", r.custom, r.cleared
    from json_to_recordset(${records(tx, lines)}) as r(line int, label text, customer text, title text, "firstName" text,
      "lastName" text, "userName" text, phone text, mobile text, fax text, department text, "jobTitle" text, street text,
      zip text, city text, country text, locale text, comment text, "isMainSiteUser" boolean, status text,
      "deactivatedUntil" timestamptz, "relatedDevices" jsonb, custom jsonb, cleared text[])`;
  const addresses = lines.flatMap(({ line, addresses: theirs, hashes }) =>
    theirs.map((address, position) => ({
      line,
      position,
      address,
      hash: hashes[position],
    })),
  );
  await tx.sql`
    insert into import_addresses (line, position, address, hash)
    select r.line, r.position, r.address, decode(r.hash, 'hex')
    from json_to_recordset(${records(tx, addresses)}) as r(line int, position int, address text, hash text)`;
}

/**
 * Works out what becomes of each line as the desk is now; may be called again and again.
 *
 * @param columns those of the file, by their headers
 * @param required keys of the operators' fields that must not be empty
 */
export async function planContacts(tx: Tx, columns: ReadonlySet<string>, required: readonly string[]): Promise<void> {
  await forgetFindings(tx);
  await findLineOwners(tx);
  for (const find of FINDINGS) await find(tx);
  await findMissing(tx, required);
  await decideOutcomes(tx, columns);
}

/** Whose the addresses are, of which customer the lines are, and which address becomes the primary one. */
async function findLineOwners(tx: Tx): Promise<void> {
  await tx.sql`truncate import_owners`;
  await tx.sql`
    insert into import_owners
    select a.line, a.position, a.address, k.is_primary, o.id, coalesce(o.merged_into_id, o.id)
    from import_addresses a join contact_addresses k on k.address = a.address join contacts o on o.id = k.contact_id`;
  await tx.sql`analyze import_owners`;
  await tx.sql`truncate import_outcomes`;
  // The first is the primary one, unless the line leaves out the one that is it now.
  await tx.sql`
    insert into import_outcomes (line, person_id, seen, customer_id, primary_address)
    select l.line, w.person_id, p.xmin, c.id, case when w.person_id is not null
      and not (coalesce(o.is_primary, false) and o.owner_id = w.person_id)
      and (w.names_primary or not exists (
        select 1 from contact_addresses k where k.contact_id = w.person_id and k.is_primary)) then a.address end
    from import_lines l
    left join customers c on lower(c.name) = lower(l.customer)
    left join (
      select line, min(person_id) as person_id, bool_or(is_primary and owner_id = person_id) as names_primary
      from import_owners group by line
    ) w on w.line = l.line
    left join contacts p on p.id = w.person_id
    left join import_addresses a on a.line = l.line and a.position = 0
    left join import_owners o on o.line = l.line and o.position = 0`;
  await tx.sql`analyze import_outcomes`;
}

/** Each adds what it finds wrong, for all lines at once. */
const FINDINGS: readonly ((tx: Tx) => PromiseLike<unknown>)[] = [
  ({ sql }) => sql`
    insert into import_problems (line, kind, detail, other)
    select l.line, 'customer_unknown', l.customer, coalesce(n.name, '')
    from import_outcomes o
    join import_lines l on l.line = o.line
    left join (
      select u.customer, near.name
      from (
        select distinct i.customer from import_outcomes o join import_lines i on i.line = o.line
        where o.customer_id is null and i.customer <> '' limit 100
      ) u
      left join lateral (
        select c.name from customers c where lower(c.name) % lower(u.customer)
        order by similarity(lower(c.name), lower(u.customer)) desc, c.id limit 1
      ) near on true
    ) n on n.customer = l.customer
    where o.customer_id is null and l.customer <> ''`,
  ({ sql }) => sql`
    insert into import_problems (line, kind, detail, other)
    select line, 'address_doubled', address, first::text
    from (select line, address, min(line) over (partition by address) as first from import_addresses) a
    where line > first`,
  ({ sql }) => sql`
    insert into import_problems (line, kind, detail)
    select a.line, 'address_erased', a.address from import_addresses a join tombstones t on t.address_hash = a.hash`,
  ({ sql }) => sql`
    insert into import_problems (line, kind, detail)
    select line, 'two_contacts', string_agg(address || ' to ' || person_id, ', ' order by position)
    from import_owners group by line having count(distinct person_id) > 1`,
  ({ sql }) => sql`
    insert into import_problems (line, kind, detail, other)
    select line, 'same_contact', person_id::text, first::text
    from (select line, person_id, min(line) over (partition by person_id) as first
      from import_outcomes where person_id is not null) l
    where line > first and not exists (
      select 1 from import_problems p where p.line = l.line and p.kind in ('address_doubled', 'two_contacts'))`,
  ({ sql }) => sql`
    insert into import_problems (line, kind, detail, other)
    select l.line, 'primary_of_merged', o.address, o.owner_id::text
    from import_outcomes l join import_owners o on o.line = l.line and o.address = l.primary_address
    where o.owner_id <> l.person_id and o.person_id = l.person_id`,
  ({ sql }) => sql`
    insert into import_problems (line, kind, detail, other)
    select line, 'user_name_doubled', user_name, first::text
    from (select line, user_name, min(line) over (partition by lower(user_name)) as first
      from import_lines where user_name is not null) l
    where line > first`,
  ({ sql }) => sql`
    insert into import_problems (line, kind, detail, other)
    select l.line, 'user_name_taken', l.user_name, c.id::text
    from import_lines l join contacts c on lower(c.user_name) = lower(l.user_name)
    join import_outcomes o on o.line = l.line
    where l.user_name is not null and c.id is distinct from o.person_id`,
];

/** A field that is required is given to whoever is created, and taken from nobody. */
async function findMissing(tx: Tx, required: readonly string[]): Promise<void> {
  if (required.length === 0) return;
  await tx.sql`
    insert into import_problems (line, kind, detail)
    select l.line, 'required_missing', r.key
    from import_lines l
    join import_outcomes o on o.line = l.line
    cross join unnest(${[...required]}::text[]) as r(key)
    left join contacts c on c.id = o.person_id
    where not (l.custom ? r.key) and (c.id is null or (r.key = any(l.cleared) and c.custom ? r.key))`;
}

/**
 * Columns that are compared and written as they are: by their header, in what is staged (l a line, o its outcome), and
 * in `contacts`.
 */
const PLAIN_COLUMNS = [
  ['customer', 'o.customer_id', 'customer_id'],
  ...CONTACT_FIELDS.map(({ header }) => [header, `l.${header}`, header] as const),
  ['main_site_user', 'l.main_site_user', 'is_main_site_user'],
  ['status', 'l.status', 'status'],
  ['deactivated_until', 'l.deactivated_until', 'deactivated_until'],
  ['related_devices', 'l.related_devices', 'related_devices'],
] as const satisfies readonly (readonly [header: string, written: string, present: string])[];

/** Those that a file with these columns writes: a status without a date is one that has none. */
export const writtenColumns = (columns: ReadonlySet<string>) =>
  PLAIN_COLUMNS.filter(([header]) => columns.has(header === 'deactivated_until' ? 'status' : header));

async function decideOutcomes({ sql }: Tx, columns: ReadonlySet<string>): Promise<void> {
  const changed = writtenColumns(columns)
    .map(([header, written, present]) => {
      return sql`case when ${sql(`c.${present}`)} is distinct from ${sql(written)} then ${header}::text end`;
    })
    .reduce((all, one) => sql`${all}, ${one}`);
  await sql`
    update import_outcomes t set outcome = f.outcome, changed = f.changed
    from (
      select r.line, r.changed, case when r.is_rejected then 'rejected' when r.is_new then 'created'
        when r.changed = '{}' then 'unchanged' else 'updated' end as outcome
      from (
        select l.line, c.id is null as is_new, p.line is not null as is_rejected,
          case when c.id is null then '{}' else array_remove(array[${changed},
            case when (c.custom - l.cleared) || l.custom <> c.custom then 'custom' end,
            case when o.primary_address is not null or n.line is not null then 'addresses' end], null) end as changed
        from import_outcomes o
        join import_lines l on l.line = o.line
        left join contacts c on c.id = o.person_id
        left join (select distinct line from import_problems) p on p.line = o.line
        left join (
          select distinct a.line from import_addresses a
          left join import_owners o on o.line = a.line and o.position = a.position where o.line is null
        ) n on n.line = o.line
      ) r
    ) f
    where f.line = t.line`;
}
