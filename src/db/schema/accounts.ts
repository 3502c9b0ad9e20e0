import { sql } from 'drizzle-orm';
import { bytea, check, index, snakeCase, text, unique } from 'drizzle-orm/pg-core';
import type { ContactId } from '../ids.ts';
import { choice, createdAt, identity, instant, isOneOf, rowId } from './columns.ts';
import { contacts } from './contacts.ts';

/** What a contact signs in with. */
export const portalAccounts = snakeCase.table(
  'portal_accounts',
  {
    contactId: rowId()
      .$type<ContactId>()
      .primaryKey()
      .references(() => contacts.id),
    /** argon2id with its parameters, in the PHC string format. */
    passwordHash: text().notNull(),
    /** Where a password that was made for them was mailed to; null: they chose it themselves. */
    mailedTo: text(),
    setAt: createdAt(),
  },
  (table) => [
    // Asked whenever mail that brought a password comes back.
    index('portal_accounts_mailed_to')
      .on(table.mailedTo)
      .where(sql`mailed_to is not null`),
    check('portal_accounts_hash', sql`password_hash like '$argon2id$%'`),
  ],
);

export const LINK_PURPOSES = ['invite', 'reset'] as const;
type LinkPurpose = (typeof LINK_PURPOSES)[number];

/** Links to set a password, each good for one use: of the token only its hash is kept. */
export const passwordLinks = snakeCase.table(
  'password_links',
  {
    id: identity(),
    /** SHA-256 of the token. */
    tokenHash: bytea().notNull(),
    contactId: rowId()
      .$type<ContactId>()
      .notNull()
      .references(() => contacts.id),
    /** Where it was mailed to: it works while that is the contact's primary address. */
    address: text().notNull(),
    purpose: choice<LinkPurpose>().notNull(),
    createdAt: createdAt(),
    expiresAt: instant().notNull(),
    usedAt: instant(),
    revokedAt: instant(),
  },
  (table) => [
    unique('password_links_hash').on(table.tokenHash),
    index('password_links_contact').on(table.contactId),
    index('password_links_address')
      .on(table.address)
      .where(sql`used_at is null and revoked_at is null`),
    check('password_links_hash_length', sql`octet_length(token_hash) = 32`),
    check('password_links_end', sql`used_at is null or revoked_at is null`),
    check('password_links_purpose', isOneOf(table.purpose, LINK_PURPOSES)),
  ],
);
