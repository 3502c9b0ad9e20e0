import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/client.ts';
import type { ContactId, EventId, MailboxId, TicketId } from '../../src/db/ids.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import { erasePerson } from '../../src/erasure/erase.ts';
import { silentLog } from '../../src/lib/log.ts';
import { raiseBreakers } from '../../src/notifications/breaker.ts';
import { tellFolded } from '../../src/notifications/digests.ts';
import { foldOf } from '../../src/notifications/folds.ts';
import { MAIL_KINDS } from '../../src/notifications/mail-kinds.ts';
import type { PlannedNotification } from '../../src/notifications/model.ts';
import { renderMail } from '../../src/notifications/render.ts';
import { NOTIFICATION_RULES } from '../../src/notifications/rules.ts';
import { storeOwed } from '../../src/notifications/store.ts';
import { loadTemplates } from '../../src/notifications/templates.ts';
import { getMailView } from '../../src/notifications/views.ts';
import type { NotificationKind } from '../../src/notifications/views.ts';
import { settingsOf } from '../../src/settings/resolve.ts';
import { putSetting } from '../../src/settings/store.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { address, seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

// FEATURES N-06, B-06: bursts fold into one digest for each reader; urgent kinds bypass; nothing is dropped.
const keys = deriveKeys(Buffer.alloc(32, 7));
const ANA = 'ana@customer.example';
const BO = 'bo@customer.example';

let database: FreshDatabase;
let mailboxId: MailboxId;
let ana: ContactId;
let tickets: readonly { readonly ticketId: TicketId; readonly number: number }[];

beforeAll(async () => {
  database = await freshDatabase();
  const { db } = database;
  mailboxId = await seedMailbox(db);
  ana = await seedContact(db, 'Ana Lima', ANA);
  const bo = await seedContact(db, 'Bo Berg', BO);
  tickets = [
    await seedTicket(db, mailboxId, bo),
    await seedTicket(db, mailboxId, bo),
    await seedTicket(db, mailboxId, ana),
  ];
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.db.sql`
    truncate notifications, notification_mime, deliveries, suppressions, budgets, mutes, toggle_settings cascade`;
  await database.db.sql`update contacts set status = 'active'`;
});

interface Happened {
  readonly kind?: NotificationKind;
  readonly to?: string;
  readonly ticket?: 0 | 1 | 2;
  readonly text?: string;
  readonly credential?: 'link' | null;
}

/** What an event owes to one reader, stored as the desk does it. */
async function happens({
  kind = 'contact_replied',
  to = ANA,
  ticket = 0,
  text = 'Hello',
  credential = null,
}: Happened): Promise<EventId> {
  const { db } = database;
  const { ticketId, number } = tickets[ticket] as (typeof tickets)[number];
  const [event] = await db.sql<{ id: EventId }[]>`
    insert into events (kind, actor, ticket_id) values ('contact_replied', 'system', ${ticketId}) returning id`;
  const { id: eventId } = event as { id: EventId };
  const { example } = MAIL_KINDS[kind];
  const about = 'ticket' in example ? { ticket: { ...example.ticket, number } } : {};
  const said = 'entry' in example ? { entry: { ...example.entry, text } } : {};
  const planned: PlannedNotification = {
    kind,
    eventId,
    eventKey: Buffer.from(`event ${eventId}`),
    mailboxId,
    replyDomain: 'desk.example',
    ticketId,
    contactId: to === ANA ? ana : null,
    recipient: address(to),
    recipientName: 'Ana Lima',
    because: 'watcher of the ticket',
    locale: 'de',
    refusal: null,
    limitedBy: null,
    lane: 1,
    isAutomatic: kind !== 'agent_replied',
    view: { ...example, ...about, ...said } as never,
    credential,
    inReplyTo: null,
    references: [],
  };
  const settings = settingsOf(
    (await db.sql`select toggle, layer, layer_id as "layerId", value, set_by as "setBy" from toggle_settings`) as never,
  );
  await inTransaction(db, (tx) => storeOwed(tx, keys, settings, [planned]));
  return eventId;
}

const repeat = async (count: number, of: Happened) => {
  for (let n = 0; n < count; n += 1) await happens({ ...of, text: `words ${n}` });
};

/** So much later, as everything that is counted sees it. */
async function passMinutes(minutes: number): Promise<void> {
  await database.db.sql`update notifications set created_at = created_at - ${minutes} * interval '1 minute'`;
  await database.db.sql`update budgets set updated_at = updated_at - ${minutes} * interval '1 minute'`;
}

