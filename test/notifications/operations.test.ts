import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DELETED_CONTACT } from '../../src/contacts/model.ts';
import type { NotificationState } from '../../src/db/schema/notifications.ts';
import { NOTIFICATION_STATES } from '../../src/db/schema/notifications.ts';
import type { MailboxId } from '../../src/db/ids.ts';
import { cancelMail, resendMail, resolveMail, retryMail } from '../../src/notifications/intervene-operations.ts';
import { showMail, showOutbox } from '../../src/notifications/operations.ts';
import {
  addSuppression,
  liftSuppression,
  showSuppression,
  showSuppressions,
} from '../../src/notifications/suppression-operations.ts';
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

test('the outbox is listed by state, recipient, ticket and mailbox, page by page', async () => {
  const { db } = desk;
  const all = async (input: object) => (await desk.done(showOutbox, input)).rows.map((row) => row.id);
  const [own] = await db.sql<{ recipient: string; number: number }[]>`
    select n.recipient, t.number from notifications n join tickets t on t.id = n.ticket_id where n.id = ${id}`;
  expect(await all({ recipient: own?.recipient })).toEqual([id]);
  expect(await all({ ticket: own?.number })).toEqual([id]);
  expect((await all({ mailbox: 'support@desk.example' })).length).toBeGreaterThan(5);
  const first = await desk.done(showOutbox, { limit: 2 });
  const second = await desk.done(showOutbox, { limit: 2, before: first.next });
  expect(first.next).toBe(first.rows[1]?.id);
  expect([...first.rows, ...second.rows].map((row) => row.id)).toEqual(await all({ limit: 4 }));
  const last = await desk.done(showOutbox, { before: first.next, recipient: own?.recipient });
  expect(last).toEqual({ rows: [], next: null });
  expect((await desk.refused(showOutbox, { mailbox: 'suport@desk.example' })).message).toBe(
    'The desk has no mailbox suport@desk.example: did you mean support@desk.example?',
  );
});

describe('a resend', () => {
  test.each(NOTIFICATION_STATES.map((state) => ({ state, may: state === 'sent' || state === 'bounced' })))(
    'of an operator’s answer that is $state: $may',
    async ({ state, may }) => {
      await put(state);
      if (!may) {
        expect((await desk.refused(resendMail, { id })).code).toBe('impossible_state');
        return;
      }
      await desk.db.sql`insert into notification_mime (notification_id, bytes) values (${id}, 'Date: now')`;
      expect(await desk.done(resendMail, { id })).toMatchObject({ before: state, state: 'queued' });
      const [row] = await desk.db.sql`
        select n.state, n.resends, n.attempts, convert_from(m.bytes, 'UTF8') as bytes
        from notifications n join notification_mime m on m.notification_id = n.id where n.id = ${id}`;
      expect(row).toEqual({ state: 'queued', resends: 1, attempts: 0, bytes: 'Date: now' });
    },
  );

  test('of automatic mail that a server took needs a word more; of such mail that came back it does not', async () => {
    await desk.db.sql`update notifications set kind = 'ticket_opened', state = 'sent' where id = ${id}`;
    expect(await desk.refused(resendMail, { id })).toMatchObject({
      code: 'automatic_mail',
      mend: expect.stringContaining('--anyway'),
    });
    expect(await desk.done(resendMail, { id, anyway: true })).toMatchObject({ state: 'queued' });
    await desk.db.sql`update notifications set state = 'bounced' where id = ${id}`;
    expect(await desk.done(resendMail, { id })).toMatchObject({ before: 'bounced' });
  });

  test('of mail whose words were erased with somebody whom it named is written anew', async () => {
    await put('sent');
    await desk.db
      .sql`insert into notification_mime (notification_id, bytes) values (${id}, 'Message-ID: <1@desk.example>')`;
    await desk.done(resendMail, { id });
    expect(await desk.db.sql`select 1 from notification_mime where notification_id = ${id}`).toHaveLength(0);
  });

  test('to somebody who was erased is refused', async () => {
    await put('bounced');
    await desk.db.sql`update notifications set recipient = ${DELETED_CONTACT} where id = ${id}`;
    expect((await desk.refused(resendMail, { id })).code).toBe('mail_erased');
  });
});

describe('an uncertain mail', () => {
  test.each(['sent', 'failed'] as const)(
    'is %s when an operator says so, and its record says who did',
    async (outcome) => {
      await put('uncertain');
      expect(await desk.done(resolveMail, { id, outcome })).toMatchObject({ before: 'uncertain', state: outcome });
      expect(await desk.done(showMail, { id })).toMatchObject({
        state: outcome,
        reason: outcome === 'failed' ? 'system:cli says so' : null,
        deliveries: [{ outcome, reply: 'system:cli says so' }],
      });
    },
  );

  test('alone can be resolved, and only as one or the other', async () => {
    await put('sent');
    expect((await desk.refused(resolveMail, { id, outcome: 'failed' })).message).toBe(
      `Mail ${id} is sent, so it cannot be resolved.`,
    );
    expect((await desk.refused(resolveMail, { id, outcome: 'lost' })).message).toBe('outcome is sent or failed.');
  });
});

