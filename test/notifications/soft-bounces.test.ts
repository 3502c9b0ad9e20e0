import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/client.ts';
import type { MailboxId, NotificationId } from '../../src/db/ids.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import { finishMails } from '../../src/notifications/credentials.ts';
import { recordReports } from '../../src/notifications/report-store.ts';
import { consequenceOf, GIVE_UP_AFTER_MS } from '../../src/notifications/retry.ts';
import { refusedByReply } from '../../src/notifications/smtp-refusal.ts';
import { softRefusal } from '../../src/notifications/soft-refusal.ts';
import type { SmtpStage } from '../../src/notifications/transport-model.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { seedMailbox } from '../support/seed.ts';
import type { OwedMail } from './owed.ts';
import { createOwing } from './owed.ts';

// FEATURES N-05: a soft bounce counts in one way, whether the server says it at once or a report says it later.
const ANA = 'ana@customer.example';
const refused = (stage: SmtpStage, reply: string) => refusedByReply(stage, Number(reply.slice(0, 3)), reply);

describe('a refusal in the dialogue', () => {
  test.each<[SmtpStage, string, string | null]>([
    ['rcpt', '452 4.2.2 The mailbox is full', '4.2.2 The mailbox is full'],
    ['rcpt', '552 5.2.2 Over quota', '5.2.2 Over quota'],
    ['content', '552 5.2.2 Over quota', '5.2.2 Over quota'],
    ['content', '452 mailbox full', '4.2.2 mailbox full'],
    ['rcpt', '450 4.2.1 The user receives mail too quickly', '4.2.1 The user receives mail too quickly'],
    [
      'rcpt',
      '450 4.1.1 <ana@customer.example>: unverified address',
      '4.1.1 <ana@customer.example>: unverified address',
    ],
    ['rcpt', '450 mailbox busy', 'mailbox busy'],
    ['rcpt', '550 5.0.0 not today', '5.0.0 not today'],
    ['rcpt', '550 User ana not listed in public directory', '5.1.1 User ana not listed in public directory'],
    ['rcpt', '550 5.1.1 ana: access denied', '5.1.1 ana: access denied'],
  ])('at %s "%s" is about the recipient', (stage, reply, said) => {
    expect(softRefusal(refused(stage, reply))).toBe(said);
  });

  test.each<[SmtpStage, string]>([
    ['rcpt', '421 4.2.1 closing'],
    ['rcpt', '450 4.7.1 Greylisted'],
    ['rcpt', '451 4.7.1 try again in five minutes'],
    ['rcpt', '450 4.2.0 <ana@customer.example>: Recipient address rejected: Greylisted'],
    ['rcpt', '450 greylisted, try again'],
    ['rcpt', '451 try again later'],
    ['rcpt', '452 4.3.1 Insufficient system storage'],
    ['rcpt', '451 4.4.1 no route'],
    ['rcpt', '550 5.7.1 spam'],
    ['rcpt', '550 rejected by policy'],
    ['rcpt', '550 relaying denied'],
    ['rcpt', '550 Access denied'],
    ['rcpt', '550 5.0.0 Access denied'],
    ['rcpt', '550 Administrative prohibition'],
    ['rcpt', '550 Sender verify failed'],
    ['rcpt', '550-Verification failed for <desk@desk.example>\r\n550-No Such User Here\r\n550 Sender verify failed'],
    ['rcpt', '550 SPF check failed'],
    ['rcpt', '550 Your IP is on a block list'],
    ['rcpt', '550 192.0.2.1 is listed at dnsbl.example'],
    ['rcpt', '550 authentication required'],
    ['rcpt', '450 Client host rejected: cannot find your hostname'],
    ['rcpt', '450 Too many messages from you'],
    ['rcpt', '554 no'],
    ['rcpt', '553 5.1.8 bad sender'],
    ['rcpt', '552 5.2.3 too large'],
    ['content', '552 5.3.4 too large'],
    ['content', '550 not this'],
    ['content', '450 4.1.1 who'],
    ['content', '554 5.6.0 malformed'],
    ['mail', '452 4.2.2 full'],
    ['data', '452 4.2.2 full'],
  ])('at %s "%s" is not', (stage, reply) => expect(softRefusal(refused(stage, reply))).toBeNull());

  test('counts when the mail has come to nothing, and not while it is tried again', () => {
    const now = new Date('2026-03-01T12:00:00Z');
    const after = (reply: string, ageMs: number) => {
      const claimed = { attempts: 9, resends: 0, createdAt: new Date(now.getTime() - ageMs) };
      const { state, softBounce, suppress } = consequenceOf(refused('rcpt', reply), claimed, now, 0);
      return { state, softBounce, suppress };
    };
    const soft = { state: 'failed', suppress: false };
    expect(after('452 4.2.2 full', 0)).toEqual({ ...soft, state: 'deferred', softBounce: null });
    expect(after('452 4.2.2 full', GIVE_UP_AFTER_MS + 1)).toEqual({ ...soft, softBounce: '4.2.2 full' });
    expect(after('450 4.7.1 Greylisted', GIVE_UP_AFTER_MS + 1)).toEqual({ ...soft, softBounce: null });
    expect(after('552 5.2.2 full', 0)).toEqual({ ...soft, softBounce: '5.2.2 full' });
    expect(after('550 5.1.1 nobody', 0)).toEqual({ state: 'failed', suppress: true, softBounce: null });
  });
});

