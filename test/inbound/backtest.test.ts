import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Readable } from 'node:stream';
import type { Operation } from '../../src/access/operation.ts';
import { perform } from '../../src/access/operation.ts';
import type { OperationDeps } from '../../src/access/operation.ts';
import { runCli } from '../../src/cli/main.ts';
import type { InboundMessageId } from '../../src/db/ids.ts';
import { backtestToggle } from '../../src/inbound/backtest-operations.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { ok } from '../../src/lib/result.ts';
import { createParsePool } from '../../src/mail/parse-pool.ts';
import type { ParsePool } from '../../src/mail/parse-pool.ts';
import { openImap } from '../../src/mailboxes/imap.ts';
import { createOwe } from '../../src/notifications/owe.ts';
import { openSmtpRoute } from '../../src/notifications/transport.ts';
import { listSettings } from '../../src/settings/store.ts';
import { CLI } from '../access/desk.ts';
import type { StreamMail, WrittenMail } from '../support/mail-stream.ts';
import { writeStream } from '../support/mail-stream.ts';
import type { StreamDesk } from '../support/stream-desk.ts';
import { openStreamDesk, STREAM_KEYS } from '../support/stream-desk.ts';

const plain: StreamMail = {
  from: 0,
  isAskers: false,
  kind: 'letter',
  proof: 'pass',
  about: null,
  how: 'token',
  ageMinutes: 0,
  endsBatch: true,
};
/** Ana; somebody new of her company, twice; what they answer to the acknowledgement; a stranger; a newsletter. */
const STREAM: readonly StreamMail[] = [
  plain,
  { ...plain, from: 3 },
  { ...plain, from: 3 },
  { ...plain, from: 3, about: 5 },
  { ...plain, from: 6, proof: 'none' },
  { ...plain, from: 8, kind: 'newsletter', proof: 'none' },
];

let parsePool: ParsePool;
let desk: StreamDesk;
let deps: OperationDeps;
let mails: readonly WrittenMail[];
let ids: readonly InboundMessageId[];
beforeAll(async () => {
  parsePool = createParsePool({ threads: 1 });
  desk = await openStreamDesk(parsePool);
  await desk.db.sql`delete from operators`;
  mails = writeStream(STREAM_KEYS, STREAM, desk.earlier);
  ids = await desk.take(mails);
  const { db } = desk;
  deps = {
    db,
    keys: STREAM_KEYS,
    owe: createOwe(STREAM_KEYS),
    openSource: openImap,
    openSmtpRoute,
    clock: systemClock,
    publicUrl: 'https://desk.example',
  };
});
afterAll(async () => {
  await desk.drop();
  await parsePool.close();
});

async function done<Input, Output>(operation: Operation<Input, Output>, input: unknown): Promise<Output> {
  const result = await perform(deps, CLI, operation, input);
  if (!result.ok) throw new Error(`${result.error.message} ${result.error.mend}`);
  return result.value;
}
const backtest = (toggle: string, value: string | null, place: object = {}) =>
  done(backtestToggle, { toggle, value, backtest: '30d', ...place });
const EXACT = { mails: STREAM.length, inexact: 0, leftOut: 0, released: 0, changedTickets: 0, isCut: false };

