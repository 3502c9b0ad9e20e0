import { isActive, PUBLIC_MAIL_DOMAINS } from '../contacts/model.ts';
import { findDomainCustomers, findOwners, getUnassignedCustomer } from '../contacts/store.ts';
import type { Queryable } from '../db/client.ts';
import type { CustomerId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import { domainOf } from '../mail/address.ts';
import type { SenderMatch } from './facts.ts';
import type { DeskPeople } from './understand.ts';

/** Who an address is to the desk, outside of any batch: for whoever looks ahead. Erased people are nobody known here. */
export async function whoIs(
  db: Queryable,
  address: EmailAddress,
  { isOwnAddress, operators, defaultCustomerId }: DeskPeople & { readonly defaultCustomerId: CustomerId | null },
  now: Date,
): Promise<SenderMatch> {
  if (isOwnAddress(address)) return { is: 'desk', address };
  const operator = operators.get(address);
  if (operator !== undefined) return { is: 'operator', address, ...operator };
  const owner = (await findOwners(db, [address])).get(address);
  if (owner !== undefined) {
    const { id: contactId, ownerId, customerId } = owner;
    return { is: 'contact', address, contactId, ownerId, customerId, isActive: isActive(owner, now) };
  }
  const domain = domainOf(address);
  const known = PUBLIC_MAIL_DOMAINS.has(domain) ? undefined : (await findDomainCustomers(db, [domain])).get(domain);
  return { is: 'unknown', address, customerId: known ?? defaultCustomerId ?? (await getUnassignedCustomer(db)) };
}
