import { z } from 'zod';
import { nameField, quoted } from '../access/fields.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import { refusal } from '../access/refusal.ts';
import { err, ok } from '../lib/result.ts';
import { domainOf, parseAddress } from '../mail/address.ts';
import { PUBLIC_MAIL_DOMAINS } from './model.ts';
import { findDomainOwner, insertCustomer, insertCustomerDomain, listCustomers } from './store.ts';

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

/** Adds a company; mail from its domains is its people's. */
export const addCustomer = changeOperation({
  name: 'customer.add',
  permission: 'customer.manage',
  input: z.strictObject({ name: nameField, domains: z.array(domainField).max(MAX_DOMAINS).default([]) }),
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
