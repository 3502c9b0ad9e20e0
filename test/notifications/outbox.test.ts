import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/client.ts';
import type { MailboxId } from '../../src/db/ids.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import type { PlannedNotification } from '../../src/notifications/model.ts';
import type { AttemptOutcome } from '../../src/notifications/outbox-store.ts';
import {
  claimDue,
  finishAttempts,
  markSubmitting,
  reclaimAbandoned,
  reportAlive,
  beginWork,
  requeueUncertain,
} from '../../src/notifications/outbox-store.ts';
import { messageIdHash } from '../../src/mail/message-id.ts';
import { findAliased } from '../../src/notifications/alias-store.ts';
import { pauseRoute } from '../../src/notifications/pause-store.ts';
import { listUnsure, noteLookedFor } from '../../src/notifications/sent-look-store.ts';
import { storeOwed } from '../../src/notifications/store.ts';
import { settingsOf } from '../../src/settings/resolve.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { address, seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

const keys = deriveKeys(Buffer.alloc(32, 7));
const unlimited = settingsOf(
  [
    'automatic_mails_per_ticket',
    'acknowledgements_per_address_hour',
    'acknowledgements_per_address_day',
    'acknowledgements_per_domain_hour',
    'acknowledgements_per_desk_hour',
  ].map((toggle) => ({ toggle, layer: 'desk', layerId: 0, value: '1000000', setBy: 'test', setAt: new Date() })),
);

let database: FreshDatabase;
let mailboxes: readonly [MailboxId, MailboxId];
let template: PlannedNotification;
let count = 0;

beforeAll(async () => {
  database = await freshDatabase();
  const { db } = database;
  mailboxes = [await seedMailbox(db), await seedMailbox(db, 'sales@desk.example')];
  const contactId = await seedContact(db, 'Ana Lima', 'ana@customer.example');
  const { ticketId, eventId, number } = await seedTicket(db, mailboxes[0], contactId);
  template = {
    kind: 'ticket_opened',
    eventId,
    eventKey: Buffer.alloc(0),
    mailboxId: mailboxes[0],
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
    isAutomatic: true,
    view: {
      kind: 'ticket_opened',
      desk: { name: 'Desk', address: 'support@desk.example', timeZone: 'UTC' },
      ticket: { number },
    },
    credential: null,
    inReplyTo: null,
    references: [],
  };
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.db
    .sql`truncate notifications, notification_mime, deliveries, suppressions, budgets, route_pauses, workers cascade`;
});

const owe = (planned: readonly Partial<PlannedNotification>[], settings = unlimited) =>
  inTransaction(database.db, (tx) =>
    storeOwed(
      tx,
      keys,
      settings,
      planned.map((one) => ({ ...template, eventKey: Buffer.from(`mail ${(count += 1)}`), ...one })),
    ),
  );

const me = randomUUID();
const claim = (room: number, token = randomUUID(), by = me) =>
  claimDue(database.db, by, token, new Map(mailboxes.map((id) => [id, room])));

const states = async () => {
  const rows = await database.db.sql<{ state: string; reason: string | null }[]>`
    select state, reason from notifications order by id`;
  return rows.map(({ state }) => state);
};

const outcome = (id: AttemptOutcome['id'], claimToken: string, more: Partial<AttemptOutcome>): AttemptOutcome => ({
  id,
  claimToken,
  state: 'sent',
  reason: null,
  delayMs: 0,
  suppress: false,
  softBounce: null,
  countsAsAttempt: true,
  stage: null,
  code: 250,
  reply: '250 ok',
  ...more,
});

describe('what is owed', () => {
  test('the same event planned twice is one mail', async () => {
    const same = { eventKey: Buffer.from('same') };
    await owe([same]);
    await owe([same]);
    expect(await states()).toEqual(['queued']);
  });

  test('an address may have three acknowledgements in an hour; the fourth is a row with the reason', async () => {
    await owe([{}, {}], settingsOf([]));
    await owe([{}, {}], settingsOf([]));
    expect(await states()).toEqual(['queued', 'queued', 'queued', 'suppressed']);
    const [row] = await database.db.sql<
      { reason: string }[]
    >`select reason from notifications where state = 'suppressed'`;
    expect(row?.reason).toContain('acknowledgements_per_address_hour = 3');
  });

  test('a tag in the address does not make it another one for budgets', async () => {
    await owe(
      ['ana+1@customer.example', 'ana+2@customer.example', 'ana+3@customer.example', 'ana+4@customer.example'].map(
        (to) => ({ recipient: address(to) }),
      ),
      settingsOf([]),
    );
    expect(await states()).toEqual(['queued', 'queued', 'queued', 'suppressed']);
  });

  test('a bucket leaks with time', async () => {
    await owe([{}, {}, {}], settingsOf([]));
    await database.db.sql`update budgets set updated_at = updated_at - interval '25 minutes'`;
    await owe([{}, {}], settingsOf([]));
    expect((await states()).filter((state) => state === 'queued')).toHaveLength(4);
  });

  test('two workers at once do not both take the last of the desk', async () => {
    const limit = settingsOf([
      {
        toggle: 'acknowledgements_per_desk_hour',
        layer: 'desk',
        layerId: 0,
        value: '5',
        setBy: 'test',
        setAt: new Date(),
      },
    ]);
    const people = (letter: string) =>
      Array.from({ length: 4 }, (_, n) => ({ recipient: address(`${letter}${n}@customer.example`) }));
    await Promise.all([owe(people('a'), limit), owe(people('b'), limit)]);
    const all = await states();
    expect(all.filter((state) => state === 'queued')).toHaveLength(5);
    expect(all.filter((state) => state === 'suppressed')).toHaveLength(3);
  });

  test('a person’s answer has no budget', async () => {
    await owe(
      Array.from({ length: 8 }, () => ({ isAutomatic: false, kind: 'agent_replied' as const, lane: 0 as const })),
      settingsOf([]),
    );
    expect(await states()).toEqual(Array.from({ length: 8 }, () => 'queued'));
  });

  test('a suppressed address is not mailed, and the row says so', async () => {
    await database.db.sql`insert into suppressions values ('ana@customer.example', 'bounced: 5.1.1')`;
    await owe([{}]);
    expect(await states()).toEqual(['suppressed']);
  });
});

