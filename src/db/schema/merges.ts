import { check, index, jsonb, primaryKey, snakeCase, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { sql } from 'drizzle-orm';
import type { ContactId, MergeId } from '../ids.ts';
import { createdAt, identity, instant, rowId } from './columns.ts';
import { contacts } from './contacts.ts';

/** The journal of merges: one row each, which stays when it is undone. */
export const contactMerges = snakeCase.table(
  'contact_merges',
  {
    id: identity().$type<MergeId>(),
    /** Who was merged. */
    contactId: rowId()
      .$type<ContactId>()
      .notNull()
      .references(() => contacts.id),
    intoId: rowId()
      .$type<ContactId>()
      .notNull()
      .references(() => contacts.id),
    /** Why they were thought to be one person: sentences. */
    evidence: jsonb().$type<readonly string[]>().notNull(),
    mergedBy: text().notNull(),
    mergedAt: createdAt(),
    undoneBy: text(),
    undoneAt: instant(),
  },
  (table) => [
    uniqueIndex('contact_merges_standing')
      .on(table.contactId)
      .where(sql`undone_at is null`),
    index('contact_merges_into').on(table.intoId),
    check('contact_merges_undone', sql`(undone_at is null) = (undone_by is null)`),
  ],
);

/** Pairs of whom an operator said that they are two people: they are not proposed to be merged again. */
export const contactDismissals = snakeCase.table(
  'contact_dismissals',
  {
    contactId: rowId()
      .$type<ContactId>()
      .notNull()
      .references(() => contacts.id),
    /** The one with the higher number. */
    otherId: rowId()
      .$type<ContactId>()
      .notNull()
      .references(() => contacts.id),
    dismissedBy: text().notNull(),
    dismissedAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.contactId, table.otherId] }),
    index('contact_dismissals_other').on(table.otherId),
    check('contact_dismissals_order', sql`contact_id < other_id`),
  ],
);
