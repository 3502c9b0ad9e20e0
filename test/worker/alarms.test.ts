import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MailboxId } from '../../src/db/ids.ts';
import { EVENTS } from '../../src/events/catalogue.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import { silentLog } from '../../src/lib/log.ts';
import { parseAddress } from '../../src/mail/address.ts';
import { putSetting } from '../../src/settings/store.ts';
import { listAlarms, problemOf, raiseAlarms } from '../../src/worker/alarms.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

// FEATURES N-01: operators are told when mail waits too long for a person, and when a mailbox does not work.

const keys = deriveKeys(Buffer.alloc(32, 7));
let database: FreshDatabase;
let mailboxId: MailboxId;
let other: MailboxId;
beforeAll(async () => {
  database = await freshDatabase();
  mailboxId = await seedMailbox(database.db);
  other = await seedMailbox(database.db, 'billing@desk.example');
});
afterAll(() => database.drop());
beforeEach(async () => {
  for (const of of ['events', 'budgets', 'route_pauses', 'mailbox_health', 'mailbox_leases', 'toggle_settings'])
    await database.db.sql.unsafe(`delete from ${of}`);
  await database.db.sql`delete from inbound_messages`;
  await database.db.sql`update ticket_entries set visibility = 'operators'`;
  await wellRead();
});

/** As now, unless the clock has gone on by these minutes. */
const look = (laterMinutes = 0, onError: (event: string, fields: object) => void = () => {}) =>
  raiseAlarms({
    db: database.db,
    keys,
    log: { ...silentLog, error: (event, fields = {}) => onError(event, fields) },
    clock: { now: () => new Date(Date.now() + laterMinutes * 60_000), monotonicMs: () => 0 },
  });

const raised = async () => {
  const rows = await database.db.sql<
    {
      kind: 'held_mail_waits' | 'mailbox_unhealthy';
      payload: { mailboxId: number; waiting?: number; problem?: string };
    }[]
  >`
    select kind, payload from events order by id`;
  for (const { kind, payload } of rows) EVENTS[kind].payload.parse(payload);
  return rows;
};

/** Both mailboxes are watched, and were read a moment ago. */
async function wellRead(): Promise<void> {
  await database.db.sql`
    insert into mailbox_health (mailbox_id, state, changed_at, checked_at) select id, 'watching', now(), now() from mailboxes
    on conflict (mailbox_id) do update set state = 'watching', reason = null, advice = null, checked_at = now()`;
  await database.db.sql`
    insert into mailbox_leases (mailbox_id, epoch, holder, expires_at) select id, 1, 'w1', now() + interval '1 hour' from mailboxes
    on conflict (mailbox_id) do update set expires_at = excluded.expires_at`;
}

/** The mailbox is in trouble, and was read so many minutes ago. */
const unread = (minutes: number, state = 'trouble') => database.db.sql`
  update mailbox_health set state = ${state}, reason = 'The server refuses the password.', advice = 'Give it another.',
    checked_at = now() - ${minutes} * interval '1 minute' where mailbox_id = ${mailboxId}`;

/** So many sends in a row have found that its server takes no mail. */
const unsent = (failures: number, endedMinutes = 0) => database.db.sql`
  insert into route_pauses (mailbox_id, until, failures, reason)
  values (${mailboxId}, now() - ${endedMinutes} * interval '1 minute', ${failures}, '421 4.3.2 not now')
  on conflict (mailbox_id) do update set until = excluded.until, failures = excluded.failures`;

let uids = 0;
const held = (hours: number, of = mailboxId, status = 'held') => database.db.sql`
  with folder as (
    insert into mailbox_folders (mailbox_id, folder, uid_validity, baseline_uid) values (${of}, 'INBOX', ${(uids += 1)}, 1) returning id
  )
  insert into inbound_messages (mailbox_id, folder_id, uid, epoch, content_key, raw_sha256, size_bytes, internal_date, status, reason, received_at, done_at)
  select ${of}, id, 1, 1, sha256(${String(uids)}::text::bytea), '\\x00', 1, now(), ${status}, 'policy', now() - ${hours} * interval '1 hour', now()
  from folder`;

async function airlocked(hours: number): Promise<void> {
  const { db } = database;
  const ana = await seedContact(db, 'Ana Peralta');
  const { ticketId } = await seedTicket(db, mailboxId, ana);
  await db.sql`delete from events`;
  await db.sql`
    insert into ticket_entries (ticket_id, kind, visibility, author, author_name, text, at)
    values (${ticketId}, 'reply', 'operators_until_admitted', 'mail', '', 'x', now() - ${hours} * interval '1 hour')`;
}

