import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  bytea,
  check,
  index,
  integer,
  jsonb,
  pgSequence,
  snakeCase,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Defect } from '../../mail/parsed-message.ts';
import type {
  AttachmentId,
  ContactId,
  CustomerId,
  GroupId,
  InboundMessageId,
  MailboxId,
  OperatorId,
  TeamId,
  TicketEntryId,
  TicketId,
} from '../ids.ts';
import { choice, createdAt, identity, instant, isOneOf, rowId } from './columns.ts';
import { operators, teams } from './access.ts';
import { contacts, customers, notificationGroups } from './contacts.ts';
import { inboundMessages, mailboxes } from './mailboxes.ts';

export const TICKET_STATUSES = ['open', 'pending', 'resolved', 'closed'] as const;
export type TicketStatus = (typeof TICKET_STATUSES)[number];
export const ENTRY_KINDS = ['mail', 'reply', 'note', 'status'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];
export const VISIBILITIES = ['everybody', 'operators', 'operators_until_admitted'] as const;
export type Visibility = (typeof VISIBILITIES)[number];
export const PARTICIPANT_ROLES = ['requester', 'affected', 'watcher', 'cc'] as const;
export type ParticipantRole = (typeof PARTICIPANT_ROLES)[number];
/** What an operator should know of an entry that came by mail. */
export const ENTRY_FLAGS = [
  'sender_unproven',
  'sender_failed',
  'incomplete',
  'not_participant',
  'probable_repeat',
  'by_agent',
  'sender_chosen',
] as const;
export type EntryFlag = (typeof ENTRY_FLAGS)[number];

/** Public ticket numbers. Taken late in a transaction; a rolled-back one leaves a hole. */
export const ticketNumbers = pgSequence('ticket_numbers', { startWith: 1001 });

export const tickets = snakeCase.table(
  'tickets',
  {
    id: identity().$type<TicketId>(),
    number: bigint({ mode: 'number' })
      .notNull()
      .default(sql`nextval('ticket_numbers')`),
    /** For links: 122 random bits. */
    publicId: uuid()
      .notNull()
      .default(sql`gen_random_uuid()`),
    mailboxId: rowId()
      .$type<MailboxId>()
      .notNull()
      .references(() => mailboxes.id),
    customerId: rowId()
      .$type<CustomerId>()
      .references(() => customers.id),
    /** null: nobody we know (a placeholder for unreadable mail). */
    requesterId: rowId()
      .$type<ContactId>()
      .references(() => contacts.id),
    /** Who of the staff works on it. */
    assigneeId: rowId()
      .$type<OperatorId>()
      .references(() => operators.id),
    teamId: rowId()
      .$type<TeamId>()
      .references(() => teams.id),
    subject: text().notNull(),
    status: choice<TicketStatus>().notNull().default('open'),
    createdAt: createdAt(),
    updatedAt: instant().notNull().defaultNow(),
    closedAt: instant(),
    /** The ticket this one became part of. Never one that was merged itself: a merge takes along those merged before. */
    mergedIntoId: rowId()
      .$type<TicketId>()
      .references((): AnyPgColumn => tickets.id),
  },
  (table) => [
    unique('tickets_number').on(table.number),
    unique('tickets_public_id').on(table.publicId),
    index('tickets_status').on(table.status, table.id),
    index('tickets_requester').on(table.requesterId),
    index('tickets_customer').on(table.customerId, table.id),
    index('tickets_assignee')
      .on(table.assigneeId, table.id)
      .where(sql`assignee_id is not null`),
    index('tickets_merged')
      .on(table.mergedIntoId)
      .where(sql`merged_into_id is not null`),
    check('tickets_status', isOneOf(table.status, TICKET_STATUSES)),
    check('tickets_closed', sql`(status = 'closed') = (closed_at is not null)`),
    check('tickets_merged_closed', sql`merged_into_id is null or status = 'closed'`),
  ],
);

export const ticketParticipants = snakeCase.table(
  'ticket_participants',
  {
    ticketId: rowId()
      .$type<TicketId>()
      .notNull()
      .references(() => tickets.id),
    contactId: rowId()
      .$type<ContactId>()
      .notNull()
      .references(() => contacts.id),
    role: choice<ParticipantRole>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.ticketId, table.contactId, table.role] }),
    index('ticket_participants_contact').on(table.contactId),
    check('ticket_participants_role', isOneOf(table.role, PARTICIPANT_ROLES)),
  ],
);