describe('an address', () => {
  let database: FreshDatabase;
  let owe: Awaited<ReturnType<typeof createOwing>>;
  beforeAll(async () => {
    database = await freshDatabase();
    const mailboxId: MailboxId = await seedMailbox(database.db);
    owe = await createOwing(database.db, deriveKeys(Buffer.alloc(32, 7)), mailboxId);
  });
  afterAll(() => database.drop());
  beforeEach(() => database.db.sql`truncate notifications, budgets, suppressions cascade`);

  const suppressed = () => database.db.sql`select address, reason from suppressions`;

  /** Its attempt ends with this reply, long after it was owed; with another's claim nothing is written. */
  async function fails({ id }: OwedMail, reply: string, isOurs = true): Promise<void> {
    const claimToken = randomUUID();
    await database.db.sql`
      update notifications set state = 'sending', claim_token = ${isOurs ? claimToken : randomUUID()},
        claim_until = now() + interval '1 minute' where id = ${id}`;
    const old = { attempts: 9, resends: 0, createdAt: new Date(0) };
    const consequence = consequenceOf(refused('rcpt', reply), old, new Date(), 0);
    await finishMails(database.db, [{ id: id as NotificationId, claimToken, ...consequence, brought: null }]);
  }
  const bounces = ({ publicId }: OwedMail, said = '5.2.2 full') =>
    inTransaction(database.db, (tx) => recordReports(tx, [{ publicId, outcome: 'bounced', said, deadAddresses: [] }]));

  test('is mailed no more after five soft bounces, some said at once and some by a report', async () => {
    await fails(await owe('sent'), '552 5.2.2 full');
    await fails(await owe('sent'), '452 4.2.2 full');
    await bounces(await owe('sent'));
    await bounces(await owe('sent'));
    expect(await suppressed()).toEqual([]);
    await fails(await owe('sent'), '452 4.2.2 The mailbox is full');
    expect(await suppressed()).toEqual([
      { address: ANA, reason: 'mailbox full: 5 within 14 days, the last: 4.2.2 The mailbox is full' },
    ]);
  });

  test('is mailed on when one mail is refused ten times, sent again by hand each time', async () => {
    const mail = await owe('sent');
    for (let times = 1; times <= 5; times += 1) await fails(mail, '552 5.2.2 full');
    for (let times = 1; times <= 5; times += 1) {
      await database.db.sql`update notifications set state = 'sent' where id = ${mail.id}`;
      await bounces(mail);
    }
    expect(await suppressed()).toEqual([]);
    expect(await database.db.sql`select level from budgets`).toEqual([{ level: 1 }]);
  });

  test('has no bounce of what a report says of us and not of them', async () => {
    for (const said of ['5.1.8 bad sender', '5.0.0 smtp; 550 Access denied', 'Client host rejected', '5.1.7 no'])
      await bounces(await owe('sent'), said);
    expect(await database.db.sql`select 1 from budgets`).toHaveLength(0);
  });

  test('has no bounce of a mail that another worker has, and none of what greylists', async () => {
    await fails(await owe('sent'), '552 5.2.2 full', false);
    await fails(await owe('sent'), '450 4.7.1 Greylisted');
    expect(await database.db.sql`select 1 from budgets`).toHaveLength(0);
  });

  test('has one bounce for each of several mails that fail at once', async () => {
    const mails = [await owe('sent'), await owe('sent'), await owe('sent'), await owe('sent'), await owe('sent')];
    await Promise.all(mails.map((mail) => fails(mail, '552 5.2.2 full')));
    expect(await suppressed()).toHaveLength(1);
  });
});
