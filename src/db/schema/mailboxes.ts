import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  bytea,
  check,
  index,
  integer,
  jsonb,
  snakeCase,
  smallint,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { CustomerId, FolderId, InboundMessageId, MailboxId, TeamId, TicketEntryId, TicketId } from '../ids.ts';
import { choice, createdAt, identity, instant, isOneOf, rowId } from './columns.ts';
import { teams } from './access.ts';
import { customers } from './contacts.ts';

export const MAILBOX_STATUSES = ['active', 'paused'] as const;
export const SETTLE_MARKS = ['keyword', 'seen', 'none'] as const;
/** Whether senders are to be proven: by our provider's word or by our own check of signatures, or not at all. */
export const AUTHENTICATION_MODES = ['check', 'off'] as const;
export type AuthenticationMode = (typeof AUTHENTICATION_MODES)[number];
export const HISTORY_STARTS = ['baseline', 'beginning'] as const;
export const INBOUND_STATUSES = ['received', 'done', 'held', 'quarantined'] as const;
export type InboundStatus = (typeof INBOUND_STATUSES)[number];
export const VERDICTS = [
  'opened',
  'appended',
  'airlocked',
  'bounce_recorded',
  'report_recorded',
  'duplicate',
  'own',
  'canary',
  'ignored',
] as const;
export type Verdict = (typeof VERDICTS)[number];
export const GAP_KINDS = ['vanished', 'unfetchable', 'before_baseline'] as const;
export type GapKind = (typeof GAP_KINDS)[number];

/** What a person said about a message that waited for one. */
export interface Override {
  /** 'operator:3'. */
  readonly by: string;
  readonly at: string;
  /** Toggles at other values, for this message alone. */
  readonly choices: readonly { readonly toggle: string; readonly value: string }[];
  /** Past every rule that would hold it. */
  readonly anyway: boolean;
  /** The ticket it is to join, whatever it says itself; null: its own way. Not there in those of earlier releases. */
  readonly attachTo?: AttachedTo | null;
  /** Why it was rejected, in the person's words; null or not there: it was let go on. */
  readonly because?: string | null;
  /** Which of the addresses in From wrote it, where From names several; null: nobody said. */
  readonly sender?: string | null;
}

/** Where a person put a message. */
export interface AttachedTo {
  readonly ticketId: TicketId;
  /** For operators' eyes, and the ticket stays as it is. */
  readonly quietly: boolean;
  /** Its sender takes part from then on. */
  readonly asParticipant: boolean;
}

/** How a server is reached; the password lies beside it, encrypted. */
export interface StoredServer {
  readonly host: string;
  readonly port: number;
  readonly security: 'tls' | 'starttls' | 'none';
  readonly user: string | null;
  readonly caPem: string | null;
}

export const mailboxes = snakeCase.table(
  'mailboxes',
  {
    id: identity().$type<MailboxId>(),
    /** The desk's address that people write to; canonical. */
    address: text().notNull(),
    displayName: text().notNull(),
    status: choice<(typeof MAILBOX_STATUSES)[number]>().notNull().default('active'),
    imap: jsonb().$type<StoredServer>().notNull(),
    imapSecret: bytea(),
    folder: text().notNull().default('INBOX'),
    smtp: jsonb().$type<StoredServer>().notNull(),
    smtpSecret: bytea(),
    /** A node-cron expression, in UTC: when the mailbox is listed even if the server says nothing. */
    schedule: text().notNull().default('* * * * *'),
    settleMark: choice<(typeof SETTLE_MARKS)[number]>().notNull().default('keyword'),
    historyStart: choice<(typeof HISTORY_STARTS)[number]>().notNull().default('baseline'),
    /** The right side of our Message-IDs. */
    replyDomain: text().notNull(),
    defaultCustomerId: rowId()
      .$type<CustomerId>()
      .references(() => customers.id),
    /** Whose its tickets are at first. */
    teamId: rowId()
      .$type<TeamId>()
      .references(() => teams.id),
    /** The server takes mail for `local+anything@` as for `local@`: answers may carry our token in their address. */
    hasPlusAddresses: boolean().notNull().default(false),
    authentication: choice<AuthenticationMode>().notNull().default('check'),
    /** Whose Authentication-Results fields are believed: the names our own provider signs them with, in lower case. */
    authservIds: jsonb().$type<readonly string[]>().notNull().default([]),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex('mailboxes_address').on(table.address),
    check('mailboxes_status', isOneOf(table.status, MAILBOX_STATUSES)),
    check('mailboxes_authentication', isOneOf(table.authentication, AUTHENTICATION_MODES)),
    check('mailboxes_settle_mark', isOneOf(table.settleMark, SETTLE_MARKS)),
    check('mailboxes_history_start', isOneOf(table.historyStart, HISTORY_STARTS)),
  ],
);

export const mailboxLeases = snakeCase.table('mailbox_leases', {
  mailboxId: rowId()
    .$type<MailboxId>()
    .primaryKey()
    .references(() => mailboxes.id),
  holder: text().notNull(),
  epoch: bigint({ mode: 'number' }).notNull(),
  expiresAt: instant().notNull(),
});

export const MAILBOX_STATES = ['connecting', 'watching', 'trouble'] as const;
export type MailboxState = (typeof MAILBOX_STATES)[number];

/** What the holder of the mailbox last saw. A worker that died leaves `checkedAt` behind: it ages. */
export const mailboxHealth = snakeCase.table(
  'mailbox_health',
  {
    mailboxId: rowId()
      .$type<MailboxId>()
      .primaryKey()
      .references(() => mailboxes.id),
    state: choice<MailboxState>().notNull(),
    reason: text(),
    advice: text(),
    changedAt: instant().notNull(),
    /** When the server's UIDs were last compared with ours. */
    checkedAt: instant(),
    /** UIDs on the server from the baseline up, when all were last listed. */
    serverCount: integer(),
    /** How many of them had neither a row nor a gap after that. Not zero is an alarm. */
    unaccountedCount: integer(),
  },
  (table) => [check('mailbox_health_state', isOneOf(table.state, MAILBOX_STATES))],
);