/** Extra addresses that are told of the ticket: typed by hand, of nobody we know. */
export const ticketAddresses = snakeCase.table(
  'ticket_addresses',
  {
    ticketId: rowId()
      .$type<TicketId>()
      .notNull()
      .references(() => tickets.id),
    /** Canonical, as mail/address.ts makes it. */
    address: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.ticketId, table.address] })],
);

/** Groups whose members are told of the ticket. */
export const ticketGroups = snakeCase.table(
  'ticket_groups',
  {
    ticketId: rowId()
      .$type<TicketId>()
      .notNull()
      .references(() => tickets.id),
    groupId: rowId()
      .$type<GroupId>()
      .notNull()
      .references(() => notificationGroups.id),
  },
  (table) => [primaryKey({ columns: [table.ticketId, table.groupId] }), index('ticket_groups_group').on(table.groupId)],
);

export const LINK_KINDS = ['continues', 'may_belong_to', 'came_from'] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

/** What one ticket has to do with an earlier one. */
export const ticketLinks = snakeCase.table(
  'ticket_links',
  {
    ticketId: rowId()
      .$type<TicketId>()
      .notNull()
      .references(() => tickets.id),
    otherId: rowId()
      .$type<TicketId>()
      .notNull()
      .references(() => tickets.id),
    kind: choice<LinkKind>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.ticketId, table.otherId, table.kind] }),
    index('ticket_links_other').on(table.otherId),
    check('ticket_links_kind', isOneOf(table.kind, LINK_KINDS)),
  ],
);

/** Addresses in To and Cc, as written; at most 20 of each. */
export interface Addressed {
  readonly to: readonly string[];
  readonly cc: readonly string[];
}

export const ticketEntries = snakeCase.table(
  'ticket_entries',
  {
    id: identity().$type<TicketEntryId>(),
    ticketId: rowId()
      .$type<TicketId>()
      .notNull()
      .references(() => tickets.id),
    kind: choice<EntryKind>().notNull(),
    visibility: choice<Visibility>().notNull(),
    /** 'contact:12', 'operator:3', 'system'; the name is as shown at the time. */
    author: text().notNull(),
    authorName: text().notNull(),
    inboundId: rowId()
      .$type<InboundMessageId>()
      .references(() => inboundMessages.id),
    /** Of the mail it came by: what our answers refer to. */
    messageId: text(),
    text: text().notNull(),
    html: text(),
    /** Whom a mail names as its readers; they take no part by that. */
    addressed: jsonb().$type<Addressed>(),
    flags: jsonb().$type<readonly EntryFlag[]>(),
    defects: jsonb().$type<readonly Defect[]>(),
    at: createdAt(),
  },
  (table) => [
    index('ticket_entries_ticket').on(table.ticketId, table.id),
    unique('ticket_entries_inbound').on(table.inboundId),
    index('ticket_entries_airlock')
      .on(table.id)
      .where(sql`visibility = 'operators_until_admitted'`),
    check('ticket_entries_kind', isOneOf(table.kind, ENTRY_KINDS)),
    check('ticket_entries_visibility', isOneOf(table.visibility, VISIBILITIES)),
    check(
      'ticket_entries_source',
      sql`case kind when 'mail' then inbound_id is not null when 'reply' then true else inbound_id is null end`,
    ),
  ],
);

export const attachments = snakeCase.table(
  'attachments',
  {
    id: identity().$type<AttachmentId>(),
    entryId: rowId()
      .$type<TicketEntryId>()
      .notNull()
      .references(() => ticketEntries.id),
    position: integer().notNull(),
    /** As the sender wrote it: data, never a path. */
    fileName: text().notNull(),
    contentType: text().notNull(),
    contentId: text(),
    isInline: boolean().notNull(),
    sizeBytes: bigint({ mode: 'number' }).notNull(),
    sha256: bytea().notNull(),
    /** When its bytes were deleted: their time to be kept was over. */
    goneAt: instant(),
  },
  (table) => [
    unique('attachments_place').on(table.entryId, table.position),
    index('attachments_sha256').using('hash', table.sha256),
  ],
);