describe('claiming', () => {
  test('a person’s words go before automatic mail, fresh before late, and each mailbox gets its share', async () => {
    await owe([{ lane: 2 }, { lane: 1 }, { lane: 0 }, { lane: 1 }]);
    await owe([{ mailboxId: mailboxes[1], lane: 1 }]);
    const first = await claim(2);
    const lanes = await database.db.sql<{ lane: number }[]>`
      select lane from notifications where id = any(${first.map(({ id }) => id)}) order by mailbox_id, lane`;
    expect(lanes.map(({ lane }) => lane)).toEqual([0, 1, 1]);
  });

  test('two workers never get the same mail', async () => {
    await owe(Array.from({ length: 20 }, () => ({})));
    const both = await Promise.all([claim(20), claim(20), claim(20)]);
    const ids = both.flat().map(({ id }) => id);
    expect(ids).toHaveLength(20);
    expect(new Set(ids).size).toBe(20);
  });

  test('nothing is claimed for a route in trouble', async () => {
    await owe([{}, { mailboxId: mailboxes[1] }]);
    await pauseRoute(database.db, mailboxes[0], '421 later');
    expect((await claim(5)).map(({ mailboxId }) => mailboxId)).toEqual([mailboxes[1]]);
  });

  test('what falls due later is not claimed', async () => {
    await owe([{}]);
    await database.db.sql`update notifications set next_attempt_at = now() + interval '1 hour'`;
    expect(await claim(5)).toEqual([]);
  });
});

