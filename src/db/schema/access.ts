import {
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
import { sql } from 'drizzle-orm';
import type { OperatorId, TeamId, TokenId } from '../ids.ts';
import { choice, createdAt, identity, instant, isOneOf, rowId } from './columns.ts';

export const ROLES = ['admin', 'agent', 'read_only'] as const;
export type Role = (typeof ROLES)[number];

/** Of which tickets an operator wants mail: every new one, those of their teams, or none. */
export const HEARS_OF_TICKETS = ['all', 'team', 'none'] as const;
/** Of which replies: all, those to tickets that are theirs (or their teams' while nobody has them), or none. */
export const HEARS_OF_REPLIES = ['all', 'mine', 'none'] as const;
/** Whether an admin wants mail when something is wrong. */
export const HEARS_OF_ALARMS = ['on', 'off'] as const;

export const operators = snakeCase.table(
  'operators',
  {
    id: identity().$type<OperatorId>(),
    /** Canonical, as mail/address.ts makes it. */
    address: text().notNull(),
    name: text().notNull(),
    role: choice<Role>().notNull(),
    /** The language of their mail; null: the desk's. */
    locale: text(),
    hearsOfTickets: choice<(typeof HEARS_OF_TICKETS)[number]>().notNull().default('team'),
    hearsOfReplies: choice<(typeof HEARS_OF_REPLIES)[number]>().notNull().default('mine'),
    hearsOfAlarms: choice<(typeof HEARS_OF_ALARMS)[number]>().notNull().default('on'),
    /** Counts the changes: who changes what they saw long ago is told. */
    version: integer().notNull().default(1),
    createdAt: createdAt(),
    disabledAt: instant(),
  },
  (table) => [
    uniqueIndex('operators_address').on(table.address),
    check('operators_role', isOneOf(table.role, ROLES)),
    check('operators_hears_of_tickets', isOneOf(table.hearsOfTickets, HEARS_OF_TICKETS)),
    check('operators_hears_of_replies', isOneOf(table.hearsOfReplies, HEARS_OF_REPLIES)),
    check('operators_hears_of_alarms', isOneOf(table.hearsOfAlarms, HEARS_OF_ALARMS)),
  ],
);

/** Operators who work together; a ticket and a mailbox may be theirs. */
export const teams = snakeCase.table(
  'teams',
  { id: identity().$type<TeamId>(), name: text().notNull(), createdAt: createdAt() },
  (table) => [uniqueIndex('teams_name').on(sql`lower(${table.name})`)],
);

export const teamMembers = snakeCase.table(
  'team_members',
  {
    teamId: rowId()
      .$type<TeamId>()
      .notNull()
      .references(() => teams.id, { onDelete: 'cascade' }),
    operatorId: rowId()
      .$type<OperatorId>()
      .notNull()
      .references(() => operators.id),
  },
  (table) => [primaryKey({ columns: [table.teamId, table.operatorId] })],
);

/** What programs sign in with, as an operator: only its hash is kept, and it may do only what its scopes say. */
export const apiTokens = snakeCase.table(
  'api_tokens',
  {
    id: identity().$type<TokenId>(),
    operatorId: rowId()
      .$type<OperatorId>()
      .notNull()
      .references(() => operators.id),
    name: text().notNull(),
    tokenHash: bytea().notNull(),
    /** Rows of PERMISSIONS; never more than its operator may do. */
    scopes: jsonb().$type<readonly string[]>().notNull(),
    createdAt: createdAt(),
    expiresAt: instant(),
    lastUsedAt: instant(),
    revokedAt: instant(),
  },
  (table) => [unique('api_tokens_hash').on(table.tokenHash), index('api_tokens_operator').on(table.operatorId)],
);

/** What was before and what is now, of one thing. */
export interface Changes {
  readonly from: unknown;
  readonly to: unknown;
}

/** Who did what, when; secrets are left out by the operation. */
export const auditRows = snakeCase.table(
  'audit_rows',
  {
    id: identity(),
    at: instant()
      .notNull()
      .default(sql`clock_timestamp()`),
    actor: text().notNull(),
    /** The API token they came with; null: they came themselves. */
    tokenId: rowId()
      .$type<TokenId>()
      .references(() => apiTokens.id),
    operation: text().notNull(),
    input: jsonb().$type<unknown>().notNull(),
    outcome: text().notNull(),
    changes: jsonb().$type<Changes>(),
  },
  (table) => [
    index('audit_rows_actor').on(table.actor, table.id),
    index('audit_rows_operation').on(table.operation, table.id),
    index('audit_rows_at').on(table.at),
  ],
);
