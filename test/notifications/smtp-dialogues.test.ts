import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/client.ts';
import type { MailboxId } from '../../src/db/ids.ts';
import { noCheckpoint } from '../../src/lib/checkpoint.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Deliverer } from '../../src/notifications/deliver.ts';
import { createDeliverer } from '../../src/notifications/deliver.ts';
import type { PlannedNotification } from '../../src/notifications/model.ts';
import { requeueUncertain } from '../../src/notifications/outbox-store.ts';
import { NOTIFICATION_RULES } from '../../src/notifications/rules.ts';
import { SMTP_TIMEOUTS } from '../../src/notifications/smtp-client.ts';
import { storeOwed } from '../../src/notifications/store.ts';
import { loadTemplates } from '../../src/notifications/templates.ts';
import { openSmtpRoute } from '../../src/notifications/transport.ts';
import type { SmtpRoute } from '../../src/notifications/transport-model.ts';
import { settingsOf } from '../../src/settings/resolve.ts';
import type { TestCertificate } from '../support/certificate.ts';
import { createTestCertificate } from '../support/certificate.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import type { ScriptedSmtp } from '../support/scripted-smtp.ts';
import { startScriptedSmtp } from '../support/scripted-smtp.ts';
import { address, seedContact, seedMailbox, seedTicket } from '../support/seed.ts';
import type { Certificate, Dialogue } from './smtp-dialogues.ts';
import { DIALOGUES } from './smtp-dialogues.ts';

// RELIABILITY G28, SM1 to SM4, SM7; FEATURES B-05, N-05.
const keys = deriveKeys(Buffer.alloc(32, 7));
const LOGIN = { user: 'support@desk.example', password: 'kept secret' };
const KINDS = ['ticket_opened', 'agent_replied'] as const;
type Kind = (typeof KINDS)[number];

let database: FreshDatabase;
let mailboxId: MailboxId;
let plannedOf: (kind: Kind) => PlannedNotification;
let deliverer: Deliverer;
let certificates: Readonly<Record<Certificate, TestCertificate>>;
beforeAll(async () => {
  database = await freshDatabase();
  const { db } = database;
  mailboxId = await seedMailbox(db);
  const contactId = await seedContact(db, 'Ana Lima', 'ana@customer.example');
  const { ticketId, eventId, number } = await seedTicket(db, mailboxId, contactId);
  const desk = { name: 'Desk', address: 'support@desk.example', timeZone: 'UTC' };
  const entry = { authorName: 'Jonas', text: 'Hold the button. '.repeat(40), at: '2026-03-02T08:00:00Z' };
  const ticket = { number, subject: 'The lamp' };
  plannedOf = (kind) => ({
    kind,
    eventId,
    eventKey: Buffer.from(randomUUID()),
    mailboxId,
    replyDomain: 'desk.example',
    ticketId,
    contactId,
    recipient: address('ana@customer.example'),
    recipientName: 'Ana Lima',
    because: 'requester of the ticket',
    locale: 'en',
    refusal: null,
    limitedBy: null,
    lane: 1,
    isAutomatic: kind === 'ticket_opened',
    view:
      kind === 'ticket_opened'
        ? { kind, desk, ticket: { number } }
        : { kind, desk, ticket, recipient: { name: 'Ana Lima' }, entry },
    credential: null,
    inReplyTo: null,
    references: [],
  });
  deliverer = createDeliverer({
    db,
    keys,
    publicUrl: null,
    log: silentLog,
    templates: loadTemplates(),
    clock: systemClock,
    checkpoint: noCheckpoint,
    instance: randomUUID(),
    uncertainWaitMs: 0,
  });
  const [good, expired, another] = await Promise.all([
    createTestCertificate(),
    createTestCertificate(0),
    createTestCertificate(2, 'DNS:elsewhere.example'),
  ]);
  if (good === null || expired === null || another === null) throw new Error('openssl is not installed');
  certificates = { good, unknown: good, expired, 'another name': another };
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.db.sql`
    truncate notifications, notification_mime, deliveries, suppressions, budgets, route_pauses, workers cascade`;
});

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startServer(dialogue: Dialogue): Promise<ScriptedSmtp> {
  const { tls, login, answers, cutContentAfter } = dialogue;
  const certificate = tls === undefined ? null : certificates[tls.certificate];
  const smtp = await startScriptedSmtp({
    keepBytes: true,
    script: {
      answer: ({ moment }) => answers[moment] ?? null,
      ...(cutContentAfter === undefined ? {} : { cutContentAfter: () => cutContentAfter }),
    },
    ...(login === undefined
      ? {}
      : { login: login === 'right' ? LOGIN : { user: LOGIN.user, password: 'another one' } }),
    ...(tls === undefined || certificate === null ? {} : { tls: { ...certificate, mode: tls.mode } }),
  });
  closers.push(() => smtp.stop());
  return smtp;
}