const sweep = () => tellFolded(database.db, keys, silentLog, new AbortController().signal);

interface Row {
  readonly id: number;
  readonly kind: NotificationKind;
  readonly state: string;
  readonly reason: string | null;
  readonly foldedInto: number | null;
  readonly ticketId: TicketId | null;
  readonly recipient: string;
  readonly eventId: EventId;
  readonly locale: string;
  readonly view: unknown;
  readonly ageMinutes: number;
}

const rows = () => database.db.sql<Row[]>`
  select id, kind, state, reason, folded_into as "foldedInto", ticket_id as "ticketId", recipient, event_id as "eventId",
    locale, view, extract(epoch from now() - created_at)::float8 / 60 as "ageMinutes" from notifications order by id`;
const states = async () => (await rows()).map(({ state }) => state);
const digests = async () => (await rows()).filter(({ kind }) => kind === 'digest' || kind === 'staff_digest');
const itemsOf = ({ view }: Row) => {
  const read = getMailView(view);
  return 'items' in read ? read.items : [];
};

const choose = (toggle: string, value: string) =>
  putSetting(database.db, { toggle, layer: 'desk', layerId: 0 }, value, 'system:test');

test('what the rules call urgent never waits, receipts among it; customers and staff have digests of their own', () => {
  const staffs = (kind: (typeof NOTIFICATION_RULES)[number]['kind']) => MAIL_KINDS[kind].audience === 'staff';
  for (const { kind, urgency } of NOTIFICATION_RULES) {
    const fold = foldOf(kind);
    expect([kind, fold === null]).toEqual([kind, urgency === 'urgent']);
    if (fold !== null) expect([kind, fold.digest]).toEqual([kind, staffs(kind) ? 'staff_digest' : 'digest']);
  }
  expect(foldOf('ticket_opened')).toBeNull();
  expect(foldOf('late_receipt')).toBeNull();
});

