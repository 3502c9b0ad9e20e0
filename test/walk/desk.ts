import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createApp } from '../../src/app.ts';
import type { Actor } from '../../src/access/actor.ts';
import type { Operation } from '../../src/access/operation.ts';
import { perform } from '../../src/access/operation.ts';
import type { App } from '../../src/app.ts';
import type { Timing } from '../../src/config.ts';
import type { Db } from '../../src/db/client.ts';
import type { CustomerId, InboundMessageId, MailboxId, TicketId } from '../../src/db/ids.ts';
import type { Keys } from '../../src/lib/crypto.ts';
import { deriveKeys, Secret } from '../../src/lib/crypto.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Log } from '../../src/lib/log.ts';
import { silentLog } from '../../src/lib/log.ts';
import { parseAddress } from '../../src/mail/address.ts';
import type { TxtResolver } from '../../src/mail/dkim.ts';
import type { EmailAddress } from '../../src/mail/address.ts';
import { openImap } from '../../src/mailboxes/imap.ts';
import { secretPlace } from '../../src/mailboxes/model.ts';
import { insertMailbox } from '../../src/mailboxes/store.ts';
import { createOwe } from '../../src/notifications/owe.ts';
import { openSmtpRoute } from '../../src/notifications/transport.ts';
import { clearSetting, putSetting } from '../../src/settings/store.ts';
import type { ToggleId } from '../../src/settings/toggles.ts';
import { startMailServer } from '../../src/trial/mail-server.ts';
import type { MailServer } from '../../src/trial/mail-server.ts';
import { TRIAL_PASSWORD } from '../../src/trial/trial-database.ts';
import { mailOf } from '../mail/fixture.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';

export const DESK = 'support@desk.test';

const CLI: Actor = { is: 'system', name: 'cli' };

/** What became of one delivery. */
export interface Taken {
  readonly id: InboundMessageId;
  readonly status: string;
  readonly verdict: string | null;
  readonly reason: string | null;
  readonly rule: string | null;
  readonly ticketId: TicketId | null;
  readonly duplicateOf: InboundMessageId | null;
}

export interface OwedMail {
  readonly state: string;
  readonly reason: string | null;
  readonly messageId: string;
  readonly recipient: string;
}

