import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { addressField, nameField, optionalNameField } from '../access/fields.ts';
import { giveAddress } from '../access/give-address.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import { asContactKey, contactField, noContact, noCustomer } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import type { Tx } from '../db/client.ts';
import type { CustomerId } from '../db/ids.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { domainOf } from '../mail/address.ts';
import {
  findContact,
  findCustomerByName,
  findDomainCustomers,
  getUnassignedCustomer,
  insertContact,
  listContacts,
} from './store.ts';
import { liftTombstones } from './tombstone.ts';

const MAX_ADDRESSES = 100;

const dateField = z
  .union([z.date(), z.iso.datetime({ offset: true }), z.iso.date()], { error: 'is a date such as 2030-01-31' })
  .transform((value) => new Date(value));

/** Adds a person, with all of their addresses; the first is the primary one. */
export const addContact = changeOperation({
  name: 'contact.add',
  permission: 'contact.manage',
  input: z
    .strictObject({
      customer: nameField.optional(),
      firstName: optionalNameField,
      lastName: optionalNameField,
      addresses: z.array(addressField).min(1, 'is missing: give at least one').max(MAX_ADDRESSES),
      deactivated: z.boolean().default(false),
      deactivatedUntil: dateField.optional(),
    })
    .refine(({ deactivated, deactivatedUntil }) => !deactivated || deactivatedUntil === undefined, {
      path: ['deactivatedUntil'],
      message: 'and deactivated exclude each other',
    }),
  run: async ({ tx, actor, keys, clock }, input) => {
    if (input.deactivatedUntil !== undefined && input.deactivatedUntil <= clock.now()) {
      return err(refusal('date_is_past', 'The date until which to deactivate is over.', 'Choose one that is to come.'));
    }
    const home = await findHome(tx, input.customer, input.addresses[0]);
    if (!home.ok) return home;
    const status: ContactStatus =
      input.deactivatedUntil === undefined ? (input.deactivated ? 'deactivated' : 'active') : 'deactivated_until';
    const id = await insertContact(tx, {
      customerId: home.value,
      firstName: input.firstName,
      lastName: input.lastName,
      status,
      deactivatedUntil: input.deactivatedUntil ?? null,
      createdBy: actorLabel(actor),
    });
    for (const [index, address] of [...new Set(input.addresses)].entries()) {
      const refused = await giveAddress(tx, address, id, index === 0);
      if (refused !== null) return err(refused);
    }
    const tombstonesLifted = await liftTombstones(tx, keys, input.addresses);
    const added = await findContact(tx, id);
    const made = { kind: 'contact_created', contactId: id, ticketId: null, entryId: null, inboundId: null } as const;
    return changed(added === null ? null : { ...added, tombstonesLifted }, [made], {
      from: null,
      to: { id, addresses: added?.addresses ?? [] },
    });
  },
});

/** Contacts by their number; of one customer when one is named. */
export const showContacts = readOperation({
  name: 'contact.list',
  permission: 'contact.read',
  input: z.strictObject({ customer: nameField.optional() }),
  run: async ({ db }, { customer }) => {
    if (customer === undefined) return ok(await listContacts(db, null));
    const id = await findCustomerByName(db, customer);
    return id === null ? err(noCustomer(customer)) : ok(await listContacts(db, id));
  },
});

/** One contact. */
export const showContact = readOperation({
  name: 'contact.show',
  permission: 'contact.read',
  input: z.strictObject({ contact: contactField }),
  run: async ({ db }, { contact }) => {
    const found = await findContact(db, asContactKey(contact));
    return found === null ? err(noContact(contact)) : ok(found);
  },
});

/** The named customer; else the one that has the address's domain; else the built-in "Unassigned" (FEATURES T-03). */
async function findHome(
  tx: Tx,
  customer: string | undefined,
  address: EmailAddress | undefined,
): Promise<Result<CustomerId, Refusal>> {
  if (customer !== undefined) {
    const id = await findCustomerByName(tx, customer);
    return id === null ? err(noCustomer(customer)) : ok(id);
  }
  const domain = address === undefined ? '' : domainOf(address);
  return ok((await findDomainCustomers(tx, [domain])).get(domain) ?? (await getUnassignedCustomer(tx)));
}