describe('a burst', () => {
  test('ten notices in ten minutes go by themselves, over all tickets; more wait, and say why', async () => {
    for (let n = 0; n < 12; n += 1) await happens({ ticket: (n % 3) as 0 });
    expect(await states()).toEqual([...Array<string>(10).fill('queued'), 'folded', 'folded']);
    expect((await rows()).at(-1)?.reason).toContain('notices_per_person = 10');
  });

  test('of one ticket ten in ten minutes, whoever they go to', async () => {
    await choose('notices_per_person', '100');
    await repeat(8, {});
    await repeat(4, { to: BO });
    expect(await states()).toEqual([...Array<string>(10).fill('queued'), 'folded', 'folded']);
    expect((await rows()).at(-1)?.reason).toContain('automatic_mails_per_ticket = 10');
  });

  test("a person's words and links never wait", async () => {
    await choose('notices_per_person', '0');
    await happens({ kind: 'agent_replied' });
    await happens({ kind: 'password_link' });
    await happens({ kind: 'ticket_opened' });
    expect(await states()).toEqual(['queued', 'queued', 'queued']);
  });

  test('what waited is told in one mail after ten minutes, in the order in which it happened', async () => {
    await choose('notices_per_person', '0');
    await happens({ ticket: 0, text: 'first' });
    await happens({ kind: 'ticket_resolved', ticket: 1 });
    await happens({ ticket: 2, text: 'x'.repeat(600) });
    expect(await sweep()).toEqual({ digests: 0, unfolded: 0, refused: 0 });
    await passMinutes(10);
    expect(await sweep()).toEqual({ digests: 1, unfolded: 0, refused: 0 });
    const [digest] = await digests();
    expect(digest).toMatchObject({ kind: 'digest', state: 'queued', recipient: ANA, locale: 'de', ticketId: null });
    const items = itemsOf(digest as Row);
    expect(items.map(({ kind, text }) => [kind, text?.length ?? 0])).toEqual([
      ['contact_replied', 5],
      ['ticket_resolved', 0],
      ['contact_replied', 500],
    ]);
    expect((await rows()).map(({ foldedInto }) => foldedInto).filter((id) => id === digest?.id)).toHaveLength(3);
    expect(renderMail(loadTemplates(), getMailView(digest?.view), 'de').text).not.toBe('');
    expect(await sweep()).toEqual({ digests: 0, unfolded: 0, refused: 0 });
  });

  test('a digest of one ticket is about that ticket, so that an answer to it joins', async () => {
    await choose('notices_per_person', '0');
    await repeat(2, { ticket: 1 });
    await passMinutes(10);
    await sweep();
    expect((await digests()).map(({ ticketId }) => ticketId)).toEqual([tickets[1]?.ticketId]);
  });

  test('fifty that wait are told at once; more are the next digest', async () => {
    await choose('notices_per_person', '0');
    await repeat(53, {});
    await sweep();
    expect((await digests()).map((digest) => itemsOf(digest).length)).toEqual([50]);
    await passMinutes(10);
    await sweep();
    expect((await digests()).map((digest) => itemsOf(digest).length)).toEqual([50, 3]);
  });

  test('what waited alone goes by itself: it is calm again', async () => {
    await choose('notices_per_person', '0');
    await happens({});
    await passMinutes(10);
    expect(await sweep()).toEqual({ digests: 0, unfolded: 1, refused: 0 });
    expect(await rows()).toMatchObject([{ state: 'queued', reason: null, foldedInto: null }]);
  });

  test('nothing overtakes what waits', async () => {
    await repeat(11, {});
    await passMinutes(5);
    await happens({ ticket: 2, text: 'later' });
    expect((await states()).slice(-2)).toEqual(['folded', 'folded']);
    await happens({ to: BO });
    expect((await states()).at(-1)).toBe('queued');
  });

  test('two workers at once tell it once', async () => {
    await choose('notices_per_person', '0');
    await repeat(60, {});
    await passMinutes(10);
    const told = await Promise.all([sweep(), sweep(), sweep()]);
    expect(told.reduce((sum, { digests: count }) => sum + count, 0)).toBe(2);
    expect((await digests()).map((digest) => itemsOf(digest).length)).toEqual([50, 10]);
  });

  test('the staff are told in a digest of their own, and alarms in another', async () => {
    await choose('notices_per_person', '0');
    await choose('alarms_per_hour', '0');
    const olga = 'olga@desk.example';
    await repeat(2, { kind: 'staff_note_added', to: olga });
    await repeat(2, { kind: 'flood_began', to: olga });
    await passMinutes(10);
    await sweep();
    expect((await digests()).map((digest) => itemsOf(digest).map(({ kind }) => kind))).toEqual([
      ['staff_note_added', 'staff_note_added'],
    ]);
    await passMinutes(50);
    await sweep();
    expect((await digests()).map(({ kind }) => kind)).toEqual(['staff_digest', 'staff_digest']);
  });

  test('four alarms in an hour, and the rest of them together when it is over (RELIABILITY G10)', async () => {
    const olga = 'olga@desk.example';
    for (let minute = 0; minute < 60; minute += 1) {
      await happens({ kind: 'flood_began', to: olga });
      await sweep();
      await passMinutes(1);
    }
    expect((await states()).filter((state) => state === 'queued')).toHaveLength(4);
    await passMinutes(60);
    await sweep();
    expect((await digests()).map((digest) => itemsOf(digest).length)).toEqual([50, 6]);
  });
});

test.each<[string, () => Promise<unknown>, string, RegExp]>([
  ['was deleted', () => database.db.sql`update contacts set status = 'deleted' where id = ${ana}`, ANA, /deleted/],
  [
    'was deactivated',
    () => database.db.sql`update contacts set status = 'deactivated' where id = ${ana}`,
    ANA,
    /active/,
  ],
  [
    'is mailed no more',
    () => database.db.sql`insert into suppressions (address, reason) values (${ANA}, 'bounced: 5.1.1')`,
    ANA,
    /not mailed: bounced/,
  ],
  [
    'muted the ticket',
    () =>
      database.db
        .sql`insert into mutes (contact_id, ticket_id, source) values (${ana}, ${tickets[0]?.ticketId ?? 0}, 'page')`,
    ANA,
    /muted/,
  ],
  [
    'muted a ticket that has become part of this one',
    async () => {
      const { ticketId } = await seedTicket(database.db, mailboxId, ana);
      await database.db.sql`
        update tickets set merged_into_id = ${tickets[0]?.ticketId ?? 0}, status = 'closed', closed_at = now()
        where id = ${ticketId}`;
      await database.db.sql`insert into mutes (contact_id, ticket_id, source) values (${ana}, ${ticketId}, 'page')`;
    },
    ANA,
    /muted/,
  ],
  [
    'muted the ticket from an address that has become theirs',
    async () => {
      await database.db.sql`
        insert into contact_addresses (address, contact_id, is_primary) values ('lima@home.example', ${ana}, false)
        on conflict do nothing`;
      await database.db.sql`
        insert into mutes (address, ticket_id, source) values ('lima@home.example', ${tickets[0]?.ticketId ?? 0}, 'mail')`;
    },
    ANA,
    /muted/,
  ],
  [
    'muted all but their own',
    () => database.db.sql`insert into mutes (contact_id, source) values (${ana}, 'page')`,
    ANA,
    /muted/,
  ],
  [
    'is an operator no more',
    () => database.db.sql`
      insert into operators (address, name, role, disabled_at) values ('olga@desk.example', 'Olga', 'agent', now())`,
    'olga@desk.example',
    /no operator/,
  ],
])('whoever %s meanwhile is not told, and the rows say why', async (_, meanwhile, to, why) => {
  await choose('notices_per_person', '0');
  await repeat(2, { to, kind: to === ANA ? 'contact_replied' : 'staff_note_added' });
  await meanwhile();
  await passMinutes(10);
  expect(await sweep()).toEqual({ digests: 0, unfolded: 0, refused: 2 });
  expect(await rows()).toMatchObject([
    { state: 'suppressed', reason: expect.stringMatching(why) },
    { state: 'suppressed', reason: expect.stringMatching(why) },
  ]);
});

