import type { Queryable } from '../db/client.ts';
import type { ContactId, CustomerId } from '../db/ids.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';
import type { EmailAddress } from '../mail/address.ts';

/** Where a contact is written to, and what a mail to them must know. */
export interface Welcomed {
  readonly contactId: ContactId;
  readonly address: EmailAddress;
  readonly name: string;
  readonly userName: string | null;
  readonly customerId: CustomerId;
  readonly status: ContactStatus;
  /** Their language or their company's; null: neither has one. */
  readonly locale: string | null;
}

/** Those of these contacts who have an address. */
export async function listWelcomed(db: Queryable, ids: readonly ContactId[]): Promise<readonly Welcomed[]> {
  return db.sql<Welcomed[]>`
    select c.id as "contactId", a.address, trim(c.first_name || ' ' || c.last_name) as name,
      c.user_name as "userName", c.customer_id as "customerId", coalesce(c.locale, u.locale) as locale,
      case when c.status = 'deactivated_until' and c.deactivated_until <= now() then 'active' else c.status end as status
    from contacts c join customers u on u.id = c.customer_id
    join contact_addresses a on a.contact_id = c.id and a.is_primary
    where c.id = any(${[...ids]}::bigint[])`;
}
