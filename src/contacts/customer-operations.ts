import { z } from 'zod';
import { readCustom } from '../access/contact-values.ts';
import { changesOf, refuseStale } from '../access/edit.ts';
import { nameField, pageLimitField, quoted, searchField, versionField } from '../access/fields.ts';
import { lockNamedPerson } from '../access/lock-person.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import { contactField, noCustomer } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { invalidInput, refusal } from '../access/refusal.ts';
import type { Tx } from '../db/client.ts';
import type { CustomerId } from '../db/ids.ts';
import { nearest } from '../lib/nearest.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { domainOf, parseAddress } from '../mail/address.ts';
import { contactTexts, customField } from './contact-input.ts';
import type { ContactDetail } from './contact-store.ts';
import { getContactDetail } from './contact-store.ts';
import { searchCustomers } from './customer-search-store.ts';
import type { CustomerColumns, CustomerDetail } from './customer-store.ts';
import {
  deleteCustomerDomain,
  findDomainOwner,
  findSimilarCustomer,
  getCustomerDetail,
  insertCustomer,
  insertCustomerDomain,
  lockCustomer,
  updateCustomer,
} from './customer-store.ts';
import { PUBLIC_MAIL_DOMAINS } from './model.ts';
import { findCustomerByName } from './store.ts';

const MAX_DOMAINS = 100;

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
const domainsField = z.array(domainField).max(MAX_DOMAINS).default([]);

const mainContactField = z.union([z.literal('none').transform(() => null), contactField], {
  error: ({ input }) => `is a contact's number or address, or none; not ${quoted(input)}`,
});

/** Adds a company; mail from its domains is its people's. */
export const addCustomer = changeOperation({
  name: 'customer.add',
  permission: 'customer.manage',
  input: z.strictObject({
    name: nameField,
    domains: domainsField,
    locale: contactTexts.locale,
    comment: contactTexts.comment,
    custom: customField,
  }),
  run: async ({ tx }, { name, domains, custom, ...given }) => {
    const values = await readCustom(tx, 'customer', custom, {}, true);
    if (!values.ok) return err(invalidInput(values.error));
    const id = await insertCustomer(tx, name, { ...textColumns(given), ...values.value });
    if (id === null) return err(customerExists(name));
    const refused = await giveDomains(tx, id, domains);
    return refused === null ? changed(await getCustomerDetail(tx, id)) : err(refused);
  },
});

/** Changes what is given of a company; the rest stays (FEATURES P-05). */
export const setCustomer = changeOperation({
  name: 'customer.set',
  permission: 'customer.manage',
  input: z.strictObject({
    customer: nameField,
    name: nameField.optional(),
    locale: contactTexts.locale,
    comment: contactTexts.comment,
    mainContact: mainContactField.optional(),
    domains: domainsField,
    removeDomains: domainsField,
    custom: customField,
    ifVersion: versionField,
  }),
  run: async ({ tx }, { customer, name, mainContact, domains, removeDomains, custom, ifVersion, ...given }) => {
    const id = await findCustomerByName(tx, customer);
    if (id === null) return err(noCustomer(customer, await findSimilarCustomer(tx, customer)));
    // The contact before the customer: whoever moves a contact away takes them in that order.
    const main = await lockMainContact(tx, mainContact);
    if (!main.ok) return main;
    await lockCustomer(tx, id);
    const before = await getCustomerDetail(tx, id);
    const refused =
      (await refuseStale(tx, before, ifVersion)) ??
      whyNotName(before, name) ??
      whyNotMainContact(before, main.value ?? null) ??
      whyNotTheirs(before, removeDomains);
    if (refused !== null) return err(refused);
    const values = await readCustom(tx, 'customer', custom, before.custom, false);
    if (!values.ok) return err(invalidInput(values.error));
    const columns: CustomerColumns = { ...textColumns(given), ...values.value };
    if (name !== undefined) columns.name = name;
    if (main.value !== undefined) columns.mainContactId = main.value?.id ?? null;
    for (const domain of removeDomains) await deleteCustomerDomain(tx, id, domain);
    const taken = await giveDomains(
      tx,
      id,
      domains.filter((one) => !before.domains.includes(one)),
    );
    if (taken !== null) return err(taken);
    const kept = before.domains.filter((one) => !removeDomains.includes(one));
    const all = [...new Set([...kept, ...domains])].toSorted();
    const { changed: fields, ...changes } = changesOf({ customer: id }, { ...before }, { ...columns, domains: all });
    if (fields.length > 0 && !(await updateCustomer(tx, id, before.version + 1, columns))) {
      return err(customerExists(name ?? ''));
    }
    return changed({ customer: await getCustomerDetail(tx, id), fields }, [], changes);
  },
});

