import { sql } from 'drizzle-orm';
import { boolean, bytea, check, index, snakeCase, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { ContactId, CustomerId } from '../ids.ts';
import { choice, createdAt, identity, instant, isOneOf, rowId } from './columns.ts';

export const CONTACT_STATUSES = ['active', 'deactivated', 'deactivated_until'] as const;
export type ContactStatus = (typeof CONTACT_STATUSES)[number];

export const customers = snakeCase.table(
  'customers',
  {
    id: identity().$type<CustomerId>(),
    name: text().notNull(),
    /** The built-in "Unassigned": the home of people whose company nobody knows. */
    isUnassigned: boolean().notNull().default(false),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('customers_name').on(sql`lower(${table.name})`),
    uniqueIndex('customers_unassigned')
      .on(table.isUnassigned)
      .where(sql`is_unassigned`),
  ],
);

/** Mail from this domain belongs to this customer. Public mail domains are refused. */
export const customerDomains = snakeCase.table('customer_domains', {
  domain: text().primaryKey(),
  customerId: rowId()
    .$type<CustomerId>()
    .notNull()
    .references(() => customers.id),
});

export const contacts = snakeCase.table(
  'contacts',
  {
    id: identity().$type<ContactId>(),
    customerId: rowId()
      .$type<CustomerId>()
      .notNull()
      .references(() => customers.id),
    firstName: text().notNull().default(''),
    lastName: text().notNull().default(''),
    status: choice<ContactStatus>().notNull().default('active'),
    deactivatedUntil: instant(),
    createdBy: text().notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('contacts_customer').on(table.customerId, table.id),
    check('contacts_status', isOneOf(table.status, CONTACT_STATUSES)),
    check('contacts_until', sql`(status = 'deactivated_until') = (deactivated_until is not null)`),
  ],
);

/** One owner for an address in the whole system, whichever of its owner's addresses it is. */
export const contactAddresses = snakeCase.table(
  'contact_addresses',
  {
    /** Canonical, as mail/address.ts makes it. */
    address: text().primaryKey(),
    contactId: rowId()
      .$type<ContactId>()
      .notNull()
      .references(() => contacts.id),
    isPrimary: boolean().notNull().default(false),
    createdAt: createdAt(),
  },
  (table) => [
    index('contact_addresses_contact').on(table.contactId),
    uniqueIndex('contact_addresses_primary')
      .on(table.contactId)
      .where(sql`is_primary`),
  ],
);

/** What an erased address leaves: its keyed hash. Mail from it is held, never silently re-created. */
export const tombstones = snakeCase.table('tombstones', {
  addressHash: bytea().primaryKey(),
  createdAt: createdAt(),
});
