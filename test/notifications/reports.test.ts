import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/client.ts';
import type { MailboxId } from '../../src/db/ids.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import type { NewsOfMail } from '../../src/notifications/report-store.ts';
import { liftBounces, markFound, recordReports } from '../../src/notifications/report-store.ts';
import { isSoft, keptBackBy } from '../../src/notifications/suppression.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { seedMailbox } from '../support/seed.ts';
import type { OwedMail } from './owed.ts';
import { createOwing } from './owed.ts';

// FEATURES B-05, N-05; RELIABILITY SM8: by what the fate of a mail becomes known, and what of it is the address's.
const keys = deriveKeys(Buffer.alloc(32, 7));
const ANA = 'ana@customer.example';
let database: FreshDatabase;
let mailboxId: MailboxId;
let owe: Awaited<ReturnType<typeof createOwing>>;
beforeAll(async () => {
  database = await freshDatabase();
  mailboxId = await seedMailbox(database.db);
  owe = await createOwing(database.db, keys, mailboxId);
});
afterAll(() => database.drop());
beforeEach(() => database.db.sql`truncate notifications, budgets, suppressions cascade`);

const hear = (...news: readonly (Partial<NewsOfMail> & Pick<NewsOfMail, 'publicId' | 'outcome'>)[]) =>
  inTransaction(database.db, (tx) =>
    recordReports(
      tx,
      news.map((one) => ({ said: '', deadAddresses: [], ...one })),
    ),
  );
const stateOf = async ({ id }: OwedMail) =>
  (await database.db.sql<{ state: string }[]>`select state from notifications where id = ${id}`)[0]?.state;
const suppressed = () =>
  database.db.sql<{ address: string; reason: string }[]>`select address, reason from suppressions`;

describe('an uncertain mail', () => {
  test.each([
    ['delivered', 'sent'],
    ['read', 'sent'],
    ['answered', 'sent'],
    ['complained', 'sent'],
    ['bounced', 'bounced'],
    ['delayed', 'uncertain'],
  ] as const)('that is reported as %s is %s', async (outcome, state) => {
    const mail = await owe('uncertain');
    await hear({ publicId: mail.publicId, outcome });
    expect(await stateOf(mail)).toBe(state);
    expect(await database.db.sql`select outcome from deliveries where notification_id = ${mail.id}`).toEqual([
      { outcome },
    ]);
  });

  test('of which two reports come at once is what the bounce says', async () => {
    const mail = await owe('uncertain');
    await hear({ publicId: mail.publicId, outcome: 'delivered' }, { publicId: mail.publicId, outcome: 'bounced' });
    expect(await stateOf(mail)).toBe('bounced');
  });

  test('that is found where its server files it was sent when it was tried', async () => {
    const mail = await owe('uncertain');
    await database.db.sql`
      insert into deliveries (notification_id, outcome, reply, at) values (${mail.id}, 'uncertain', 'lost', '2026-03-02T08:00:00Z')`;
    const found = () =>
      inTransaction(database.db, (tx) => markFound(tx, [mail.id as never], 'found in the folder Sent'));
    expect([await found(), await found()]).toEqual([1, 0]);
    expect(await database.db.sql`select state, reason, sent_at as at from notifications`).toEqual([
      { state: 'sent', reason: null, at: new Date('2026-03-02T08:00:00Z') },
    ]);
  });
});

test('what was sent stays sent when somebody reads it, and a report on nobody’s mail is none', async () => {
  const mail = await owe('sent');
  await hear(
    { publicId: mail.publicId, outcome: 'read' },
    { publicId: '00000000-0000-4000-8000-000000000000', outcome: 'bounced' },
  );
  expect(await stateOf(mail)).toBe('sent');
});

describe('an address', () => {
  const bounce = async (said: string, deadAddresses: readonly string[] = []) => {
    const { publicId } = await owe('sent');
    await hear({ publicId, outcome: 'bounced', said, deadAddresses });
  };

  test('that is dead by a bounce’s own words is not mailed at once', async () => {
    await bounce('5.1.1 no such user', [ANA]);
    expect(await suppressed()).toEqual([{ address: ANA, reason: 'bounced: 5.1.1 no such user' }]);
  });

  test('whose mailbox is full is mailed four times more within 14 days, and not after the fifth', async () => {
    for (let times = 1; times <= 4; times += 1) await bounce('5.2.2 mailbox full');
    expect(await suppressed()).toEqual([]);
    await bounce('5.2.2 mailbox full');
    expect(await suppressed()).toEqual([
      { address: ANA, reason: 'mailbox full: 5 within 14 days, the last: 5.2.2 mailbox full' },
    ]);
  });

  test('has its soft bounces forgotten with time', async () => {
    for (let times = 1; times <= 4; times += 1) await bounce('4.4.1 no answer');
    await database.db.sql`update budgets set updated_at = updated_at - interval '8 days'`;
    await bounce('4.4.1 no answer');
    await bounce('4.4.1 no answer');
    expect(await suppressed()).toEqual([]);
    await bounce('4.4.1 no answer');
    expect((await suppressed())[0]?.reason).toContain('soft bounces: 5 within 14 days');
  });

  test('is counted once for each mail, however often that is reported', async () => {
    const { publicId } = await owe('sent');
    for (let times = 1; times <= 9; times += 1) await hear({ publicId, outcome: 'bounced', said: '5.2.2 full' });
    expect(await suppressed()).toEqual([]);
  });

  test.each([
    ['5.2.2 mailbox full', true],
    ['4.4.7 expired', true],
    ['no code at all', true],
    ['5.7.1 looks like spam', false],
    ['5.3.4 too large', false],
    ['5.6.0 cannot read it', false],
  ])('%s is about the recipient: %s', (said, isTheirs) => expect(isSoft(said)).toBe(isTheirs));

  test.each([
    ['bounced: 5.1.1 no such user', true],
    ['mailbox full: 5 within 14 days, the last: 5.2.2', true],
    ['complained: abuse', false],
    [keptBackBy('Jonas Weil', 'asked us by phone'), false],
  ])('not mailed because "%s" is mailed again when mail comes from there: %s', async (reason, isLifted) => {
    await database.db.sql`insert into suppressions (address, reason) values (${ANA}, ${reason})`;
    await inTransaction(database.db, (tx) => liftBounces(tx, new Map([[ANA, { isProven: true }]])));
    expect(await suppressed()).toHaveLength(isLifted ? 0 : 1);
  });
});
