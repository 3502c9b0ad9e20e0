import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CliHost } from '../../src/cli/host.ts';
import { runCli } from '../../src/cli/main.ts';
import type { MailboxId } from '../../src/db/ids.ts';
import { PLAIN_MAIL } from '../../src/inbound/facts.ts';
import { ok } from '../../src/lib/result.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { seedMailbox } from '../support/seed.ts';

let desk: TestDesk;
let mailboxId: MailboxId;
let folderId: number;
beforeAll(async () => {
  desk = await openTestDesk();
  mailboxId = await seedMailbox(desk.db);
  const [row] = await desk.db.sql<{ id: number }[]>`
    insert into mailbox_folders (mailbox_id, folder, uid_validity, baseline_uid) values (${mailboxId}, 'INBOX', 1, 1)
    returning id`;
  folderId = row?.id ?? 0;
});
afterAll(() => desk.drop());

const PUMP = 'pump@spam.example';

/** So many mails of a sender wait because of a flood. */
async function seedHeld(count: number, sender = PUMP): Promise<readonly number[]> {
  const facts = { ...PLAIN_MAIL, mailboxId, sender: { is: 'unknown', address: sender, customerId: 1 } };
  const rows = await desk.db.sql<{ id: number }[]>`
    with come as (
      insert into inbound_messages (mailbox_id, folder_id, uid, epoch, content_key, raw_sha256, size_bytes, internal_date, status, reason, done_at)
      select ${mailboxId}, ${folderId}, coalesce((select max(uid) from inbound_messages), 0) + i, 1,
        sha256(gen_random_uuid()::text::bytea), '\\x00', 1, now(), 'held', 'flood', now()
      from generate_series(1, ${count}) i returning id
    ), decided as (
      insert into decisions (inbound_id, rule, facts, trace)
      select id, 'flood', ${JSON.stringify(facts)}::text::jsonb, '[]' from come
    )
    select id from come order by id`;
  return rows.map(({ id }) => id);
}
const waiting = async (): Promise<number> => {
  const rows = await desk.db.sql`select 1 from inbound_messages where status = 'held'`;
  return rows.length;
};
beforeEach(() => desk.db.sql`update inbound_messages set status = 'done', reason = null, verdict = 'ignored'`);

const host: CliHost = {
  openDesk: () => Promise.resolve(ok({ db: desk.db, deps: desk.deps, trial: null, close: () => Promise.resolve() })),
  start: () => Promise.resolve(0),
  worker: () => Promise.resolve(0),
  migrate: () => Promise.resolve(0),
  why: () => Promise.resolve(null),
  ledger: () => Promise.resolve({ lines: [], json: null, exitCode: 0 }),
};

async function reject(...argv: readonly string[]) {
  let out = '';
  let complaint = '';
  const stdout = { write: (text: string) => (out += text) };
  const stderr = { write: (text: string) => (complaint += text) };
  const code = await runCli(['held', 'reject', ...argv], { stdout, stderr, stdin: Readable.from([]), env: {} }, host);
  return { code, out, complaint };
}

const BECAUSE = ['--because', 'a flood'] as const;

