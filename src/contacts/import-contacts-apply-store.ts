import type { Tx } from '../db/client.ts';
import type { ContactId } from '../db/ids.ts';
import { writtenColumns } from './import-contacts-store.ts';

/**
 * Whoever is to be updated stays as they are until the transaction ends; nobody's mail waits for that.
 *
 * @returns whether all of them are as they were when the plan was made
 */
export async function lockContactsToUpdate({ sql }: Tx): Promise<boolean> {
  const [others] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from (
      select c.xmin <> o.seen as is_other
      from contacts c join import_outcomes o on o.person_id = c.id where o.outcome = 'updated'
      order by c.id for no key update of c
    ) locked
    where is_other`;
  return others?.count === 0;
}

/**
 * Writes what `planContacts` found: set by set, people before their addresses, those in their order (as mail does).
 *
 * @param columns those of the file, by their headers
 * @returns false when one of the addresses was just given to somebody else: the caller takes all of it back
 */
export async function applyContacts(tx: Tx, columns: ReadonlySet<string>, createdBy: string): Promise<boolean> {
  await createContacts(tx, createdBy);
  await updateContacts(tx, columns);
  return giveAddresses(tx);
}

/** Who was deactivated or is written to elsewhere now, and who is merged into them: what was mailed to them is over. */
export async function listSignedOut(tx: Tx): Promise<readonly ContactId[]> {
  const rows = await tx.sql<{ id: ContactId }[]>`
    select c.id from import_outcomes o
    join import_lines l on l.line = o.line
    join contacts c on c.id = o.person_id or c.merged_into_id = o.person_id
    where o.outcome = 'updated'
      and (o.primary_address is not null or ('status' = any(o.changed) and l.status <> 'active'))`;
  return rows.map(({ id }) => id);
}

async function createContacts({ sql }: Tx, createdBy: string): Promise<void> {
  await sql`
    update import_outcomes o set person_id = n.id
    from (select line, nextval('contacts_id_seq') as id
      from (select line from import_outcomes where outcome = 'created' order by line) s) n
    where n.line = o.line`;
  await sql`
    insert into contacts (id, customer_id, title, first_name, last_name, user_name, phone, mobile, fax, department,
      job_title, street, zip, city, country, locale, comment, is_main_site_user, status, deactivated_until,
      related_devices, custom, created_by)
    overriding system value
    select person_id, customer_id, title, first_name, last_name, user_name, phone, mobile, fax, department,
      job_title, street, zip, city, country, locale, comment, main_site_user, status, deactivated_until,
      related_devices, custom, ${createdBy}
    from import_outcomes o join import_lines l using (line) where o.outcome = 'created' order by line`;
}

async function updateContacts({ sql }: Tx, columns: ReadonlySet<string>): Promise<void> {
  const set = writtenColumns(columns)
    .map(([, written, present]) => sql`${sql(present)} = ${sql(written)}`)
    .reduce((all, one) => sql`${all}, ${one}`);
  await sql`
    update contacts c
    set ${set}, custom = (c.custom - l.cleared) || l.custom, version = c.version + 1, updated_at = now()
    from import_outcomes o join import_lines l on l.line = o.line
    where o.outcome = 'updated' and c.id = o.person_id`;
}

async function giveAddresses({ sql }: Tx): Promise<boolean> {
  const toGive = sql`
    import_outcomes o
    join import_addresses a on a.line = o.line
    left join import_owners k on k.line = a.line and k.position = a.position
    where o.outcome in ('created', 'updated') and k.line is null`;
  const [wanted] = await sql<{ count: number }[]>`select count(*)::int as count from ${toGive}`;
  await sql`
    update contact_addresses k set is_primary = false
    from import_outcomes o
    where o.outcome = 'updated' and o.primary_address is not null and k.contact_id = o.person_id and k.is_primary`;
  const given = await sql`
    insert into contact_addresses (address, contact_id, is_primary)
    select a.address, o.person_id, a.position = 0 and o.outcome = 'created' from ${toGive}
    order by a.address
    on conflict (address) do nothing`;
  if (given.count !== wanted?.count) return false;
  await sql`
    update contact_addresses k set is_primary = true
    from import_outcomes o where o.outcome = 'updated' and k.address = o.primary_address`;
  return true;
}
