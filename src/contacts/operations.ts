import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { addressField, nameField, numberField, optionalNameField, quoted } from '../access/fields.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import type { Tx } from '../db/client.ts';
import type { ContactId, CustomerId } from '../db/ids.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { domainOf, parseAddress } from '../mail/address.ts';
import { findMailbox } from '../mailboxes/store.ts';
import { PUBLIC_MAIL_DOMAINS } from './model.ts';
import {
  demotePrimaryAddress,
  findContact,
  findCustomerByName,
  findDomainCustomers,
  findDomainOwner,
  findOwners,
  getUnassignedCustomer,
  insertAddress,
  insertContact,
  insertCustomer,
  insertCustomerDomain,
  listContacts,
  listCustomers,
  lockContact,
  promoteAddress,
} from './store.ts';

const MAX_LISTED = 100;

const domainField = z.string().transform((raw, context) => {
  const address = parseAddress(`somebody@${raw.trim().replace(/^@/, '')}`);
  const domain = address === null ? null : domainOf(address);
  if (domain !== null && !PUBLIC_MAIL_DOMAINS.has(domain)) return domain;
  const message =
    domain === null
      ? `is a domain such as customer.example, not ${quoted(raw)}`
      : `cannot be ${domain}: anybody can have an address there, so it says nothing about the company`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** Adds a company; mail from its domains is its people's. */
export const addCustomer = changeOperation({
  name: 'customer.add',
  permission: 'customer.manage',
  input: z.strictObject({ name: nameField, domains: z.array(domainField).max(MAX_LISTED).default([]) }),
  run: async ({ tx }, { name, domains }) => {
    const id = await insertCustomer(tx, name);
    if (id === null) {
      return err(refusal('customer_exists', `There is a customer ${quoted(name)} already.`, 'Choose another name.'));
    }
    for (const domain of new Set(domains)) {
      if (await insertCustomerDomain(tx, id, domain)) continue;
      const owner = (await findDomainOwner(tx, domain)) ?? 'another customer';
      return err(refusal('domain_taken', `The domain ${domain} belongs to ${owner}.`, 'Leave it out, or correct it.'));
    }
    return changed({ id, name, domains: [...new Set(domains)] });
  },
});

/** Customers by name. */
export const showCustomers = readOperation({
  name: 'customer.list',
  permission: 'customer.read',
  input: z.strictObject({}),
  run: async ({ db }) => ok(await listCustomers(db)),
});

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
      addresses: z.array(addressField).min(1, 'is missing: give at least one').max(MAX_LISTED),
      deactivated: z.boolean().default(false),
      deactivatedUntil: dateField.optional(),
    })
    .refine(({ deactivated, deactivatedUntil }) => !deactivated || deactivatedUntil === undefined, {
      path: ['deactivatedUntil'],
      message: 'and deactivated exclude each other',
    }),
  run: async ({ tx, actor, clock }, input) => {
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
    return changed(await findContact(tx, id));
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

const contactField = z.union([addressField, numberField], {
  error: ({ input }) => (input === undefined ? 'is missing' : `is a contact's number or address, not ${quoted(input)}`),
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

/** Gives a contact one more address, or makes one of theirs the primary one. */
export const addAddress = changeOperation({
  name: 'address.add',
  permission: 'contact.manage',
  input: z.strictObject({ contact: contactField, address: addressField, primary: z.boolean().default(false) }),
  run: async ({ tx }, { contact, address, primary }) => {
    const found = await findContact(tx, asContactKey(contact));
    if (found === null) return err(noContact(contact));
    await lockContact(tx, found.id);
    const isTheirs = found.addresses.includes(address);
    if (isTheirs && (!primary || found.addresses[0] === address)) {
      const is = primary ? 'the primary address' : 'an address';
      return err(refusal('already_theirs', `${address} is ${is} of this contact already.`, 'There is nothing to do.'));
    }
    if (!isTheirs) {
      const refused = await giveAddress(tx, address, found.id, found.addresses.length === 0);
      if (refused !== null) return err(refused);
    }
    if (primary && found.addresses.length > 0) {
      await demotePrimaryAddress(tx, found.id);
      await promoteAddress(tx, address);
    }
    return changed(await findContact(tx, found.id));
  },
});

/** An address has one owner in the whole system, and the desk itself is nobody's contact. Null: it is theirs now. */
async function giveAddress(
  tx: Tx,
  address: EmailAddress,
  contactId: ContactId,
  isPrimary: boolean,
): Promise<Refusal | null> {
  if ((await findMailbox(tx, address)) !== null) {
    const message = `${address} is a mailbox of the desk itself.`;
    return refusal('address_of_desk', message, 'Give the address at which this person reads mail.');
  }
  if (await insertAddress(tx, address, contactId, isPrimary)) return null;
  const owner = (await findOwners(tx, [address])).get(address);
  const who =
    owner === undefined ? 'another contact' : `contact ${owner.id}${owner.name === '' ? '' : `, ${owner.name}`}`;
  return refusal(
    'address_taken',
    `${address} belongs to ${who}.`,
    'An address has one owner: correct it or leave it out.',
  );
}

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

const asContactKey = (contact: EmailAddress | number): EmailAddress | ContactId =>
  typeof contact === 'number' ? (contact as ContactId) : contact;

const noCustomer = (name: string): Refusal =>
  refusal(
    'customer_not_found',
    `There is no customer ${quoted(name)}.`,
    'See all with: deskbell customer list; add one with: deskbell customer add',
  );

const noContact = (contact: EmailAddress | number): Refusal =>
  refusal('contact_not_found', `There is no contact ${contact}.`, 'See all with: deskbell contact list');