describe('readers who cannot be told', () => {
  const PATIENCE_MINUTES = 6;
  /** So many, who wait the longest; nothing can be written for them while the table refuses it. */
  async function broken(count: number): Promise<void> {
    await choose('notices_per_person', '0');
    await happens({ to: 'broken0@customer.example' });
    await database.db.sql`
      insert into notifications (public_id, message_id, kind, lane, mailbox_id, ticket_id, event_id, recipient,
        recipient_name, because, state, reason, view, "references")
      select gen_random_uuid(), 'copy ' || i, kind, lane, mailbox_id, ticket_id, event_id, 'broken' || i || '@customer.example',
        recipient_name, because, state, reason, view, "references"
      from notifications, generate_series(1, ${count - 1}) as i`;
    await database.db.sql`
      alter table notifications add constraint broken check (recipient not like 'broken%' or state = 'folded')`;
  }
  const mend = () => database.db.sql`alter table notifications drop constraint if exists broken`;
  afterEach(mend);
  const waiting = async () => (await rows()).filter(({ state }) => state === 'folded').length;
  /** As set aside long ago, or by a clock that was that far ahead. */
  const shift = (minutes: number) =>
    database.db.sql`update notifications set next_attempt_at = next_attempt_at + ${minutes} * interval '1 minute'`;

  test('are in nobody’s way, however many they are, and are told when they can be', async () => {
    await broken(230);
    await happens({ to: BO });
    await passMinutes(11);
    expect(await sweep()).toEqual({ digests: 0, unfolded: 1, refused: 0 });
    expect(await waiting()).toBe(230);
    await mend();
    expect(await sweep()).toMatchObject({ unfolded: 0 });
    await shift(-PATIENCE_MINUTES);
    expect(await sweep()).toMatchObject({ unfolded: 230 });
  });

  test('are set aside no longer than that by a clock that was ahead', async () => {
    await broken(1);
    await passMinutes(11);
    await sweep();
    await mend();
    await shift(365 * 24 * 60);
    expect(await sweep()).toMatchObject({ unfolded: 1 });
  });
});

test('what happened while the clock was a year ahead is told when it is right again', async () => {
  await choose('notices_per_person', '0');
  await repeat(2, {});
  await passMinutes(-365 * 24 * 60);
  expect(await sweep()).toMatchObject({ digests: 1 });
  await happens({ to: BO });
  await passMinutes(-9);
  expect(await sweep()).toMatchObject({ digests: 0, unfolded: 0 });
});

test('who muted all but their own tickets is told of their own', async () => {
  await choose('notices_per_person', '0');
  await repeat(2, { ticket: 2 });
  await database.db.sql`insert into mutes (contact_id, source) values (${ana}, 'page')`;
  await passMinutes(10);
  expect(await sweep()).toEqual({ digests: 1, unfolded: 0, refused: 0 });
});