describe('a claim', () => {
  test('that was lost neither submits nor finishes', async () => {
    await owe([{}]);
    const token = randomUUID();
    const [one] = await claim(1, token);
    const id = (one as { id: AttemptOutcome['id'] }).id;
    expect(await markSubmitting(database.db, [{ id, claimToken: randomUUID() }])).toEqual([false]);
    expect(await finishAttempts(database.db, [outcome(id, randomUUID(), {})])).toEqual([false]);
    expect(await markSubmitting(database.db, [{ id, claimToken: token }])).toEqual([true]);
    expect(await finishAttempts(database.db, [outcome(id, token, {})])).toEqual([true]);
    expect(await states()).toEqual(['sent']);
  });

  test('of a dead worker is anybody’s before the content, and uncertain after it', async () => {
    await owe([{}, {}]);
    const token = randomUUID();
    const [first] = await claim(2, token);
    await markSubmitting(database.db, [{ id: (first as { id: AttemptOutcome['id'] }).id, claimToken: token }]);
    expect(await reclaimAbandoned(database.db, 60_000, 900_000)).toEqual({ requeued: 1, uncertain: 1 });
    expect((await states()).toSorted()).toEqual(['queued', 'uncertain']);
    // B-05: each time that nobody knows is in the record, and is looked into anew.
    const deliveries = await database.db.sql`select outcome, reply from deliveries`;
    expect(deliveries).toEqual([
      { outcome: 'uncertain', reply: 'the worker stopped while the server was taking the message' },
    ]);
  });

  test('that died over a second copy is looked for a second time', async () => {
    await owe([{ kind: 'agent_replied', isAutomatic: false, lane: 0 }]);
    const die = async () => {
      const token = randomUUID();
      const [one] = await claim(1, token);
      const id = (one as { id: AttemptOutcome['id'] }).id;
      await markSubmitting(database.db, [{ id, claimToken: token }]);
      await reclaimAbandoned(database.db, 60_000, 0);
      return id;
    };
    const id = await die();
    expect(await listUnsure(database.db, 0)).toHaveLength(1);
    await noteLookedFor(database.db, [id], 'not found');
    expect(await listUnsure(database.db, 0)).toEqual([]);
    expect(await requeueUncertain(database.db, [{ kind: 'agent_replied', resends: 1 }])).toBe(1);
    await die();
    expect(await listUnsure(database.db, 0)).toHaveLength(1);
  });

  test('N-02: does not reach an address that is not mailed any more by then, whatever it waited for', async () => {
    await owe([{}, { kind: 'agent_replied', isAutomatic: false, lane: 0 }, { recipient: address('bo@other.example') }]);
    await database.db.sql`update notifications set state = 'deferred' where kind = 'agent_replied'`;
    await database.db.sql`
      insert into suppressions (address, reason) values ('ana@customer.example', 'complained: abuse')`;
    expect((await claim(10)).map(({ recipient }) => recipient)).toEqual(['bo@other.example']);
    expect(await database.db.sql`select state, reason from notifications order by id`).toEqual([
      { state: 'suppressed', reason: 'the address is not mailed: complained: abuse' },
      { state: 'suppressed', reason: 'the address is not mailed: complained: abuse' },
      { state: 'sending', reason: null },
    ]);
    expect(await database.db.sql`select attempts, claim_token from notifications where state = 'suppressed'`).toEqual([
      { attempts: 0, claim_token: null },
      { attempts: 0, claim_token: null },
    ]);
  });

  test('of a living worker is left alone', async () => {
    await beginWork(database.db, me, 'test');
    await owe([{}]);
    await claim(1);
    expect(await reclaimAbandoned(database.db, 60_000, 900_000)).toEqual({ requeued: 0, uncertain: 0 });
  });

  test('that another server took under a Message-ID of its own is known by that too', async () => {
    await owe([{}]);
    const token = randomUUID();
    const [one] = await claim(1, token);
    const id = (one as { id: AttemptOutcome['id'] }).id;
    const theirs = messageIdHash('<0100018f-000000@email.amazonses.com>');
    await finishAttempts(database.db, [outcome(id, token, { aliasHash: theirs.toString('hex') })]);
    const ticketId = (
      await database.db.sql<{ ticketId: number }[]>`
      select ticket_id as "ticketId" from notifications where id = ${id}`
    )[0]?.ticketId;
    expect(await findAliased(database.db, [theirs])).toEqual([{ hash: theirs.toString('hex'), ticketId }]);
  });

  test('leaves a row of each attempt with the server’s words', async () => {
    await owe([{}]);
    const token = randomUUID();
    const [one] = await claim(1, token);
    await finishAttempts(database.db, [
      outcome((one as { id: AttemptOutcome['id'] }).id, token, {
        state: 'failed',
        reason: 'refused',
        suppress: true,
        code: 550,
        reply: '550 5.1.1 no such user',
      }),
    ]);
    const [row] = await database.db.sql`select outcome, code, reply from deliveries`;
    expect(row).toEqual({ outcome: 'failed', code: 550, reply: '550 5.1.1 no such user' });
    expect(await database.db.sql`select address from suppressions`).toMatchObject([
      { address: 'ana@customer.example' },
    ]);
  });
});

describe('an uncertain mail', () => {
  const makeUncertain = () => database.db.sql`update notifications set state = 'uncertain', next_attempt_at = now()`;
  const policy = [
    { kind: 'ticket_opened', resends: 0 },
    { kind: 'agent_replied', resends: 1 },
  ];

  test('is sent again once when it is a person’s answer, and never when it is automatic', async () => {
    await owe([{}, { kind: 'agent_replied', isAutomatic: false, lane: 0 }]);
    await makeUncertain();
    expect(await requeueUncertain(database.db, policy)).toBe(1);
    expect(await states()).toEqual(['uncertain', 'queued']);
    await makeUncertain();
    expect(await requeueUncertain(database.db, policy)).toBe(0);
  });

  test('rests first', async () => {
    await owe([{ kind: 'agent_replied', isAutomatic: false, lane: 0 }]);
    await makeUncertain();
    await database.db.sql`update notifications set next_attempt_at = now() + interval '10 minutes'`;
    expect(await requeueUncertain(database.db, policy)).toBe(0);
  });
});

describe('a worker’s name', () => {
  test('is the newest one’s: the earlier one learns that it was replaced', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    await beginWork(database.db, first, 'w1');
    expect(await reportAlive(database.db, first, 'w1')).toBe('alive');
    await beginWork(database.db, second, 'w1');
    expect(await reportAlive(database.db, first, 'w1')).toBe('replaced');
    expect(await reportAlive(database.db, second, 'w1')).toBe('alive');
  });

  test('comes back when it was only taken for dead', async () => {
    await beginWork(database.db, me, 'w1');
    await database.db.sql`update workers set seen_at = now() - interval '10 minutes'`;
    await reclaimAbandoned(database.db, 60_000, 900_000);
    expect(await reportAlive(database.db, me, 'w1')).toBe('alive');
  });

  test('nobody is judged dead by a worker that was silent itself', async () => {
    await beginWork(database.db, me, 'w1');
    await owe([{}]);
    await claim(1);
    await database.db.sql`update workers set seen_at = now() - interval '10 minutes'`;
    expect(await reclaimAbandoned(database.db, null, 900_000)).toEqual({ requeued: 0, uncertain: 0 });
  });
});