/** A whole desk: a database, the trial's mail server, one mailbox on it, and workers as they are asked for. */
export interface Desk {
  readonly url: string;
  readonly db: Db;
  readonly keys: Keys;
  readonly mail: MailServer;
  readonly mailboxId: MailboxId;
  /** A process's worth of a worker; `stop` is what SIGTERM does. */
  startWorker(name?: string): { readonly app: App; stop(): Promise<void> };
  /** Delivers and waits until the desk has decided. */
  take(bytes: Buffer): Promise<Taken>;
  /** The newest delivery, decided, once there are more than `known`. */
  untilTaken(known: number): Promise<Taken>;
  countTaken(): Promise<number>;
  owed(ticketId: TicketId | null): Promise<readonly OwedMail[]>;
  /** The acknowledgement of a ticket as it arrived. */
  acknowledgement(ticketId: TicketId | null): Promise<{ readonly messageId: string; readonly text: string }>;
  /** Everything in an address's INBOX. */
  inbox(address: string): Promise<readonly string[]>;
  /** What the command line would do; a refusal is an error. */
  done<Input, Output>(operation: Operation<Input, Output>, input: unknown, actor?: Actor): Promise<Output>;
  /** Runs with an operator's choice for the whole desk, and takes it back. */
  withToggle<T>(toggle: ToggleId, value: string, run: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface DeskOptions {
  /** In the place of a copy of the test run's. */
  readonly database?: FreshDatabase;
  /** Where it is written to. */
  readonly address?: string;
  /** Another IMAP server than the trial's. */
  readonly imap?: { readonly port: number; readonly password: string };
  readonly historyStart?: 'baseline' | 'beginning';
  /** Whose word about senders the mailbox believes. */
  readonly authservIds?: readonly string[];
  /** Where its pages are for those who get links. */
  readonly publicUrl?: string | null;
  /** Of its workers. */
  readonly log?: Log;
  /** In the place of the system's DNS. */
  readonly resolver?: TxtResolver;
}

/** The product's, but that nobody waits a minute for a second attempt. */
export const TIMING: Timing = {
  attemptWaitsMs: [10, 10, 10],
  uncertainWaitMs: 900_000,
  deadWorkerMs: 60_000,
  leaseMs: 30_000,
};
const DEADLINE_MS = 20_000;

/** Opens a desk; the first worker is the caller's to start. */
export async function openDesk({
  address = DESK,
  database: given,
  imap,
  historyStart = 'beginning',
  resolver,
  authservIds = [],
  publicUrl = 'https://desk.test',
  log = silentLog,
}: DeskOptions = {}): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'deskbell-walk-'));
  const database = given ?? (await freshDatabase(4));
  const { db } = database;
  const mail = await startMailServer({ dataDir: folder, smtpPort: 0, imapPort: 0, log: silentLog });
  const masterKey = randomBytes(32);
  const keys = deriveKeys(masterKey);
  const running = new Set<() => Promise<void>>();
  const mailboxId = await addMailbox(db, keys, mail, address, imap, historyStart, authservIds);

  const desk: Desk = {
    url: database.url,
    db,
    keys,
    mail,
    mailboxId,
    startWorker(name = 'w1') {
      const stopping = new AbortController();
      const app = createApp({
        databaseUrl: database.url,
        masterKey,
        log,
        workerName: name,
        timing: TIMING,
        ...(resolver === undefined ? {} : { resolver }),
      });
      const ended = app.runWorker(stopping.signal, publicUrl);
      const stop = async () => {
        running.delete(stop);
        stopping.abort();
        await ended;
        await app.close();
      };
      running.add(stop);
      return { app, stop };
    },
    async take(bytes) {
      const known = await desk.countTaken();
      await mail.deliver(address, bytes);
      return desk.untilTaken(known);
    },
    untilTaken: (known) =>
      until('the mail is decided about', async () => {
        const rows = await db.sql<Taken[]>`
          select id, status, verdict, reason, rule, ticket_id as "ticketId", duplicate_of as "duplicateOf"
          from inbound_messages order by id`;
        const newest = rows.at(-1);
        return rows.length > known && newest !== undefined && newest.status !== 'received' ? newest : null;
      }),
    async countTaken() {
      const [row] = await db.sql<{ count: number }[]>`select count(*)::int as count from inbound_messages`;
      return row?.count ?? 0;
    },
    owed: (ticketId) => db.sql<OwedMail[]>`
      select state, reason, message_id as "messageId", recipient from notifications
      where ticket_id = ${ticketId} order by id`,
    acknowledgement: (ticketId) =>
      until('the acknowledgement has arrived', async () => {
        const [row] = await desk.owed(ticketId);
        if (row === undefined) return null;
        const found = (await desk.inbox(row.recipient)).find((text) => text.includes(row.messageId));
        return found === undefined ? null : { messageId: row.messageId, text: found };
      }),
    async inbox(address) {
      const account = { host: '127.0.0.1', port: mail.imapPort, security: 'none', user: address } as const;
      const opened = await openImap(
        { ...account, password: TRIAL_PASSWORD, folder: 'INBOX', caPem: null },
        AbortSignal.timeout(DEADLINE_MS),
      );
      if (!opened.ok) throw new Error(opened.error.reason);
      const source = opened.value;
      try {
        const texts: string[] = [];
        for await (const uids of source.uids(1)) {
          texts.push(...(await source.fetch(uids)).map(({ bytes }) => bytes.toString('latin1')));
        }
        return texts;
      } finally {
        await source.close();
      }
    },
    async done(operation, input, actor = CLI) {
      const owe = createOwe(keys);
      const deps = { db, keys, owe, openSource: openImap, openSmtpRoute, clock: systemClock, publicUrl };
      const result = await perform(deps, actor, operation, input);
      if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
      return result.value;
    },
    async withToggle(toggle, value, run) {
      const place = { toggle, layer: 'desk', layerId: 0 } as const;
      await putSetting(db, place, value, 'system:test');
      try {
        return await run();
      } finally {
        await clearSetting(db, place);
      }
    },
    async close() {
      await Promise.all([...running].map((stop) => stop()));
      await mail.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return desk;
}

async function addMailbox(
  db: Db,
  keys: Keys,
  mail: MailServer,
  written: string,
  imap: DeskOptions['imap'],
  historyStart: 'baseline' | 'beginning',
  authservIds: readonly string[],
): Promise<MailboxId> {
  const address = addressOf(written);
  const server = { host: '127.0.0.1', security: 'none', user: null, caPem: null } as const;
  const id = await insertMailbox(db, {
    address,
    displayName: 'The desk',
    status: 'active',
    imap: { ...server, port: imap?.port ?? mail.imapPort },
    imapSecret: keys.box.seal(new Secret(imap?.password ?? TRIAL_PASSWORD), secretPlace(address, 'imap')),
    folder: 'INBOX',
    smtp: { ...server, port: mail.smtpPort },
    smtpSecret: null,
    schedule: '* * * * *',
    settleMark: 'keyword',
    historyStart,
    replyDomain: address.replace(/^.*@/, ''),
    defaultCustomerId: null,
    authservIds,
  });
  if (id === null) throw new Error('the mailbox is there already');
  return id;
}

/** Looks until there is something; throws with the words of what was awaited when there is nothing for too long. */
export async function until<T>(what: string, look: () => Promise<T | null>, withinMs = DEADLINE_MS): Promise<T> {
  for (const deadline = performance.now() + withinMs; performance.now() < deadline;) {
    const found = await look();
    if (found !== null) return found;
    await wait(15);
  }
  throw new Error(`within ${withinMs / 1000} s it has not come about that ${what}`);
}

export function addressOf(text: string): EmailAddress {
  const address = parseAddress(text);
  if (address === null) throw new Error(`not an address: ${text}`);
  return address;
}

let written = 0;

/** A mail of a person, unlike any other; `lines` are further header fields. What answers a mail has no subject of its own. */
export function letter(from: string, lines: readonly string[] = [], body = 'Hello'): Buffer {
  written += 1;
  const messageId = lines.some((line) => /^message-id:/i.test(line))
    ? []
    : [`Message-ID: <m${written}@sender.example>`];
  const subject = lines.some((line) => /^(?:subject|in-reply-to):/i.test(line)) ? [] : [`Subject: Question ${written}`];
  return mailOf([`From: ${from}`, `To: <${DESK}>`, ...subject, ...messageId, ...lines], `${body}\r\n`);
}

/** The server whose word a desk believes that was opened with it. */
export const MX = 'mx.desk.test';

/** The header field in which that server says what DMARC says of a sender's domain. */
export const dmarc = (result: string, domain: string): string =>
  `Authentication-Results: ${MX}; dmarc=${result} (p=REJECT) header.from=${domain}\r\nReceived: from out.example by ${MX}; Sat, 21 Nov 2026 12:00:00 +0000`;

/** A mail whose sender that server says is proven. */
export const proven = (from: string, lines: readonly string[] = [], body = 'Hello'): Buffer =>
  Buffer.concat([Buffer.from(`${dmarc('pass', from.replace(/^.*@|>$/g, ''))}\r\n`), letter(from, lines, body)]);

/** The numbers of customers that a test made by name. */
export async function customerOfTicket(db: Db, ticketId: TicketId | null): Promise<CustomerId | null> {
  const [row] = await db.sql<{ id: CustomerId | null }[]>`select customer_id as id from tickets where id = ${ticketId}`;
  return row?.id ?? null;
}
