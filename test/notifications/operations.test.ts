import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { NotificationState } from '../../src/db/schema/notifications.ts';
import { NOTIFICATION_STATES } from '../../src/db/schema/notifications.ts';
import type { MailboxId } from '../../src/db/ids.ts';
import { cancelMail, retryMail } from '../../src/notifications/intervene-operations.ts';
import { showMail, showOutbox } from '../../src/notifications/operations.ts';
import { replyToTicket } from '../../src/tickets/operations.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { seedContact, seedMailbox, seedTicket } from '../support/seed.ts';

let desk: TestDesk;
let mailboxId: MailboxId;
let id: number;
let people = 0;
beforeAll(async () => {
  desk = await openTestDesk();
  mailboxId = await seedMailbox(desk.db);
});
afterAll(() => desk.drop());
beforeEach(async () => {
  people += 1;
  const ana = await seedContact(desk.db, 'Ana Peralta', `ana${people}@lantern.example`);
  const { number } = await seedTicket(desk.db, mailboxId, ana);
  await desk.done(replyToTicket, { number, text: 'Please hold the button.' });
  id = (await desk.done(showOutbox, { limit: 1 })).rows[0]?.id ?? 0;
});

const put = (state: NotificationState) => desk.db.sql`
  update notifications set state = ${state}, reason = 'as the test has it', next_attempt_at = '2040-01-01',
    claim_token = case when ${state} in ('sending', 'submitting') then gen_random_uuid() end
  where id = ${id}`;

const RETRIABLE: readonly NotificationState[] = ['deferred', 'failed', 'uncertain', 'suppressed'];
const CANCELLABLE: readonly NotificationState[] = ['queued', 'deferred'];

test.each(NOTIFICATION_STATES.map((state) => ({ state, may: RETRIABLE.includes(state) })))(
  'mail that is $state may be sent again: $may',
  async ({ state, may }) => {
    await put(state);
    if (!may) {
      expect((await desk.refused(retryMail, { id })).message).toBe(
        `Mail ${id} is ${state}, so it cannot be sent again.`,
      );
      expect(await desk.done(showMail, { id })).toMatchObject({ state });
      return;
    }
    expect(await desk.done(retryMail, { id: String(id) })).toMatchObject({ before: state, state: 'queued' });
    expect(await desk.done(showMail, { id })).toMatchObject({ state: 'queued', reason: null });
    const due = await desk.db.sql`select 1 from notifications where id = ${id} and next_attempt_at <= now()`;
    expect(due).toHaveLength(1);
  },
);

test.each(NOTIFICATION_STATES.map((state) => ({ state, may: CANCELLABLE.includes(state) })))(
  'mail that is $state may be cancelled: $may',
  async ({ state, may }) => {
    await put(state);
    if (may) {
      await desk.done(cancelMail, { id });
      expect(await desk.done(showMail, { id })).toMatchObject({
        state: 'cancelled',
        reason: 'cancelled by system:cli',
      });
    } else expect((await desk.refused(cancelMail, { id })).code).toBe('impossible_state');
  },
);

test('mail that was owed to somebody who was deleted goes to nobody', async () => {
  await put('suppressed');
  await desk.db.sql`update notifications set recipient = 'deleted contact' where id = ${id}`;
  expect((await desk.refused(retryMail, { id })).message).toBe(`Mail ${id} was erased together with its recipient.`);
});

test('whoever sends an uncertain mail again hears that it may double, and it counts as its resend', async () => {
  await put('uncertain');
  expect((await desk.done(retryMail, { id })).says).toContain('arrives twice');
  expect(await desk.db.sql`select resends from notifications where id = ${id}`).toEqual([{ resends: 1 }]);
});

test('a mail is shown with its attempts and the bytes as they went', async () => {
  await desk.db.sql`insert into notification_mime (notification_id, bytes) values (${id}, 'Subject: Re: lamp')`;
  await desk.db.sql`
    insert into deliveries (notification_id, outcome, stage, code, reply)
    values (${id}, 'deferred', 'rcpt', 450, '450 4.2.0 greylisted')`;
  expect(await desk.done(showMail, { id })).toMatchObject({
    because: 'requester of the ticket',
    content: 'Subject: Re: lamp',
    deliveries: [{ outcome: 'deferred', stage: 'rcpt', code: 450, reply: '450 4.2.0 greylisted' }],
  });
});

test('the outbox is listed newest first, bounded, of one state if asked', async () => {
  await put('failed');
  expect((await desk.done(showOutbox, { state: 'failed', limit: 1 })).rows).toMatchObject([{ id, state: 'failed' }]);
  expect((await desk.refused(showOutbox, { limit: 5000 })).message).toBe('limit is a number from 1 to 1000.');
});

test('mail that does not exist is refused in words', async () => {
  expect((await desk.refused(showMail, { id: 999_999 })).message).toBe('There is no mail 999999 in the outbox.');
});
