import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { bigint, text, timestamp } from 'drizzle-orm/pg-core';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';

/** `generated always as identity`, read as a number: 2^53 rows are enough. */
export const identity = () => bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity();

/** A reference to such a row. */
export const rowId = () => bigint({ mode: 'number' });

export const instant = () => timestamp({ withTimezone: true });

/** When the row came to be, by the database's clock. */
export const createdAt = () => instant().notNull().defaultNow();

/** One of a closed list; the check is made by `isOneOf`. */
export const choice = <const T extends string>() => text().$type<T>();

/** `column in ('a', 'b')`, for a check constraint over the table that names the values. */
export const isOneOf = (column: AnyPgColumn, values: readonly string[]): SQL =>
  sql`${column} in (${sql.raw(values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', '))})`;
