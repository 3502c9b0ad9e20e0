import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  bytea,
  check,
  doublePrecision,
  index,
  integer,
  jsonb,
  snakeCase,
  primaryKey,
  smallint,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type {
  ContactId,
  EventId,
  InboundMessageId,
  MailboxId,
  NotificationId,
  TicketEntryId,
  TicketId,
} from '../ids.ts';
import { choice, createdAt, identity, instant, isOneOf, rowId } from './columns.ts';
import { mailboxes } from './mailboxes.ts';
import { tickets } from './tickets.ts';

/** Something that happened and was committed. */
export const events = snakeCase.table(
  'events',
  {
    id: identity().$type<EventId>(),
    kind: text().notNull(),
    actor: text().notNull(),
    ticketId: rowId().$type<TicketId>(),
    entryId: rowId().$type<TicketEntryId>(),
    contactId: rowId().$type<ContactId>(),
    inboundId: rowId().$type<InboundMessageId>(),
    /** What else there is to say of it: events/catalogue.ts has the schema of each kind. */
    payload: jsonb().$type<unknown>(),
    at: createdAt(),
  },
  (table) => [index('events_ticket').on(table.ticketId, table.id)],
);

export const NOTIFICATION_STATES = [
  'queued',
  'sending',
  'submitting',
  'sent',
  'deferred',
  'failed',
  'uncertain',
  'suppressed',
  'folded',
  'cancelled',
  'bounced',
] as const;
export type NotificationState = (typeof NOTIFICATION_STATES)[number];

/** Of what trouble with a mail operators have been told. */
export const TOLD_TROUBLES = ['delayed', 'failed'] as const;
export type ToldTrouble = (typeof TOLD_TROUBLES)[number];

export const CREDENTIALS = ['link', 'password'] as const;
export type Credential = (typeof CREDENTIALS)[number];

/** The outbox: one message owed to one recipient. One Message-ID and one set of bytes for life. */
export const notifications = snakeCase.table(
  'notifications',
  {
    id: identity().$type<NotificationId>(),
    publicId: uuid().notNull(),
    messageId: text().notNull(),
    kind: text().notNull(),
    /** 0 a person's words, 1 automatic and fresh, 2 automatic and from a backlog. */
    lane: smallint().notNull(),
    mailboxId: rowId()
      .$type<MailboxId>()
      .notNull()
      .references(() => mailboxes.id),
    ticketId: rowId()
      .$type<TicketId>()
      .references(() => tickets.id),
    eventId: rowId()
      .$type<EventId>()
      .notNull()
      .references(() => events.id),
    contactId: rowId().$type<ContactId>(),
    recipient: text().notNull(),
    recipientName: text().notNull(),
    /** Why this person: a sentence. */
    because: text().notNull(),
    /** The language it is written in, as it was when it was owed; the template falls back from there. */
    locale: text().notNull().default('en'),
    /** Hash of the Message-ID that its way out gave it instead of ours; null: it kept ours. */
    aliasHash: bytea(),
    state: choice<NotificationState>().notNull(),
    /** Why it was suppressed, failed or given up: a sentence; null while all is well. */
    reason: text(),
    /** The toggle that kept it back: notifications/model.ts `LimitedBy`. */
    limitedBy: jsonb().$type<unknown>(),
    /** The digest that tells of it, or told; null: none, or it waits for one while it is `folded`. */
    foldedInto: rowId()
      .$type<NotificationId>()
      .references((): AnyPgColumn => notifications.id),
    /** An operator says that it may go although it has words of an internal note. */
    mayQuoteNotes: boolean().notNull().default(false),
    toldTrouble: choice<ToldTrouble>(),
    /** With a credential, a placeholder stands where it is put when the mail is sent. */
    view: jsonb().$type<unknown>().notNull(),
    /** What the mail carries so that its reader can sign in; null: nothing. No bytes of such mail are stored. */
    credential: choice<Credential>(),
    /** The token or password in it, sealed; only while it may have to be sent. */
    secret: bytea(),
    inReplyTo: text(),
    references: jsonb().$type<readonly string[]>().notNull(),
    attempts: smallint().notNull().default(0),
    /** How often it was handed out again after `uncertain`. */
    resends: smallint().notNull().default(0),
    nextAttemptAt: instant().notNull().defaultNow(),
    claimToken: uuid(),
    /** The instance of a worker that holds the claim. */
    claimedBy: uuid(),
    claimUntil: instant(),
    createdAt: createdAt(),
    sentAt: instant(),
  },
  (table) => [
    unique('notifications_public_id').on(table.publicId),
    index('notifications_due')
      .on(table.mailboxId, table.lane, table.nextAttemptAt)
      .where(sql`state in ('queued', 'deferred')`),
    index('notifications_claimed')
      .on(table.claimUntil)
      .where(sql`state in ('sending', 'submitting')`),
    index('notifications_unsure')
      .on(table.nextAttemptAt)
      .where(sql`state = 'uncertain'`),
    index('notifications_attention')
      .on(table.state, table.id)
      .where(sql`state in ('deferred', 'failed', 'uncertain', 'suppressed', 'cancelled', 'bounced')`),
    index('notifications_ticket').on(table.ticketId),
    index('notifications_recipient').on(table.recipient, table.id),
    index('notifications_untold')
      .on(table.id)
      .where(sql`state in ('failed', 'bounced') and told_trouble is distinct from 'failed'`),
    index('notifications_alias')
      .on(table.aliasHash)
      .where(sql`alias_hash is not null`),
    index('notifications_folded')
      .on(table.recipient, table.id)
      .where(sql`state = 'folded' and folded_into is null`),
    index('notifications_digest')
      .on(table.foldedInto)
      .where(sql`folded_into is not null`),
    check('notifications_state', isOneOf(table.state, NOTIFICATION_STATES)),
    check('notifications_claim', sql`(state in ('sending', 'submitting')) = (claim_token is not null)`),
    check('notifications_told_trouble', isOneOf(table.toldTrouble, TOLD_TROUBLES)),
    check('notifications_credential', isOneOf(table.credential, CREDENTIALS)),
    // Nothing that is over keeps its secret, whichever statement ended it.
    check(
      'notifications_secret',
      sql`secret is null or (credential is not null and state in ('queued', 'deferred', 'sending', 'submitting', 'uncertain'))`,
    ),
    check('notifications_lane', sql`lane between 0 and 2`),
  ],
);