function openRoute({ port }: ScriptedSmtp, dialogue: Dialogue): SmtpRoute {
  const { security = 'none', login, tls, timeouts } = dialogue;
  const route = openSmtpRoute(
    {
      host: 'localhost',
      port,
      security,
      login: login === undefined ? null : LOGIN,
      caPem: tls === undefined || tls.certificate === 'unknown' ? null : certificates[tls.certificate].caPem,
      ehloName: 'desk.example',
    },
    { timeouts: { ...SMTP_TIMEOUTS, resetMs: 200, closeMs: 200, ...timeouts } },
  );
  closers.push(() => route.close());
  return route;
}

async function attempt(smtp: SmtpRoute): Promise<number> {
  const route = {
    mailboxId,
    address: address('support@desk.example'),
    displayName: 'Desk',
    replyTo: () => null,
    unsubscribe: () => [],
    aliasOf: () => null,
    smtp,
  };
  const sending = await deliverer.deliverDue(
    new Map([[mailboxId, { route, room: 10, perMinute: 0 }]]),
    AbortSignal.timeout(20_000),
  );
  await Promise.all(sending.map(({ done }) => done));
  return sending.length;
}

/** All the time that a mail may wait has passed, and what its kind's policy says of it is done. */
async function letTimePass(): Promise<void> {
  const { db } = database;
  await db.sql`delete from route_pauses`;
  await requeueUncertain(
    db,
    NOTIFICATION_RULES.map(({ kind, resendsWhenUncertain: resends }) => ({ kind, resends })),
  );
  await db.sql`update notifications set next_attempt_at = now() where state in ('queued', 'deferred')`;
}

const owe = (kind: Kind) => inTransaction(database.db, (tx) => storeOwed(tx, keys, settingsOf([]), [plannedOf(kind)]));

const stateNow = async () => (await database.db.sql<{ state: string }[]>`select state from notifications`)[0]?.state;

describe.each(KINDS)('%s', (kind) => {
  test.each(
    DIALOGUES.map((dialogue) => ({
      ...dialogue,
      says: `${dialogue.name}: ${dialogue.state}, route ${dialogue.route}, ${dialogue.taken} at the server`,
      dialogue,
    })),
  )('$says', async ({ dialogue, state, route, taken, isSuppressed = false }) => {
    const smtp = await startServer(dialogue);
    await owe(kind);
    expect(await attempt(openRoute(smtp, dialogue))).toBe(1);

    const [pause] = await database.db.sql<{ reason: string }[]>`select reason from route_pauses`;
    const [tried] = await database.db.sql<{ outcome: string; reply: string }[]>`select outcome, reply from deliveries`;
    expect({ state: await stateNow(), route: pause === undefined ? 'open' : 'paused' }, tried?.reply).toEqual({
      state,
      route,
    });
    expect(tried?.outcome).toBe(state);
    expect(smtp.accepted).toHaveLength(taken);
    expect(await database.db.sql`select 1 from suppressions`).toHaveLength(isSuppressed ? 1 : 0);
    // Nothing of the mail, nor the password, goes to a server that we did not come to trust.
    if (state !== 'sent' && dialogue.security !== undefined) expect(smtp.received).toHaveLength(0);

    // The server is mended, and all that is to be tried again is: automatic mail never twice, an answer at most twice.
    smtp.play({});
    const mended: Dialogue = { ...dialogue, timeouts: {} };
    const again = openRoute(smtp, mended);
    for (let round = 0; round < 3; round += 1) {
      await letTimePass();
      await attempt(again);
    }
    const copies = [...smtp.copies().values()];
    expect(copies.length).toBeLessThanOrEqual(1);
    expect(copies[0] ?? 0).toBeLessThanOrEqual(kind === 'agent_replied' ? 2 : 1);
    const bytes = smtp.accepted.map((mail) => mail.bytes?.toString('latin1'));
    expect(new Set(bytes).size).toBeLessThanOrEqual(1);
    const end = await stateNow();
    if (end === 'sent') expect(copies[0]).toBeGreaterThanOrEqual(1);
    if (state === 'uncertain') expect(end).toBe(kind === 'agent_replied' ? 'sent' : 'uncertain');
  });
});

test('there are sixty dialogues and more', () => {
  expect(DIALOGUES.length).toBeGreaterThanOrEqual(60);
  expect(new Set(DIALOGUES.map(({ name }) => name)).size).toBe(DIALOGUES.length);
});