/** A folder under one UIDVALIDITY: a new value is a new row, and all its UIDs are new. */
export const mailboxFolders = snakeCase.table(
  'mailbox_folders',
  {
    id: identity().$type<FolderId>(),
    mailboxId: rowId()
      .$type<MailboxId>()
      .notNull()
      .references(() => mailboxes.id),
    folder: text().notNull(),
    uidValidity: bigint({ mode: 'number' }).notNull(),
    /** Messages below this UID were there before us and are not ours to answer. */
    baselineUid: bigint({ mode: 'number' }).notNull(),
    /** UIDs below were given when the server numbered the folder anew: old mail may be among them. 0: it never did. */
    inheritedBelowUid: bigint({ mode: 'number' }).notNull().default(0),
    firstSeenAt: createdAt(),
    /** Every message up to this UID has been marked on the server. */
    settledThroughUid: bigint({ mode: 'number' }).notNull().default(0),
  },
  (table) => [unique('mailbox_folders_generation').on(table.mailboxId, table.folder, table.uidValidity)],
);

export const inboundMessages = snakeCase.table(
  'inbound_messages',
  {
    id: identity().$type<InboundMessageId>(),
    mailboxId: rowId()
      .$type<MailboxId>()
      .notNull()
      .references(() => mailboxes.id),
    folderId: rowId()
      .$type<FolderId>()
      .notNull()
      .references(() => mailboxFolders.id),
    uid: bigint({ mode: 'number' }).notNull(),
    /** Of the lease it was taken under: never smaller than that of an earlier row of the mailbox (N7). */
    epoch: bigint({ mode: 'number' }).notNull(),
    contentKey: bytea().notNull(),
    /** mail/message-id.ts `messageIdHash`: who refers to a message that still waits must wait too. */
    messageIdHash: bytea(),
    rawSha256: bytea().notNull(),
    sizeBytes: bigint({ mode: 'number' }).notNull(),
    /** Only the header block was fetched: the message was larger than we take. */
    isHeadersOnly: boolean().notNull().default(false),
    internalDate: instant().notNull(),
    receivedAt: createdAt(),
    status: choice<InboundStatus>().notNull().default('received'),
    verdict: choice<Verdict>(),
    /** The rule of POLICY that said so. */
    rule: text(),
    /** A row of HOLD_REASONS while held or quarantined. */
    reason: text(),
    attempts: smallint().notNull().default(0),
    /** How often it stepped aside, for the DNS or for the mail it answers: none of these was an attempt. */
    waits: smallint().notNull().default(0),
    nextAttemptAt: instant().notNull().defaultNow(),
    /** It waited for a person, who let it go on. */
    released: jsonb().$type<Override>(),
    doneAt: instant(),
    duplicateOf: rowId().$type<InboundMessageId>(),
    ticketId: rowId().$type<TicketId>(),
    entryId: rowId().$type<TicketEntryId>(),
    /** When its bytes were deleted, and when what was decided about it was: their time to be kept was over. */
    rawGoneAt: instant(),
    decisionGoneAt: instant(),
  },
  (table) => [
    unique('inbound_messages_delivery').on(table.folderId, table.uid),
    // Not by `id` itself: see `claimReceived`.
    index('inbound_messages_waiting')
      .on(table.mailboxId, sql`(${table.id} + 0)`)
      .where(sql`status = 'received' and waits = 0`),
    index('inbound_messages_aside')
      .on(table.mailboxId, table.nextAttemptAt)
      .where(sql`status = 'received' and waits > 0`),
    index('inbound_messages_waiting_message_id')
      .on(table.messageIdHash)
      .where(sql`status = 'received'`),
    index('inbound_messages_attention')
      .on(table.status, table.id)
      .where(sql`status in ('held', 'quarantined')`),
    // Who else has these bytes, before they are deleted. A hash: it is asked for one value alone, and written with each mail.
    index('inbound_messages_raw').using('hash', table.rawSha256),
    index('inbound_messages_twins')
      .on(table.duplicateOf)
      .where(sql`duplicate_of is not null`),
    check('inbound_messages_status', isOneOf(table.status, INBOUND_STATUSES)),
    check('inbound_messages_verdict', isOneOf(table.verdict, VERDICTS)),
    // What waits for a person, or is to be read yet, keeps everything.
    check('inbound_messages_gone', sql`status = 'done' or (raw_gone_at is null and decision_gone_at is null)`),
    // N8: a message is in exactly one state, and each state says what it must.
    check(
      'inbound_messages_state',
      sql`(status = 'received' and verdict is null and reason is null)
        or (status = 'done' and verdict is not null and reason is null and done_at is not null)
        or (status in ('held', 'quarantined') and verdict is null and reason is not null and done_at is not null)`,
    ),
  ],
);

/** UIDs that were on the server and never reached us, each with its reason. */
export const mailboxGaps = snakeCase.table(
  'mailbox_gaps',
  {
    id: identity(),
    folderId: rowId()
      .$type<FolderId>()
      .notNull()
      .references(() => mailboxFolders.id),
    uid: bigint({ mode: 'number' }).notNull(),
    kind: choice<GapKind>().notNull(),
    notedAt: createdAt(),
  },
  (table) => [
    unique('mailbox_gaps_delivery').on(table.folderId, table.uid),
    check('mailbox_gaps_kind', isOneOf(table.kind, GAP_KINDS)),
  ],
);