/** The bytes, rendered once at the first claim. */
export const notificationMime = snakeCase.table('notification_mime', {
  notificationId: rowId()
    .$type<NotificationId>()
    .primaryKey()
    .references(() => notifications.id),
  bytes: bytea().notNull(),
});

/** One attempt, with the server's own words. */
export const deliveries = snakeCase.table(
  'deliveries',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    notificationId: rowId()
      .$type<NotificationId>()
      .notNull()
      .references(() => notifications.id),
    outcome: text().notNull(),
    stage: text(),
    code: integer(),
    reply: text().notNull(),
    at: createdAt(),
  },
  (table) => [index('deliveries_notification').on(table.notificationId, table.id)],
);

/** Addresses we do not mail, and why. */
export const suppressions = snakeCase.table('suppressions', {
  address: text().primaryKey(),
  reason: text().notNull(),
  createdAt: createdAt(),
});

/** Leaky buckets: how much automatic mail a scope has had of late. */
export const budgets = snakeCase.table(
  'budgets',
  {
    scope: text().notNull(),
    key: text().notNull(),
    level: doublePrecision().notNull(),
    /** What the last request was granted: how the one statement that takes tells its answer. */
    granted: integer().notNull(),
    updatedAt: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.key] })],
);

/** Routes in trouble: nothing is sent through the mailbox's SMTP server before this moment. */
export const routePauses = snakeCase.table('route_pauses', {
  mailboxId: rowId()
    .$type<MailboxId>()
    .primaryKey()
    .references(() => mailboxes.id),
  until: instant().notNull(),
  failures: integer().notNull(),
  reason: text().notNull(),
});

/** Who is at work. A claim whose holder has not been seen for a minute is anybody's again. */
export const workers = snakeCase.table('workers', {
  instance: uuid().primaryKey(),
  name: text().notNull(),
  startedAt: createdAt(),
  seenAt: instant().notNull().defaultNow(),
});