describe('mail that waits for a person', () => {
  test('for longer than it should is told once a day for each mailbox, with how much and how old', async () => {
    await held(0.5);
    await look();
    expect(await raised()).toEqual([]);
    await held(3, mailboxId, 'quarantined');
    await airlocked(5);
    await held(2, other);
    await look();
    expect((await raised()).map(({ kind, payload }) => [kind, payload.mailboxId, payload.waiting])).toEqual([
      ['held_mail_waits', mailboxId, 3],
      ['held_mail_waits', other, 1],
    ]);
    await look();
    await held(4);
    await look();
    expect(await raised()).toHaveLength(2);
    await database.db.sql`update budgets set updated_at = now() - interval '25 hours'`;
    await look();
    expect(await raised()).toHaveLength(4);
  });

  test('is told of once, however many workers look at once', async () => {
    await held(3);
    await Promise.all([look(), look(), look(), look()]);
    expect(await raised()).toHaveLength(1);
  });

  test('is told of as its mailbox says, or never', async () => {
    await putSetting(
      database.db,
      { toggle: 'held_alarm_hours', layer: 'mailbox', layerId: mailboxId },
      '0',
      'system:test',
    );
    await putSetting(database.db, { toggle: 'held_alarm_hours', layer: 'desk', layerId: 0 }, '5', 'system:test');
    await held(100);
    await held(4, other);
    await look();
    expect(await raised()).toEqual([]);
    await look(70);
    expect((await raised()).map(({ payload }) => payload.mailboxId)).toEqual([other]);
  });
});

describe('what fails at one mailbox', () => {
  const refuse = (of: MailboxId) =>
    database.db.sql.unsafe(
      `alter table events add constraint broken check (coalesce((payload ->> 'mailboxId')::bigint, 0) <> ${of})`,
    );
  afterEach(() => database.db.sql`alter table events drop constraint if exists broken`);

  test('is logged, and the others are told of', async () => {
    await held(3);
    await held(3, other);
    await database.db.sql`update mailbox_health set state = 'trouble', checked_at = now() - interval '20 minutes'`;
    await refuse(mailboxId);
    const errors: unknown[] = [];
    await look(0, (event, fields) => errors.push([event, 'mailboxId' in fields && fields.mailboxId]));
    expect((await raised()).map(({ kind, payload }) => [kind, payload.mailboxId])).toEqual([
      ['held_mail_waits', other],
      ['mailbox_unhealthy', other],
    ]);
    expect(errors).toEqual([
      ['alarm.failed', mailboxId],
      ['alarm.failed', mailboxId],
    ]);
    await database.db.sql`alter table events drop constraint broken`;
    await look();
    expect((await raised()).slice(2).map(({ payload }) => payload.mailboxId)).toEqual([mailboxId, mailboxId]);
  });
});

describe('a mailbox', () => {
  test.each<[string, () => Promise<unknown>, string[]]>([
    ['that is watched is well, however rarely it is asked', () => unread(600, 'watching'), []],
    ['that has not been read for a while is not worth a mail yet', () => unread(10), []],
    [
      'that has not been read for too long is',
      () => unread(20),
      ['Its mail is not read. The server refuses the password. Give it another.'],
    ],
    [
      'that nobody reads is',
      async () => {
        await unread(20, 'watching');
        await database.db
          .sql`update mailbox_leases set expires_at = now() - interval '20 minutes' where mailbox_id = ${mailboxId}`;
      },
      ['Its mail is not read: no worker reads it.'],
    ],
    [
      'that is paused is as somebody wants it',
      async () => {
        await unread(20);
        await database.db.sql`update mailboxes set status = 'paused' where id = ${mailboxId}`;
      },
      [],
    ],
    ['whose server takes no mail for minutes is not worth one', () => unsent(4), []],
    [
      'whose server takes no mail for too long is',
      () => unsent(9),
      ['Its mail server takes no mail. 421 4.3.2 not now'],
    ],
    ['whose server was in trouble long ago, and was not tried since, is well', () => unsent(9, 20), []],
  ])('%s', async (_, happens, problems) => {
    await happens();
    await look();
    await database.db.sql`update mailboxes set status = 'active'`;
    expect((await raised()).map(({ payload }) => payload.problem)).toEqual(problems);
  });

  test('is told of once for each trouble, and again after it was well in between', async () => {
    await unread(20);
    await unsent(9);
    await Promise.all([look(), look()]);
    await look(120);
    expect(await raised()).toHaveLength(2);
    expect((await listAlarms(database.db)).map(({ mailboxId: of }) => of)).toEqual([mailboxId, mailboxId]);
    // It flaps: the connection stands for a moment, and nothing is read.
    await unread(25, 'watching');
    await look();
    await unread(30);
    await look();
    expect(await raised()).toHaveLength(2);
    await wellRead();
    await database.db.sql`delete from route_pauses`;
    await look();
    expect(await listAlarms(database.db)).toEqual([]);
    expect(await raised()).toHaveLength(2);
    await unsent(9);
    await database.db.sql`update budgets set updated_at = now() - interval '1 hour'`;
    await unread(20);
    await look();
    expect(await raised()).toHaveLength(4);
  });

  test('is told of as its toggle says', async () => {
    await putSetting(
      database.db,
      { toggle: 'mailbox_alarm_minutes', layer: 'mailbox', layerId: mailboxId },
      '0',
      'system:test',
    );
    await unread(20);
    await look();
    expect(await raised()).toEqual([]);
  });

  test('is told of in words that name nobody to whom it wrote', () => {
    const address = parseAddress('support@desk.example');
    if (address === null) throw new Error('no address');
    const reason = '451 <ana@lantern.example>: not for Support@desk.example';
    expect(problemOf({ part: 'sending', reason, address })).toBe(
      'Its mail server takes no mail. 451 <(an address)>: not for Support@desk.example',
    );
    expect(problemOf({ part: 'reading', reason: '', address })).toBe(
      'Its mail is not read: there is no connection to the server.',
    );
    expect(problemOf({ part: 'sending', reason: 'x'.repeat(10_000), address }).length).toBeLessThan(2000);
  });
});
