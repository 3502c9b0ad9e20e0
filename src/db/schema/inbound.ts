import { bytea, index, integer, jsonb, snakeCase, text } from 'drizzle-orm/pg-core';
import type { InboundMessageId, TicketId } from '../ids.ts';
import { instant, rowId } from './columns.ts';
import { inboundMessages } from './mailboxes.ts';

/**
 * Which message a content key is: the first delivery of it. Later deliveries are its duplicates.
 * A row outlives its ticket, so that a message never comes back as news.
 */
export const messageIdentities = snakeCase.table(
  'message_identities',
  {
    contentKey: bytea().primaryKey(),
    inboundId: rowId()
      .$type<InboundMessageId>()
      .notNull()
      .references(() => inboundMessages.id),
    /** mail/message-id.ts `messageIdHash`: how References find the ticket. */
    messageIdHash: bytea(),
    ticketId: rowId().$type<TicketId>(),
    /** mail/repeat-key.ts: the same words of the same sender under another Message-ID. */
    repeatKey: bytea(),
  },
  (table) => [
    index('message_identities_message_id').on(table.messageIdHash, table.inboundId),
    index('message_identities_repeat').on(table.repeatKey, table.inboundId),
  ],
);

/**
 * How often mail of an address came back right behind an automatic mail of ours: two machines that answer each other
 * without a header that says so (FEATURES B-13).
 */
export const mailRhythms = snakeCase.table('mail_rhythms', {
  /** mail/address.ts `rateLimitKey`. */
  addressKey: text().primaryKey(),
  rounds: integer().notNull(),
  lastAt: instant().notNull(),
});

/** Why a message became what it became: the facts, and every rule that was asked. */
export const decisions = snakeCase.table('decisions', {
  inboundId: rowId()
    .$type<InboundMessageId>()
    .primaryKey()
    .references(() => inboundMessages.id),
  rule: text().notNull(),
  facts: jsonb().$type<unknown>().notNull(),
  trace: jsonb().$type<unknown>().notNull(),
  decidedAt: instant().notNull().defaultNow(),
});