describe('many held mails are rejected at once', () => {
  test('they are counted first; without --yes nothing is rejected', async () => {
    await seedHeld(3);
    await seedHeld(2, 'ana@lantern.example');
    const { code, out, complaint } = await reject('--reason', 'flood', '--sender', PUMP, ...BECAUSE);
    expect([code, out]).toEqual([1, '']);
    expect(complaint).toMatch(/^3 messages from pump@spam\.example wait since .* because: .*\.\n/);
    expect(complaint).toContain('Nothing is rejected: to do it now, say --yes.\n');
    expect(await waiting()).toBe(5);
  });

  test('all of a sender, a hundred in each transaction and each in the audit; those of others wait on', async () => {
    const [first] = await seedHeld(230);
    await seedHeld(2, 'ana@lantern.example');
    const { code, out } = await reject('--reason', 'flood', '--sender', PUMP, ...BECAUSE, '--yes');
    expect([code, out]).toEqual([
      0,
      `230 messages are rejected.\nNothing is sent. Each can be seen with: deskbell why ${first}\n`,
    ]);
    expect(await waiting()).toBe(2);
    const audit = await desk.db.sql<{ count: number; because: string }[]>`
      select jsonb_array_length(changes -> 'to' -> 'messages') as count, input ->> 'because' as because
      from audit_rows where operation = 'message.reject_many' order by id desc limit 3`;
    expect(audit).toEqual([30, 100, 100].map((count) => ({ count, because: 'a flood' })));
    const [row] = await desk.db.sql`select rule, verdict, released from inbound_messages where id = ${first ?? 0}`;
    expect(row).toMatchObject({
      rule: 'rejected_by_operator',
      verdict: 'ignored',
      released: { because: 'a flood', by: 'system:cli' },
    });
  });

  test('at most so many, and again where it stopped', async () => {
    const ids = await seedHeld(5);
    const some = [...BECAUSE, '--limit', '3', '--yes', '--json'];
    const once = await reject('--reason', 'flood', ...some);
    expect(JSON.parse(once.out)).toMatchObject({ count: 5, rejected: ids.slice(0, 3), left: 2 });
    const twice = await reject('--reason', 'flood', ...some);
    expect(JSON.parse(twice.out)).toMatchObject({ count: 2, rejected: ids.slice(3), left: 0 });
    const again = await reject('--reason', 'flood', ...some);
    expect(again.code).toBe(1);
    expect(again.complaint).toMatch(
      /^No mail waits for this reason: .*\nSee those that wait with: deskbell held list\n$/,
    );
  });

  test('of many, how far it has come is told, for people alone', async () => {
    await seedHeld(1_000);
    const { complaint } = await reject('--reason', 'flood', ...BECAUSE, '--yes');
    expect(complaint).toContain('Rejected: 100 of 1000\n');
    expect(complaint).toContain('Rejected: 1000 of 1000\n');
  });

  test('two at once reject each once', async () => {
    const ids = await seedHeld(150);
    const all = ['--reason', 'flood', ...BECAUSE, '--yes', '--json'];
    const both = await Promise.all([reject(...all), reject(...all)]);
    const rejected = both.flatMap(({ code, out, complaint }): number[] => {
      if (code === 0) return JSON.parse(out).rejected;
      // The other was done before this one had counted.
      expect(complaint).toMatch(/^No mail waits for this reason/);
      return [];
    });
    expect(rejected.toSorted((a, b) => a - b)).toEqual(ids);
    expect(await waiting()).toBe(0);
  });

  test.each([
    ['neither', [...BECAUSE], /^It takes one message by its number, or with --reason/, 2],
    ['both', ['17', '--reason', 'flood', ...BECAUSE], /^It takes one message by its number/, 2],
    ['a sender without a reason', ['17', '--sender', PUMP, ...BECAUSE], /^It takes one message by its number/, 2],
    ['no why', ['--reason', 'flood', '--yes'], /^--because is missing: say why/, 2],
    ['a count that is none', ['--reason', 'flood', '--limit', 'x', ...BECAUSE], /^--limit is a number/, 2],
    [
      'an unknown reason',
      ['--reason', 'flod', ...BECAUSE],
      /^No mail is held for a reason "flod"\.\nDid you mean flood\?/,
      1,
    ],
    [
      'an address that is none',
      ['--reason', 'flood', '--sender', 'x', ...BECAUSE],
      /^--sender is an e-mail address/,
      2,
    ],
  ])('%s is refused, and nothing is rejected', async (_, argv, words, expected) => {
    await seedHeld(1);
    const { code, out, complaint } = await reject(...argv);
    expect([code, out]).toEqual([expected, '']);
    expect(complaint).toMatch(words);
    expect(await waiting()).toBe(1);
  });
});
