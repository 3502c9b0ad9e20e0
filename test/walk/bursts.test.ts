import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainMessages, explanationLines } from '../../src/inbound/explain.ts';
import { releaseMessages } from '../../src/inbound/release-operations.ts';
import { showTicket } from '../../src/tickets/operations.ts';
import { passMinutes } from '../support/pass-time.ts';
import { DESK, letter, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

const decided = (known: number, count: number) =>
  until(`${count} mails are decided about`, async () => {
    const [row] = await desk.db.sql<{ open: number; all: number }[]>`
      select count(*) filter (where status = 'received')::int as open, count(*)::int as all from inbound_messages`;
    return row?.open === 0 && row.all >= known + count ? true : null;
  });

/** Delivers all before any is decided about, as after an outage. */
async function outage(mails: readonly { readonly bytes: Buffer; readonly at?: Date }[]): Promise<readonly number[]> {
  const known = await desk.countTaken();
  for (const { bytes, at } of mails) await desk.mail.deliver(DESK, bytes, at);
  const worker = desk.startWorker();
  await decided(known, mails.length);
  await worker.stop();
  const rows = await desk.db.sql<{ id: number }[]>`select id from inbound_messages order by id offset ${known}`;
  return rows.map(({ id }) => id);
}

const why = async (id: number | undefined): Promise<string> => {
  const [found] = await explainMessages(desk.db, String(id));
  return found === undefined ? '' : explanationLines(found).join('\n');
};

const owedTo = (recipient: string) => desk.db.sql<
  { kind: string; state: string; reason: string | null; number: number }[]
>`
  select n.kind, n.state, n.reason, t.number from notifications n join tickets t on t.id = n.ticket_id
  where n.recipient = ${recipient} order by n.id`;

const eventsOf = async (kind: string) => (await desk.db.sql`select 1 from events where kind = ${kind}`).length;

// FEATURES B-07: original order and times, at most one late receipt for each contact.
describe('after an outage of five hours', () => {
  const ANA = 'ana@late.example';
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000 - 20_000);

  test('three mails are three tickets in order, with their own times; one receipt, no acknowledgement', async () => {
    const mails = [5, 4, 3].map((hours) => ({
      bytes: letter(ANA, [`Subject: ${hours} hours ago`]),
      at: hoursAgo(hours),
    }));
    const ids = await outage(mails);
    const rows = await desk.db.sql<{ subject: string; number: number }[]>`
      select t.subject, t.number from inbound_messages m join tickets t on t.id = m.ticket_id
      where m.id = any(${[...ids]}::bigint[]) order by t.number`;
    expect(rows.map(({ subject }) => subject)).toEqual(['5 hours ago', '4 hours ago', '3 hours ago']);
    const { entries } = await desk.done(showTicket, { number: rows[0]?.number });
    const ageHours = (Date.now() - (entries[0]?.sentAt?.getTime() ?? 0)) / 3_600_000;
    expect(Math.round(ageHours)).toBe(5);
    const owed = await owedTo(ANA);
    const receipts = owed.filter(({ kind }) => kind === 'late_receipt');
    expect(owed.filter(({ kind }) => kind === 'ticket_opened').map(({ state }) => state)).toEqual(
      Array(3).fill('suppressed'),
    );
    expect(receipts.map(({ state, number }) => [state === 'suppressed', number])).toEqual([
      [false, rows[0]?.number],
      [true, rows[1]?.number],
      [true, rows[2]?.number],
    ]);
    expect(await why(ids[0])).toMatch(/yes {2}too_late[\s\S]*yes {2}late_receipt/);
    expect(await why(ids[1])).toContain('they have been told already that their late mail has arrived');
  });

  test('a second start sends none', async () => {
    const before = (await owedTo(ANA)).length;
    const worker = desk.startWorker();
    await until('the receipt is sent', async () =>
      (await owedTo(ANA)).some(({ kind, state }) => kind === 'late_receipt' && state === 'sent') ? true : null,
    );
    await worker.stop();
    expect(await owedTo(ANA)).toHaveLength(before);
    expect((await desk.inbox(ANA)).filter((text) => text.includes('Auto-Submitted: auto-replied'))).toHaveLength(1);
  });

  test('a day later there may be another', async () => {
    await passMinutes(desk.db, 24 * 60);
    await outage([{ bytes: letter(ANA), at: hoursAgo(6) }]);
    const receipts = (await owedTo(ANA)).filter(({ kind, state }) => kind === 'late_receipt' && state !== 'suppressed');
    expect(receipts).toHaveLength(2);
  });

  test.each([
    ['mail of last week gets none', 'bo@late.example', 7 * 24, null, 'too old even for a late receipt'],
    ['where they are switched off nobody gets one', 'cy@late.example', 5, ['late_receipt', 'off'], 'switched off here'],
  ] as const)('%s, and it says so', async (_, from, hours, choice, says) => {
    const take = () => outage([{ bytes: letter(from), at: hoursAgo(hours) }]);
    const [id] = choice === null ? await take() : await desk.withToggle(choice[0], choice[1], take);
    expect((await owedTo(from)).map(({ state }) => state)).toEqual(['suppressed', 'suppressed']);
    expect(await why(id)).toContain(says);
    expect(await why(id)).toContain('it would have gone with late_receipt');
  });
});

