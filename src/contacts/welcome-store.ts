import type { Queryable } from '../db/client.ts';
import type { ContactId, CustomerId } from '../db/ids.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';
import type { EmailAddress } from '../mail/address.ts';

/** Where a contact is written to, and what a mail to them must know; null when they have no address. */
export async function findPrimaryAddress(
  db: Queryable,
  contactId: ContactId,
): Promise<{
  readonly address: EmailAddress;
  readonly name: string;
  readonly userName: string | null;
  readonly customerId: CustomerId;
  readonly status: ContactStatus;
} | null> {
  const [row] = await db.sql<
    {
      address: EmailAddress;
      name: string;
      userName: string | null;
      customerId: CustomerId;
      status: ContactStatus;
    }[]
  >`
    select a.address, trim(c.first_name || ' ' || c.last_name) as name, c.user_name as "userName", c.customer_id as "customerId",
      case when c.status = 'deactivated_until' and c.deactivated_until <= now() then 'active' else c.status end as status
    from contacts c join contact_addresses a on a.contact_id = c.id and a.is_primary where c.id = ${contactId}`;
  return row ?? null;
}
