import type { Queryable } from '../db/client.ts';
import type { ContactId, CustomerId } from '../db/ids.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';
import type { EmailAddress } from '../mail/address.ts';

/** A person as operators name them for a ticket or a group. */
export interface Person {
  /** Who they are: where two contacts are merged, the one who stands for both. */
  readonly contactId: ContactId;
  /** The contact they were named by, under which it is recorded: another than `contactId` only while they are merged. */
  readonly ownerId: ContactId;
  /** The customer of the contact they were named by: a new ticket of theirs is that one's, as for mail from there. */
  readonly customerId: CustomerId;
  readonly customer: string;
  readonly name: string;
  /** Where they read mail; null: nowhere. */
  readonly address: EmailAddress | null;
  readonly status: ContactStatus;
  readonly deactivatedUntil: Date | null;
}

/** Where the person `c` reads mail; where they have no address, one of those they stand for. */
export const primaryAddress = (db: Queryable) => db.sql`
  select address from contact_addresses where is_primary
    and contact_id = any(array(select c.id union all select x.id from contacts x where x.merged_into_id = c.id))
  order by contact_id <> c.id, contact_id limit 1`;

/**
 * Who these numbers and addresses are, by what was asked; who is nobody's is not in the answer. Where a contact is
 * merged, name and status are those of whoever stands for them.
 */
export async function findPeople(
  db: Queryable,
  asked: readonly (ContactId | EmailAddress)[],
): Promise<ReadonlyMap<ContactId | EmailAddress, Person>> {
  if (asked.length === 0) return new Map();
  const ids = asked.filter((one) => typeof one === 'number');
  const addresses = asked.filter((one) => typeof one === 'string');
  const rows = await db.sql<(Person & { askedId: ContactId | null; asked: EmailAddress | null })[]>`
    select n.asked_id as "askedId", n.asked, c.id as "contactId", o.id as "ownerId", o.customer_id as "customerId",
      u.name as customer, trim(c.first_name || ' ' || c.last_name) as name, c.status,
      c.deactivated_until as "deactivatedUntil", a.address
    from (
      select id as asked_id, null::text as asked, id from unnest(${ids}::bigint[]) as i(id)
      union all
      select null, address, contact_id from contact_addresses where address = any(${addresses}::text[])
    ) n
    join contacts o on o.id = n.id
    join contacts c on c.id = coalesce(o.merged_into_id, o.id)
    join customers u on u.id = o.customer_id
    left join lateral (${primaryAddress(db)}) a on true`;
  const found = new Map<ContactId | EmailAddress, Person>();
  for (const { askedId, asked: address, ...person } of rows) {
    const key = askedId ?? address;
    if (key !== null) found.set(key, person);
  }
  return found;
}

/** How a person is named in a sentence. */
export const personWords = ({ name, address, contactId }: Pick<Person, 'name' | 'address' | 'contactId'>): string =>
  name || address || `contact ${contactId}`;