describe('B-03, T-07: a change is shown before it is made', () => {
  test('the setting that is changes nothing', async () => {
    expect(await backtest('acknowledge', 'on')).toMatchObject({ changedMails: 0, held: [], quality: EXACT });
  });

  test('whoever waits for it is told how far it has come', async () => {
    const told: object[] = [];
    const onProgress = (progress: object) => told.push(progress);
    await done(backtestToggle, { toggle: 'acknowledge', value: 'off', backtest: '30d', onProgress });
    expect(told).toEqual([{ done: STREAM.length, of: STREAM.length }]);
  });

  test('without contacts from mail, nobody is made, their tickets are not opened, and what they answer is held too', async () => {
    const told = await backtest('create_contact_from_mail', 'off');
    const [, first, second, answer, stranger, newsletter] = ids;
    expect(told.quality).toEqual(EXACT);
    expect(told.tickets.fewer).toMatchObject({
      count: 4,
      samples: [first, second, stranger, newsletter].map((message) => ({ message })),
    });
    expect(told.contacts).toMatchObject({ old: 3, fresh: 0, fewer: { count: 3 } });
    expect(told.held).toEqual([{ reason: 'contact_creation_off', old: 0, fresh: 5 }]);
    expect(told.verdicts.more.samples).toContainEqual(
      expect.objectContaining({ message: answer, old: 'appended', fresh: 'held: contact_creation_off' }),
    );
    expect(told.notifications.fewer.samples.map(({ recipient }) => recipient)).toEqual([
      'new@lantern.example',
      'new@lantern.example',
    ]);
  });

  test('for one customer only their people are touched', async () => {
    const told = await backtest('acknowledge', 'off', { customer: 'Lantern Works' });
    expect(told.notifications).toMatchObject({ fewer: { count: 3 }, more: { count: 0 } });
    expect(told.tickets).toMatchObject({ fewer: { count: 0 }, more: { count: 0 } });
  });

  test('a smaller budget shows who would not be told', async () => {
    const told = await backtest('acknowledgements_per_address_hour', '1');
    expect(told.notifications.fewer).toMatchObject({ count: 1, samples: [{ recipient: 'new@lantern.example' }] });
  });

  test.each([
    [
      'a time that is none',
      { backtest: 'soon' },
      'backtest is a time such as 30d or 12h, of at most 365 days, not "soon".',
    ],
    [
      'too long a time',
      { backtest: '366d' },
      'backtest is a time such as 30d or 12h, of at most 365 days, not "366d".',
    ],
    ['a toggle there is not', { toggle: 'acknowlege' }, 'There is no toggle "acknowlege". Did you mean acknowledge?'],
    ['a value it has not', { value: 'maybe' }, 'acknowledge is on or off, not "maybe".'],
    [
      'what nobody has set',
      { value: null },
      'Nobody has set acknowledge for the desk. See what is set with: deskbell toggle list',
    ],
  ])('%s is refused', async (_, change, message) => {
    const input = { toggle: 'acknowledge', value: 'off', backtest: '30d', ...change };
    await expect(done(backtestToggle, input)).rejects.toThrow(message);
  });

  test('mail that an operator let go on, tickets that they closed, and what an earlier release decided are named', async () => {
    const { db } = desk;
    const [, first, , answer] = ids;
    await db.sql`
      update decisions set facts = jsonb_set(facts, '{override}', '{"by": "operator:1", "at": "", "choices": [], "anyway": true}')
      where inbound_id = ${first ?? 0}`;
    await db.sql`
      update decisions set facts = jsonb_set(facts, '{thread,status}', '"resolved"') where inbound_id = ${answer ?? 0}`;
    await db.sql`update decisions set facts = facts - 'clues' where inbound_id = ${ids[0] ?? 0}`;
    expect((await backtest('acknowledge', 'on')).quality).toMatchObject({
      mails: STREAM.length - 1,
      leftOut: 1,
      released: 1,
      changedTickets: 1,
    });
  });

  test('mail that an operator put into a ticket is replayed though that became part of a later one since', async () => {
    const { db } = desk;
    const [stranger, newsletter] = [ids[4] ?? 0, ids[5] ?? 0];
    const [ticket] = await db.sql<{ id: number }[]>`select min(id) as id from tickets`;
    const id = ticket?.id ?? 0;
    const override = {
      by: 'operator:1',
      at: '',
      choices: [],
      anyway: false,
      attachTo: { ticketId: id, quietly: true },
    };
    await db.sql`
      update decisions set facts = jsonb_set(facts, '{override}', ${db.sql.json(override)}) where inbound_id = ${stranger}`;
    await db.sql`
      update tickets set merged_into_id = (select ticket_id from inbound_messages where id = ${newsletter}) where id = ${id}`;
    const told = await backtest('acknowledge', 'on');
    await db.sql`update decisions set facts = jsonb_set(facts, '{override}', 'null') where inbound_id = ${stranger}`;
    await db.sql`update tickets set merged_into_id = null where id = ${id}`;
    expect(told).toMatchObject({ changedMails: 0, tickets: { old: 3, fresh: 3 } });
  });
});

