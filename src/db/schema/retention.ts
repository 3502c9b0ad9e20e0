import { bigint, snakeCase, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

/**
 * How far the deletion of what is kept no longer has come, by kind: a sweep goes through a table once a day, page by page.
 * Whoever holds the row's lock is the one who deletes.
 */
export const retentionSweeps = snakeCase.table('retention_sweeps', {
  /** A row of RETENTION. */
  kind: text().primaryKey(),
  /** Rows up to this id have been looked at in this sweep; 0: it begins. */
  throughId: bigint({ mode: 'number' }).notNull().default(0),
  /** What this sweep has deleted so far. */
  forgotten: bigint({ mode: 'number' }).notNull().default(0),
  /** When the last sweep came to the end. */
  sweptAt: instant(),
});
