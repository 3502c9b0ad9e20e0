import { sql } from 'drizzle-orm';
import {
  boolean,
  bytea,
  check,
  index,
  integer,
  jsonb,
  primaryKey,
  snakeCase,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { ContactId, CustomerId, GroupId } from '../ids.ts';
import { choice, createdAt, identity, instant, isOneOf, rowId } from './columns.ts';

/** `deleted`: personal data is erased, the row stays for its tickets. */
export const CONTACT_STATUSES = ['active', 'deactivated', 'deactivated_until', 'deleted'] as const;
export type ContactStatus = (typeof CONTACT_STATUSES)[number];

/** Values of the operators' own fields, by the field's key; as `CustomField` says they are. */
export type CustomValues = Readonly<Record<string, string | number | boolean>>;

export const customers = snakeCase.table(
  'customers',
  {
    id: identity().$type<CustomerId>(),
    name: text().notNull(),
    /** The built-in "Unassigned": the home of people whose company nobody knows. */
    isUnassigned: boolean().notNull().default(false),
    /** Whom to ask about the company: at most one. */
    mainContactId: rowId()
      .$type<ContactId>()
      .references((): AnyPgColumn => contacts.id),
    /** Its people's language, where they have none of their own; null: the desk's. */
    locale: text(),
    comment: text().notNull().default(''),
    custom: jsonb().$type<CustomValues>().notNull().default({}),
    /** Counts the changes: who changes what they saw long ago is told. */
    version: integer().notNull().default(1),
    createdAt: createdAt(),
    updatedAt: instant().notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('customers_name').on(sql`lower(${table.name})`),
    uniqueIndex('customers_unassigned')
      .on(table.isUnassigned)
      .where(sql`is_unassigned`),
    index('customers_search').using('gin', sql`lower(${table.name}) gin_trgm_ops`),
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
    title: text().notNull().default(''),
    firstName: text().notNull().default(''),
    lastName: text().notNull().default(''),
    /** Without "@", so that it is nobody's address; null: they sign in with their addresses. */
    userName: text(),
    phone: text().notNull().default(''),
    mobile: text().notNull().default(''),
    fax: text().notNull().default(''),
    department: text().references(() => departments.name, { onUpdate: 'cascade' }),
    jobTitle: text().notNull().default(''),
    street: text().notNull().default(''),
    zip: text().notNull().default(''),
    city: text().notNull().default(''),
    country: text().notNull().default(''),
    /** null: the customer's. */
    locale: text(),
    comment: text().notNull().default(''),
    custom: jsonb().$type<CustomValues>().notNull().default({}),
    /** What they have of ours: free names. */
    relatedDevices: jsonb().$type<readonly string[]>().notNull().default([]),
    pictureSha256: bytea(),
    pictureType: text(),
    /** Sees all tickets of the customer. */
    isMainSiteUser: boolean().notNull().default(false),
    status: choice<ContactStatus>().notNull().default('active'),
    deactivatedUntil: instant(),
    /**
     * The contact who stands for this one while they are merged, never one who is merged themselves. All that was
     * recorded stays with its own row, so that un-merging is to forget this.
     */
    mergedIntoId: rowId()
      .$type<ContactId>()
      .references((): AnyPgColumn => contacts.id),
    createdBy: text().notNull(),
    version: integer().notNull().default(1),
    createdAt: createdAt(),
    updatedAt: instant().notNull().defaultNow(),
    /** What a search looks through, beside the addresses. */
    search: text().generatedAlwaysAs(
      sql`lower(first_name || ' ' || last_name || ' ' || coalesce(user_name, '') || ' ' || phone || ' ' || mobile)`,
    ),
  },
  (table) => [
    index('contacts_customer').on(table.customerId, table.id),
    index('contacts_merged')
      .on(table.mergedIntoId)
      .where(sql`merged_into_id is not null`),
    index('contacts_search').using('gin', sql`${table.search} gin_trgm_ops`),
    uniqueIndex('contacts_user_name')
      .on(sql`lower(${table.userName})`)
      .where(sql`user_name is not null`),
    check('contacts_user_name_form', sql`user_name not like '%@%'`),
    check('contacts_picture', sql`(picture_sha256 is null) = (picture_type is null)`),
    check('contacts_merged_elsewhere', sql`merged_into_id <> id`),
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
    /** When it was proven that they read mail there; null: never. */
    verifiedAt: instant(),
    /** 'mail': authenticated mail came from there; else the operator who said so. */
    verifiedBy: text(),
    createdAt: createdAt(),
  },
  (table) => [
    index('contact_addresses_contact').on(table.contactId),
    index('contact_addresses_search').using('gin', sql`${table.address} gin_trgm_ops`),
    check('contact_addresses_verified', sql`(verified_at is null) = (verified_by is null)`),
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

/** The operators' list of departments. */
export const departments = snakeCase.table('departments', { name: text().primaryKey() }, (table) => [
  uniqueIndex('departments_name').on(sql`lower(${table.name})`),
]);

export const CUSTOM_FIELD_OWNERS = ['customer', 'contact'] as const;
export type CustomFieldOwner = (typeof CUSTOM_FIELD_OWNERS)[number];
export const CUSTOM_FIELD_KINDS = ['text', 'number', 'date', 'choice', 'checkbox'] as const;
export type CustomFieldKind = (typeof CUSTOM_FIELD_KINDS)[number];

/** Fields that operators have added to customers or contacts. */
export const customFields = snakeCase.table(
  'custom_fields',
  {
    id: identity(),
    owner: choice<CustomFieldOwner>().notNull(),
    /** Stable: under it the values are stored, and it heads the column of a CSV file. */
    key: text().notNull(),
    label: text().notNull(),
    kind: choice<CustomFieldKind>().notNull(),
    /** Of a `choice`; empty for the others. */
    choices: jsonb().$type<readonly string[]>().notNull().default([]),
    isRequired: boolean().notNull().default(false),
    createdAt: createdAt(),
  },
  (table) => [
    unique('custom_fields_key').on(table.owner, table.key),
    check('custom_fields_owner', isOneOf(table.owner, CUSTOM_FIELD_OWNERS)),
    check('custom_fields_kind', isOneOf(table.kind, CUSTOM_FIELD_KINDS)),
    check('custom_fields_choices', sql`(kind = 'choice') = (jsonb_array_length(choices) > 0)`),
  ],
);

/** Named sets of people, of one customer or of all, that can be put on tickets. */
export const notificationGroups = snakeCase.table(
  'notification_groups',
  {
    id: identity().$type<GroupId>(),
    name: text().notNull(),
    /** null: for the tickets of every customer. */
    customerId: rowId()
      .$type<CustomerId>()
      .references(() => customers.id),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('notification_groups_name').on(sql`coalesce(${table.customerId}, 0)`, sql`lower(${table.name})`),
  ],
);

export const groupContacts = snakeCase.table(
  'group_contacts',
  {
    groupId: rowId()
      .$type<GroupId>()
      .notNull()
      .references(() => notificationGroups.id, { onDelete: 'cascade' }),
    contactId: rowId()
      .$type<ContactId>()
      .notNull()
      .references(() => contacts.id),
  },
  (table) => [
    primaryKey({ columns: [table.groupId, table.contactId] }),
    index('group_contacts_contact').on(table.contactId),
  ],
);

/** Members who are only an address. */
export const groupAddresses = snakeCase.table(
  'group_addresses',
  {
    groupId: rowId()
      .$type<GroupId>()
      .notNull()
      .references(() => notificationGroups.id, { onDelete: 'cascade' }),
    /** Canonical, as mail/address.ts makes it. */
    address: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.groupId, table.address] })],
);