describe('many at once', () => {
  const failed = async (): Promise<number> => {
    await desk.db.sql`update notifications set state = 'cancelled', claim_token = null`;
    await put('failed');
    return id;
  };

  test('are tried again by state, and by mailbox, recipient or ticket', async () => {
    await failed();
    const nowhere = { mailbox: 'support@desk.example', recipient: 'nobody@lantern.example' };
    expect(await desk.done(retryMail, { state: 'failed', ...nowhere })).toMatchObject({ count: 0, left: 0 });
    expect(await desk.done(retryMail, { state: 'failed', mailbox: 'support@desk.example' })).toMatchObject({
      id: null,
      count: 1,
      left: 0,
    });
    expect(await desk.done(showMail, { id })).toMatchObject({ state: 'queued' });
  });

  test('go in bounded batches, and what is left is counted', async () => {
    const one = await failed();
    await desk.db.sql`
      insert into notifications (public_id, message_id, kind, lane, mailbox_id, event_id, recipient, recipient_name, because, state, reason, view, "references")
      select gen_random_uuid(), '<' || n || '@desk.example>', kind, 1, mailbox_id, event_id, recipient, '', 'many', 'failed', 'refused', view, '[]'
      from notifications, generate_series(1, 1004) as n where id = ${one}`;
    expect(await desk.done(retryMail, { state: 'failed' })).toMatchObject({ count: 1000, left: 5 });
    expect(await desk.done(retryMail, { state: 'failed' })).toMatchObject({ count: 5, left: 0 });
  });

  test.each([{}, { id: 1, state: 'failed' }, { id: 1, ticket: 1001 }, { mailbox: 'support@desk.example' }])(
    'are named one way: %j is refused',
    async (input) => {
      expect((await desk.refused(retryMail, input)).message).toContain('It takes one mail, or a state');
    },
  );
});

describe('an address that is not mailed', () => {
  const to = async (): Promise<string> => (await desk.done(showMail, { id })).recipient;

  test('is listed, found, explained and lifted; then what was kept back goes when it is tried again', async () => {
    const address = await to();
    await put('bounced');
    await desk.db.sql`
      insert into deliveries (notification_id, outcome, reply) values (${id}, 'bounced', '5.1.1 no such user')`;
    await desk.db.sql`insert into suppressions (address, reason) values (${address}, 'bounced: 5.1.1 no such user')`;
    expect((await desk.done(showSuppressions, { search: 'no such user' })).rows).toMatchObject([{ address }]);
    expect((await desk.done(showSuppressions, { search: 'elsewhere' })).rows).toEqual([]);
    expect(await desk.done(showSuppression, { address })).toMatchObject({
      reason: 'bounced: 5.1.1 no such user',
      troubles: [{ id, outcome: 'bounced', said: '5.1.1 no such user' }],
    });
    expect(await desk.refused(resendMail, { id })).toMatchObject({
      code: 'address_suppressed',
      message: `${address} is not mailed: bounced: 5.1.1 no such user.`,
      mend: `If that is over: deskbell suppression lift ${address}`,
    });
    await desk.db.sql`
      update notifications set state = 'suppressed', reason = 'the address is not mailed: bounced', created_at = now() + interval '1 second' where id = ${id}`;
    const bulk = { state: 'suppressed', recipient: address };
    expect(await desk.done(retryMail, bulk)).toMatchObject({ count: 0 });
    expect(await desk.done(liftSuppression, { address })).toMatchObject({ keptBack: 1 });
    expect(await desk.done(retryMail, bulk)).toMatchObject({ count: 1 });
    expect((await desk.refused(liftSuppression, { address })).code).toBe('not_suppressed');
  });

  test('of what was kept back for another reason nothing is tried again with the rest', async () => {
    await desk.db.sql`update notifications set state = 'suppressed', reason = 'they wrote it' where id = ${id}`;
    expect(await desk.done(retryMail, { state: 'suppressed', recipient: await to() })).toMatchObject({ count: 0 });
  });

  test('may be one that an operator adds, but none of the desk', async () => {
    const added = await desk.done(addSuppression, { address: 'Eva@Lantern.example', because: 'asked us by phone' });
    expect(added).toEqual({ address: 'eva@lantern.example', reason: 'kept back by system:cli: asked us by phone' });
    const again = { address: 'eva@lantern.example', because: 'again' };
    expect((await desk.refused(addSuppression, again)).code).toBe('already_suppressed');
    expect((await desk.refused(addSuppression, { ...again, address: 'support@desk.example' })).code).toBe(
      'desk_address',
    );
    expect((await desk.refused(showSuppression, { address: 'mia@lantern.example' })).message).toBe(
      'Nothing keeps mail from mia@lantern.example.',
    );
  });
});

test('a mail is shown as a person reads it', async () => {
  const bytes = [
    'From: Example Support <support@desk.example>',
    'To: Ana <ana@lantern.example>',
    'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=',
    'Auto-Submitted: auto-replied',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Der Knopf l=C3=A4sst sich dr=C3=BCcken.',
  ].join('\r\n');
  await desk.db
    .sql`insert into notification_mime (notification_id, bytes) values (${id}, convert_to(${bytes}, 'UTF8'))`;
  expect((await desk.done(showMail, { id })).readable).toEqual({
    headers: [
      ['From', 'Example Support <support@desk.example>'],
      ['To', 'Ana <ana@lantern.example>'],
      ['Subject', 'Grüße'],
      ['Auto-Submitted', 'auto-replied'],
    ],
    text: expect.stringContaining('Der Knopf lässt sich drücken.'),
  });
});

test('mail that does not exist is refused in words', async () => {
  expect((await desk.refused(showMail, { id: 999_999 })).message).toBe('There is no mail 999999 in the outbox.');
});