/** One company. */
export const showCustomer = readOperation({
  name: 'customer.show',
  permission: 'customer.read',
  input: z.strictObject({ customer: nameField }),
  run: async ({ db }, { customer }) => {
    const id = await findCustomerByName(db, customer);
    return id === null
      ? err(noCustomer(customer, await findSimilarCustomer(db, customer)))
      : ok(await getCustomerDetail(db, id));
  },
});

/** One page of customers by name, or of those with all the words of a search. */
export const showCustomers = readOperation({
  name: 'customer.list',
  permission: 'customer.read',
  input: z.strictObject({ search: searchField, limit: pageLimitField, after: z.string().max(200).default('') }),
  run: async ({ db }, query) => ok(await searchCustomers(db, query)),
});

const customerExists = (name: string): Refusal =>
  refusal('customer_exists', `There is a customer ${quoted(name)} already.`, 'Choose another name.');

/** Empty is null in the row, where the desk's own holds then. */
const textColumns = ({ locale, comment }: { locale?: string | undefined; comment?: string | undefined }) => ({
  ...(locale === undefined ? {} : { locale: locale === '' ? null : locale }),
  ...(comment === undefined ? {} : { comment }),
});

/** @returns null: they are the customer's; else whose one of them is */
async function giveDomains(tx: Tx, id: CustomerId, domains: readonly string[]): Promise<Refusal | null> {
  for (const domain of [...new Set(domains)].toSorted()) {
    if (await insertCustomerDomain(tx, id, domain)) continue;
    const owner = (await findDomainOwner(tx, domain)) ?? 'another customer';
    return refusal('domain_taken', `The domain ${domain} belongs to ${owner}.`, 'Leave it out, or correct it.');
  }
  return null;
}

/** @returns undefined: nothing is said of a main contact; null: there is to be none */
async function lockMainContact(
  tx: Tx,
  contact: EmailAddress | number | null | undefined,
): Promise<Result<ContactDetail | null | undefined, Refusal>> {
  if (contact === undefined || contact === null) return ok(contact);
  const locked = await lockNamedPerson(tx, { contact });
  return locked.ok ? ok(await getContactDetail(tx, locked.value.id)) : locked;
}

function whyNotMainContact({ id, name }: CustomerDetail, contact: ContactDetail | null): Refusal | null {
  if (contact === null || contact.customerId === id) return null;
  const message = `Contact ${contact.id} is of ${contact.customer}: the main contact of ${name} is one of its own people.`;
  return refusal('of_another_customer', message, `See them with: deskbell contact list --customer "${name}"`);
}

function whyNotName(before: CustomerDetail, name: string | undefined): Refusal | null {
  if (!before.isUnassigned || name === undefined || name === before.name) return null;
  const message = `"${before.name}" is built in: it is the home of people whose company nobody knows, and keeps its name.`;
  return refusal('customer_built_in', message, 'Add a customer of that name: deskbell customer add');
}

function whyNotTheirs({ name, domains }: CustomerDetail, removed: readonly string[]): Refusal | null {
  const unknown = removed.find((domain) => !domains.includes(domain));
  if (unknown === undefined) return null;
  const near = nearest(unknown, domains);
  const hint = near === null ? '.' : `: did you mean ${near}?`;
  return refusal('domain_not_found', `${name} has no domain ${unknown}${hint}`, 'See: deskbell customer show');
}
