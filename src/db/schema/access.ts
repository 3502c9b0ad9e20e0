import { check, jsonb, snakeCase, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { sql } from 'drizzle-orm';
import type { OperatorId } from '../ids.ts';
import { choice, createdAt, identity, instant, isOneOf } from './columns.ts';

export const ROLES = ['admin', 'agent', 'read_only'] as const;
export type Role = (typeof ROLES)[number];

export const operators = snakeCase.table(
  'operators',
  {
    id: identity().$type<OperatorId>(),
    /** Canonical, as mail/address.ts makes it. */
    address: text().notNull(),
    name: text().notNull(),
    role: choice<Role>().notNull(),
    createdAt: createdAt(),
    disabledAt: instant(),
  },
  (table) => [uniqueIndex('operators_address').on(table.address), check('operators_role', isOneOf(table.role, ROLES))],
);

/** Who did what, when; secrets are left out by the operation. */
export const auditRows = snakeCase.table('audit_rows', {
  id: identity(),
  at: instant()
    .notNull()
    .default(sql`clock_timestamp()`),
  actor: text().notNull(),
  operation: text().notNull(),
  input: jsonb().$type<unknown>().notNull(),
  outcome: text().notNull(),
});