// RELIABILITY G10.
describe('too much mail of one sender', () => {
  const PUMP = 'pump@station.example';
  const flood = (count: number, from = PUMP) => outage(Array.from({ length: count }, () => ({ bytes: letter(from) })));
  const held = async () =>
    (await desk.db.sql`select 1 from inbound_messages where status = 'held' and reason = 'flood'`).length;

  test('twenty open tickets in an hour, more are held and kept; operators hear of it once', async () => {
    const ids = await flood(25);
    expect(await held()).toBe(5);
    expect(await why(ids[20])).toContain('held release --reason flood --sender pump@station.example');
    expect(await why(ids[20])).toMatch(/process \d+ --with tickets_per_sender_hour=21/);
    await flood(5);
    expect(await held()).toBe(10);
    expect(await eventsOf('flood_began')).toBe(1);
  });

  test('others are not held, and neither are replies of the same sender', async () => {
    const [other] = await flood(1, 'ana@other.example');
    expect(await why(other)).toContain('opened');
    const [ours] = await desk.db.sql<{ messageId: string }[]>`
      select message_id as "messageId" from notifications where recipient = ${PUMP} and state <> 'suppressed' limit 1`;
    const [reply] = await outage([{ bytes: letter(PUMP, [`In-Reply-To: ${ours?.messageId ?? ''}`]) }]);
    expect(await why(reply)).toContain('appended');
  });

  test('an operator lets many go on at once; those count for nobody', async () => {
    const done = await desk.done(releaseMessages, { reason: 'flood', sender: PUMP, limit: 4 });
    expect(done.released).toHaveLength(4);
    const worker = desk.startWorker();
    await decided(0, 0);
    await worker.stop();
    expect(await held()).toBe(6);
  });

  test('an hour later twenty more may come', async () => {
    await passMinutes(desk.db, 60);
    const before = await held();
    await flood(2);
    expect(await held()).toBe(before);
  });

  test.each([
    ['an unknown reason has its nearest named', { reason: 'flod' }, 'no_such_reason'],
    ['nothing is there to let go on', { reason: 'loop' }, 'not_held'],
  ])('%s', async (_, input, code) => {
    await expect(desk.done(releaseMessages, input)).rejects.toThrow(code);
  });
});

// RELIABILITY D13.
describe('budgets', () => {
  test('of one domain so many are acknowledged in an hour; of a public one each for themselves', async () => {
    const mails = ['company.example', 'sub.company.example', 'gmail.com'].flatMap((domain) =>
      [1, 2].map((n) => ({ bytes: letter(`person${n}@${domain}`) })),
    );
    await desk.withToggle('acknowledgements_per_domain_hour', '1', () => outage(mails));
    const rows = await desk.db.sql<{ recipient: string; reason: string | null }[]>`
      select recipient, reason from notifications where kind = 'ticket_opened' and recipient like 'person%' order by id`;
    expect(rows.map(({ reason }) => reason?.includes('acknowledgements_per_domain_hour = 1') ?? false)).toEqual([
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  test('the breaker that opens is an event, once in an hour', async () => {
    await desk.withToggle('acknowledgements_per_desk_hour', '0', async () => {
      const mails = (n: number) => [
        { bytes: letter(`one${n}@breaker.example`) },
        { bytes: letter(`two${n}@breaker.example`) },
      ];
      const [first] = await outage(mails(1));
      expect(await why(first)).toContain('the breaker of the desk is open');
      const worker = desk.startWorker();
      await until('it is an event', async () => ((await eventsOf('breaker_opened')) === 1 ? true : null));
      await worker.stop();
      await outage(mails(2));
      const again = desk.startWorker();
      await until('it was looked at', async () =>
        (await desk.db.sql`select 1 from budgets where scope = 'tripped' and level > 0`).length === 0 ? true : null,
      );
      await again.stop();
      expect(await eventsOf('breaker_opened')).toBe(1);
    });
  });
});
