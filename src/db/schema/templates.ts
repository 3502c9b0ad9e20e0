import { sql } from 'drizzle-orm';
import { boolean, integer, snakeCase, text, unique, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAt, identity } from './columns.ts';

/** What operators wrote in the place of a template's files; every version stays. */
export const templateVersions = snakeCase.table(
  'template_versions',
  {
    id: identity(),
    kind: text().notNull(),
    locale: text().notNull(),
    /** Counts from 1 for each kind and locale. */
    version: integer().notNull(),
    subject: text().notNull(),
    text: text().notNull(),
    html: text().notNull(),
    /** 'operator:3'. */
    author: text().notNull(),
    /** In use; none is: the files are. */
    isActive: boolean().notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    unique('template_versions_version').on(table.kind, table.locale, table.version),
    uniqueIndex('template_versions_active')
      .on(table.kind, table.locale)
      .where(sql`is_active`),
  ],
);
