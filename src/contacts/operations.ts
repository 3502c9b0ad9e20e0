import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { readContactColumns, userNameTaken } from '../access/contact-values.ts';
import { addressField, nameField, numberField, pageLimitField, searchField, switchField } from '../access/fields.ts';
import { giveAddress } from '../access/give-address.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import { asContactKey, contactField, noContact, noCustomer } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { invalidInput, refusal } from '../access/refusal.ts';
import type { Queryable } from '../db/client.ts';
import type { CustomerId } from '../db/ids.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { domainOf } from '../mail/address.ts';
import { listMutes } from '../notifications/mute-store.ts';
import { changeDevices, contactTexts, customField, devicesField } from './contact-input.ts';
import { searchContacts } from './contact-search-store.ts';
import { findContactDetail, getContactDetail, updateContact } from './contact-store.ts';
import { findSimilarCustomer } from './customer-store.ts';
import { asOfNow, CONTACT_LIST_STATUSES } from './model.ts';
import { findCustomerByName, findDomainCustomers, insertContact } from './store.ts';
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
      ...contactTexts,
      firstName: contactTexts.firstName.unwrap(),
      lastName: contactTexts.lastName.unwrap(),
      customer: nameField.optional(),
      addresses: z.array(addressField).min(1, 'is missing: give at least one').max(MAX_ADDRESSES),
      mainSiteUser: switchField.default(false),
      devices: devicesField,
      custom: customField,
      deactivated: z.boolean().default(false),
      deactivatedUntil: dateField.optional(),
    })
    .refine(({ deactivated, deactivatedUntil }) => !deactivated || deactivatedUntil === undefined, {
      path: ['deactivatedUntil'],
      message: 'and deactivated exclude each other',
    }),
  run: async ({ tx, actor, keys, clock }, input) => {
    const { customer, addresses, mainSiteUser, devices, deactivated, deactivatedUntil, ...given } = input;
    if (deactivatedUntil !== undefined && deactivatedUntil <= clock.now()) {
      return err(refusal('date_is_past', 'The date until which to deactivate is over.', 'Choose one that is to come.'));
    }
    const columns = await readContactColumns(tx, given, {}, true);
    const home = await findHome(tx, customer, addresses[0]);
    if (!home.ok && home.error.code !== 'invalid_input') return home;
    if (!columns.ok || !home.ok) {
      const problems = columns.ok ? [] : columns.error;
      return err(invalidInput([...(home.ok ? [] : home.error.problems), ...problems]));
    }
    const status: ContactStatus =
      deactivatedUntil === undefined ? (deactivated ? 'deactivated' : 'active') : 'deactivated_until';
    const id = await insertContact(tx, {
      customerId: home.value,
      firstName: given.firstName,
      lastName: given.lastName,
      status,
      deactivatedUntil: deactivatedUntil ?? null,
      createdBy: actorLabel(actor),
    });
    const relatedDevices = changeDevices([], devices, []) ?? [];
    const isWritten = await updateContact(tx, id, 1, {
      ...columns.value,
      isMainSiteUser: mainSiteUser,
      relatedDevices,
    });
    if (!isWritten) return err(await userNameTaken(tx, given.userName ?? ''));
    for (const [index, address] of [...new Set(addresses)].entries()) {
      const refused = await giveAddress(tx, address, id, index === 0);
      if (refused !== null) return err(refused);
    }
    const tombstonesLifted = await liftTombstones(tx, keys, addresses);
    const added = await getContactDetail(tx, id);
    const made = { kind: 'contact_created', contactId: id, ticketId: null, entryId: null, inboundId: null } as const;
    const changes = { from: null, to: { id, addresses: added.addresses } };
    return changed({ ...added, tombstonesLifted }, [made], changes);
  },
});

/** One page of contacts by their number: of a customer, of a status, or with all the words of a search (FEATURES P-09). */
export const showContacts = readOperation({
  name: 'contact.list',
  permission: 'contact.read',
  input: z.strictObject({
    customer: nameField.optional(),
    search: searchField,
    status: z.enum(CONTACT_LIST_STATUSES).optional(),
    limit: pageLimitField,
    after: numberField.optional(),
  }),
  run: async ({ db, clock }, { customer, search, status = null, limit, after = 0 }) => {
    const customerId = customer === undefined ? null : await findCustomerByName(db, customer);
    if (customer !== undefined && customerId === null) {
      return err(noCustomer(customer, await findSimilarCustomer(db, customer)));
    }
    const now = clock.now();
    const page = await searchContacts(db, { customerId, search, status, limit, after, now });
    return ok({ ...page, contacts: page.contacts.map((row) => asOfNow(row, now)) });
  },
});

/** One contact, with all that is known of them, and of which tickets they want to hear no more: null is all but their own. */
export const showContact = readOperation({
  name: 'contact.show',
  permission: 'contact.read',
  input: z.strictObject({ contact: contactField }),
  run: async ({ db, clock }, { contact }) => {
    const found = await findContactDetail(db, asContactKey(contact));
    if (found === null) return err(noContact(contact));
    const mutes = await listMutes(db, { ticketId: null, contactId: found.id, address: null });
    return ok({ ...asOfNow(found, clock.now()), mutes: mutes.map(({ ticketNumber }) => ticketNumber) });
  },
});

/** The named customer; else the one that has the address's domain: by hand nobody is put into "Unassigned" unasked. */
async function findHome(
  db: Queryable,
  customer: string | undefined,
  address: EmailAddress | undefined,
): Promise<Result<CustomerId, Refusal>> {
  if (customer !== undefined) {
    const id = await findCustomerByName(db, customer);
    return id === null ? err(noCustomer(customer, await findSimilarCustomer(db, customer))) : ok(id);
  }
  const domain = address === undefined ? '' : domainOf(address);
  const id = (await findDomainCustomers(db, [domain])).get(domain);
  if (id !== undefined) return ok(id);
  return err(invalidInput([{ field: 'customer', says: `is missing: no customer has the domain ${domain}` }]));
}