async function cli(argv: readonly string[], typed: string | null = null) {
  let [out, complaint] = ['', ''];
  const stdin = Object.assign(Readable.from(typed === null ? [] : [Buffer.from(typed)]), { isTTY: typed !== null });
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (complaint += text) },
    stdin,
    env: {},
  };
  const none = () => Promise.resolve(0);
  const code = await runCli(argv, io, {
    openDesk: () => Promise.resolve(ok({ db: desk.db, deps, trial: null, close: () => Promise.resolve() })),
    start: none,
    worker: none,
    migrate: none,
    why: () => Promise.resolve(null),
    ledger: () => Promise.resolve({ lines: [], json: {}, exitCode: 0 }),
  });
  const set = (await listSettings(desk.db)).map(({ toggle, value }) => `${toggle} = ${value}`);
  return { code, out, complaint, set };
}

describe('the command line asks before it changes a toggle', () => {
  const verb = ['toggle', 'set', 'create_ticket_from_mail', 'off', '--backtest', '30d'];
  test('where nobody can be asked, it only shows', async () => {
    const { code, out, complaint, set } = await cli(verb);
    expect({ code, complaint, set }).toEqual({
      code: 1,
      complaint: 'Nothing is changed: to change it now, say --yes.\n',
      set: [],
    });
    expect(out).toMatch(/^Tickets: 4 -> 1$/m);
    expect(out).toMatch(/^Held for auto_ticket_off: 0 -> 3$/m);
  });

  test('of a toggle that decides nothing that it foretells it says so', async () => {
    const { out } = await cli(['toggle', 'set', 'keep_audit_days', '30', '--backtest', '1d']);
    expect(out).toBe(
      `A backtest cannot show what keep_audit_days does: it tells which tickets and contacts mail would make, which acknowledgements and welcomes would go, and to whom operators' answers by mail, not who else would be told.\n`,
    );
  });

  test('no is no', async () => {
    const { code, complaint, set } = await cli(verb, 'n\n');
    expect({ code, complaint, set }).toEqual({
      code: 1,
      complaint: 'Change it now? [y/N] Nothing is changed.\n',
      set: [],
    });
  });

  test('yes is yes, and --yes says so beforehand', async () => {
    expect(await cli(verb, 'y\n')).toMatchObject({ code: 0, set: ['create_ticket_from_mail = off'] });
    expect(await cli(['toggle', 'clear', 'create_ticket_from_mail', '--backtest', '12h', '--yes'])).toMatchObject({
      code: 0,
      set: [],
    });
  });

  test('what is wrong is told by the names of the options', async () => {
    expect((await cli([...verb.slice(0, -1), 'soon'])).complaint).toContain('--backtest is a time such as 30d or 12h');
    expect((await cli(['toggle', 'set', 'acknowledge', 'off', '--yes'])).complaint).toContain(
      '--yes goes with --backtest',
    );
    expect((await cli(['toggle', 'list', '--mailbox', 'support@desk.example'])).complaint).toContain('goes with --for');
  });

  test('what a mail from somewhere would become is listed', async () => {
    const { code, out } = await cli(['toggle', 'list', '--for', 'idle@lantern.example']);
    expect(code).toBe(0);
    expect(out).toContain('A new mail of idle@lantern.example (a contact) to support@desk.example:');
    expect(out).toMatch(/none +hold: non_active_contact .* not due +it opens no ticket/);
    expect(out).toMatch(/^acknowledge +on +nobody: the default$/m);
  });
});