test.each([
  ['acknowledgements_per_desk_hour', 'ticket_opened', null, ['queued', 'suppressed']],
  ['invitations_per_desk_hour', 'contact_welcomed', 'link', ['queued', 'queued']],
] as const)(
  'D13: a desk whose %s are used up says so to operators, once in an hour',
  async (toggle, kind, credential, become) => {
    await choose(toggle, '1');
    for (const to of [ANA, BO]) await happens({ kind, credential, to });
    expect(await states()).toEqual(become);
    expect([await raiseBreakers(database.db, keys), await raiseBreakers(database.db, keys)]).toEqual([1, 0]);
    const [event] = await database.db
      .sql`select payload from events where kind = 'breaker_opened' order by id desc limit 1`;
    expect(event).toEqual({ payload: { mailboxId, toggle, limit: 1 } });
    await happens({ kind, credential, to: 'cleo@other.example' });
    expect(await raiseBreakers(database.db, keys)).toBe(0);
  },
);

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('event' as const),
      to: fc.constantFrom(ANA, BO),
      ticket: fc.constantFrom(0 as const, 1 as const, 2 as const),
      times: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('mute' as const) }) },
);

test('whatever happens and however the clock steps, each event is told once, in order, in time, or says why not', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 10 }), async (steps) => {
      await database.db.sql`truncate notifications, notification_mime, deliveries, budgets, mutes cascade`;
      const happened: EventId[] = [];
      for (const one of steps) {
        if (one.do === 'mute') {
          await database.db.sql`
            insert into mutes (contact_id, ticket_id, source) values (${ana}, ${tickets[0]?.ticketId ?? 0}, 'page') on conflict do nothing`;
        }
        for (let n = 0; one.do === 'event' && n < one.times; n += 1) happened.push(await happens(one));
        // A worker sweeps far more often than once a minute.
        for (let minute = 0; one.do === 'pass' && minute < one.minutes; minute += 1) {
          await passMinutes(1);
          await sweep();
        }
        const late = (await rows()).filter(
          ({ state, foldedInto, ageMinutes }) => state === 'folded' && foldedInto === null && ageMinutes > 11,
        );
        expect(late).toEqual([]);
      }
      await passMinutes(10);
      await sweep();
      const all = await rows();
      const events = all.filter(({ kind }) => kind !== 'digest');
      expect(events.map(({ eventId }) => eventId)).toEqual(happened);
      const own = events.filter(({ state }) => state === 'queued');
      const listed = events.filter(({ state, foldedInto }) => state === 'folded' && foldedInto !== null);
      const refused = events.filter(({ state, reason }) => state === 'suppressed' && reason !== null);
      expect(own.length + listed.length + refused.length).toBe(happened.length);
      const sent = all.filter(({ kind }) => kind === 'digest');
      expect(sent.reduce((sum, digest) => sum + itemsOf(digest).length, 0)).toBe(listed.length);
      for (const digest of sent) {
        const numbers = listed.filter(({ foldedInto }) => foldedInto === digest.id);
        expect(numbers).toHaveLength(itemsOf(digest).length);
      }
      for (const to of [ANA, BO]) {
        const inDigests = sent
          .filter(({ recipient }) => recipient === to)
          .flatMap((digest) =>
            listed.filter(({ foldedInto }) => foldedInto === digest.id).map(({ eventId }) => eventId),
          );
        expect(inDigests).toEqual(inDigests.toSorted((a, b) => a - b));
      }
    }),
    { numRuns: 12 },
  );
});

test('P-07: whoever is deleted is in no digest to others, and what waited for them is cancelled', async () => {
  await choose('notices_per_person', '0');
  const { db } = database;
  const eve = await seedContact(db, 'Eve Winter', 'eve@winter.example');
  const { ticketId } = await seedTicket(db, mailboxId, eve);
  await repeat(2, { to: BO, text: 'Eve Winter (eve@winter.example) says hello' });
  await db.sql`update notifications set ticket_id = ${ticketId} where id = (select max(id) from notifications)`;
  await db.sql`update notifications set view = jsonb_set(view, '{entry,text}', '"Eve Winter (eve@winter.example) says hello"')`;
  await passMinutes(10);
  await sweep();
  await happens({ to: BO });
  await db.sql`update notifications set contact_id = ${eve}, recipient = 'eve@winter.example' where state = 'folded' and folded_into is null`;
  const person = { ids: [eve], addresses: [{ address: address('eve@winter.example') }] };
  await inTransaction(db, (tx) => erasePerson(tx, keys, person as never, false));
  const [digest] = await digests();
  expect(JSON.stringify(digest?.view)).not.toMatch(/Eve|winter\.example/);
  expect(itemsOf(digest as Row)).toHaveLength(2);
  expect((await rows()).at(-1)).toMatchObject({ state: 'cancelled', reason: expect.stringContaining('deleted') });
});
