import { sql } from 'drizzle-orm';
import { check, snakeCase, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { ContactId, TicketId } from '../ids.ts';
import { choice, createdAt, identity, isOneOf, rowId } from './columns.ts';
import { contacts } from './contacts.ts';
import { tickets } from './tickets.ts';

/** Where a wish to hear less came from. */
export const MUTE_SOURCES = ['one_click', 'page', 'mail', 'operator'] as const;
export type MuteSource = (typeof MUTE_SOURCES)[number];

/** Somebody who is not to be told: of one ticket, or of any that is not their own. */
export const mutes = snakeCase.table(
  'mutes',
  {
    id: identity(),
    /** The row of whose address asked; whoever stands for them is meant. */
    contactId: rowId()
      .$type<ContactId>()
      .references(() => contacts.id),
    /** Of nobody we know. Canonical, as mail/address.ts makes it. */
    address: text(),
    /** null: every ticket but their own. */
    ticketId: rowId()
      .$type<TicketId>()
      .references(() => tickets.id),
    source: choice<MuteSource>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('mutes_contact')
      .on(table.contactId, sql`coalesce(${table.ticketId}, 0)`)
      .where(sql`contact_id is not null`),
    uniqueIndex('mutes_address')
      .on(table.address, sql`coalesce(${table.ticketId}, 0)`)
      .where(sql`address is not null`),
    check('mutes_who', sql`num_nonnulls(contact_id, address) = 1`),
    check('mutes_source', isOneOf(table.source, MUTE_SOURCES)),
  ],
);
