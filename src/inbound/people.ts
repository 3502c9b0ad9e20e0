import type { KnownContact } from '../contacts/model.ts';
import { PUBLIC_MAIL_DOMAINS } from '../contacts/model.ts';
import { tombstoneHash } from '../contacts/tombstone.ts';
import { findDomainCustomers, findOwners, findTombstones, getUnassignedCustomer } from '../contacts/store.ts';
import type { Queryable } from '../db/client.ts';
import type { CustomerId } from '../db/ids.ts';
import type { Keys } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import { domainOf } from '../mail/address.ts';

/** Who some addresses are to the desk. */
export interface People {
  readonly owners: ReadonlyMap<EmailAddress, KnownContact>;
  readonly erased: ReadonlySet<EmailAddress>;
  readonly domainCustomers: ReadonlyMap<string, CustomerId>;
  readonly unassigned: CustomerId;
}

/** All that is known of these addresses: whose they are, whose they were, and whose their domains are. */
export async function loadPeople(db: Queryable, addresses: readonly EmailAddress[], keys: Keys): Promise<People> {
  const domains = [...new Set(addresses.map(domainOf))].filter((domain) => !PUBLIC_MAIL_DOMAINS.has(domain));
  const tombstoneOf = new Map(addresses.map((address) => [tombstoneHash(keys, address).toString('hex'), address]));
  const [owners, tombstones, domainCustomers, unassigned] = await Promise.all([
    findOwners(db, addresses),
    findTombstones(
      db,
      [...tombstoneOf.keys()].map((hash) => Buffer.from(hash, 'hex')),
    ),
    findDomainCustomers(db, domains),
    getUnassignedCustomer(db),
  ]);
  const erased = new Set([...tombstones].flatMap((hash) => tombstoneOf.get(hash) ?? []));
  return { owners, erased, domainCustomers, unassigned };
}
