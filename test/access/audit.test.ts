import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../../src/access/actor.ts';
import { showAudit } from '../../src/access/audit-operations.ts';
import type { ChangeOperation } from '../../src/access/operation.ts';
import { perform } from '../../src/access/operation.ts';
import { addOperator } from '../../src/access/operations.ts';
import { findOperator } from '../../src/access/store.ts';
import type { InboundMessageId } from '../../src/db/ids.ts';
import { PLAIN_MAIL } from '../../src/inbound/facts.ts';
import { setToggle } from '../../src/settings/operations.ts';
import { replyToTicket } from '../../src/tickets/operations.ts';
import { address, seedContact, seedMailbox, seedTicket } from '../support/seed.ts';
import type { TestDesk } from './desk.ts';
import { openTestDesk } from './desk.ts';

// FEATURES T-07, O-01: every change leaves who, when, what, from, to; and no secret.
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SECRETS = ['hunter2-imap', 'hunter2-smtp', 'hunter3-imap'];

type AnyChange = ChangeOperation<unknown, unknown>;

const isChange = (value: unknown): value is AnyChange =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'change' && 'run' in value;

async function changesOfTheDesk(): Promise<readonly { readonly exported: string; readonly operation: AnyChange }[]> {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('operations.ts'))
    .toSorted();
  const found = [];
  for (const file of files) {
    const module: unknown = await import(join(ROOT, 'src', file));
    for (const [exported, operation] of Object.entries(module as object)) {
      if (isChange(operation)) found.push({ exported, operation });
    }
  }
  return found;
}
const changes = await changesOfTheDesk();

let desk: TestDesk;
let jonas: Actor;
beforeAll(async () => {
  desk = await openTestDesk();
  await desk.done(addOperator, { address: 'jonas@desk.example', name: 'Jonas Weil', role: 'admin' });
  const row = await findOperator(desk.db, address('jonas@desk.example'));
  if (row === null) throw new Error('the operator is missing');
  jonas = { is: 'operator', ...row };
});
afterAll(() => desk.drop());

/** A mail of Ana that waits for a person. */
async function seedHeld(): Promise<InboundMessageId> {
  const { db } = desk;
  const mailboxId = await seedMailbox(db, `held-${(await db.sql`select 1 from mailboxes`).length}@desk.example`);
  const sender = { is: 'unknown', address: 'ana@quarry.example', customerId: 1 };
  const facts = { ...PLAIN_MAIL, mailboxId, sender, authentication: { verdict: 'none', says: '' } };
  const [row] = await db.sql<{ id: InboundMessageId }[]>`
    with folder as (
      insert into mailbox_folders (mailbox_id, folder, uid_validity, baseline_uid) values (${mailboxId}, 'INBOX', 1, 1)
      returning id
    )
    insert into inbound_messages (mailbox_id, folder_id, uid, epoch, content_key, raw_sha256, size_bytes, internal_date, status, reason, done_at)
    select ${mailboxId}, id, 1, 1, sha256(${String(mailboxId)}::text::bytea), '\\x00', 1, now(), 'held', 'auto_ticket_off', now()
    from folder returning id`;
  const { id } = row as { id: InboundMessageId };
  await db.sql`
    insert into decisions (inbound_id, rule, facts, trace)
    values (${id}, 'tickets_from_mail_off', ${JSON.stringify(facts)}::text::jsonb, '[]')`;
  return id;
}

let people = 0;
async function openTicket(): Promise<number> {
  people += 1;
  const contact = await seedContact(desk.db, 'Ana Peralta', `ana${people}@lantern.example`);
  return (await seedTicket(desk.db, await seedMailbox(desk.db, `desk${people}@desk.example`), contact)).number;
}

async function owedMail(state: string): Promise<number> {
  await desk.done(replyToTicket, { number: await openTicket(), text: 'Hello' });
  const [row] = await desk.db.sql<{ id: number }[]>`
    update notifications set state = ${state} where id = (select max(id) from notifications) returning id`;
  return row?.id ?? 0;
}

const MAILBOX = {
  address: 'new@desk.example',
  imapHost: 'imap.desk.example',
  imapPassword: 'hunter2-imap',
  smtpPassword: 'hunter2-smtp',
};

interface Scenario {
  readonly operation: string;
  /** Prepares the desk, and says what to do. */
  readonly input: () => Promise<object>;
  /** null: nothing was there before, and the input says what is now. */
  readonly from: unknown;
  readonly to: unknown;
}

const given = (input: object) => () => Promise.resolve(input);
const newOperator = { address: 'mira@desk.example', name: 'Mira Holt', role: 'agent' };

/** In this order; each leaves what the next one needs. */
const SCENARIOS: readonly Scenario[] = [
  {
    operation: 'template.set',
    input: given({ kind: 'ticket_closed', locale: 'de', subject: 'Zu: [#{{ticket.number}}]' }),
    from: { version: null },
    to: { kind: 'ticket_closed', locale: 'de', version: 1 },
  },
  {
    operation: 'template.restore',
    input: given({ kind: 'ticket_closed', locale: 'de', shipped: true }),
    from: { version: 1 },
    to: { kind: 'ticket_closed', locale: 'de', version: null },
  },
  { operation: 'operator.add', input: given(newOperator), from: null, to: null },
  {
    operation: 'operator.set',
    input: given({ address: newOperator.address, role: 'read_only' }),
    from: { name: 'Mira Holt', role: 'agent' },
    to: { name: 'Mira Holt', role: 'read_only' },
  },
  {
    operation: 'me.set',
    input: given({ hearsOfReplies: 'all', language: 'de' }),
    from: { hearsOfReplies: 'mine', locale: null },
    to: { hearsOfReplies: 'all', locale: 'de' },
  },
  {
    operation: 'token.add',
    input: given({ operator: newOperator.address, name: 'Display', scopes: ['ticket.read'] }),
    from: null,
    to: { name: 'Display', scopes: ['ticket.read'], expiresAt: null },
  },
  {
    operation: 'token.revoke',
    input: async () => ({ token: Number((await desk.db.sql`select id from api_tokens`)[0]?.['id']) }),
    from: { revoked: false },
    to: { revoked: true },
  },
  {
    operation: 'operator.disable',
    input: given({ address: newOperator.address }),
    from: { disabled: false },
    to: { disabled: true },
  },
  {
    operation: 'operator.enable',
    input: given({ address: newOperator.address }),
    from: { disabled: true },
    to: { disabled: false },
  },
  {
    operation: 'toggle.set',
    input: async () => {
      await desk.done(setToggle, { toggle: 'acknowledge', value: 'on' });
      return { toggle: 'acknowledge', value: 'off' };
    },
    from: { value: 'on' },
    to: { value: 'off' },
  },
  { operation: 'toggle.clear', input: given({ toggle: 'acknowledge' }), from: { value: 'off' }, to: { value: null } },
  {
    operation: 'mailbox.add',
    input: given(MAILBOX),
    from: null,
    to: { imap: { host: 'imap.desk.example' }, newPasswords: ['imapPassword', 'smtpPassword'] },
  },
  {
    operation: 'mailbox.add',
    input: given({ address: MAILBOX.address, replace: true, imapPassword: 'hunter3-imap', folder: 'Desk' }),
    from: { folder: 'INBOX' },
    to: { folder: 'Desk', newPasswords: ['imapPassword'] },
  },
  {
    operation: 'mailbox.trust',
    input: given({ address: MAILBOX.address, ids: ['mx.desk.example'] }),
    from: { authservIds: [], authentication: 'check' },
    to: { authservIds: ['mx.desk.example'], authentication: 'check' },
  },
  {
    operation: 'mailbox.pause',
    input: given({ address: MAILBOX.address }),
    from: { status: 'active' },
    to: { status: 'paused' },
  },
  {
    operation: 'mailbox.resume',
    input: given({ address: MAILBOX.address }),
    from: { status: 'paused' },
    to: { status: 'active' },
  },
  {
    operation: 'ticket.reply',
    input: async () => ({ number: await openTicket(), text: 'Hello' }),
    from: { status: 'open' },
    to: { status: 'open' },
  },
  { operation: 'ticket.note', input: async () => ({ number: await openTicket(), text: 'Hm' }), from: null, to: {} },
  {
    operation: 'ticket.pending',
    input: async () => ({ number: await openTicket() }),
    from: { status: 'open' },
    to: { status: 'pending' },
  },
  {
    operation: 'ticket.resolve',
    input: async () => ({ number: await openTicket() }),
    from: { status: 'open' },
    to: { status: 'resolved' },
  },
  {
    operation: 'ticket.close',
    input: async () => ({ number: await openTicket() }),
    from: { status: 'open' },
    to: { status: 'closed' },
  },
  {
    operation: 'ticket.reopen',
    input: async () => ({
      number: (await desk.db.sql`select number from tickets where status = 'closed'`)[0]?.['number'],
    }),
    from: { status: 'closed' },
    to: { status: 'open' },
  },
  {
    operation: 'ticket.merge',
    input: async () => ({ number: await openTicket(), into: await openTicket(), acrossCustomers: true }),
    from: { status: 'open', partOf: null },
    to: { status: 'closed' },
  },
  {
    operation: 'mute.add',
    input: async () => ({ contact: 'watcher@quarry.example', ticket: await openTicket() }),
    from: { muted: false },
    to: { muted: true },
  },
  {
    operation: 'mute.remove',
    input: async () => ({
      contact: 'watcher@quarry.example',
      ticket: (await desk.db.sql`select max(number) as number from tickets`)[0]?.['number'],
    }),
    from: { muted: true },
    to: { muted: false },
  },
  {
    operation: 'outbox.cancel',
    input: async () => ({ id: await owedMail('queued') }),
    from: { state: 'queued' },
    to: { state: 'cancelled' },
  },
  {
    operation: 'outbox.retry',
    input: async () => ({ id: await owedMail('failed') }),
    from: { state: 'failed' },
    to: { state: 'queued' },
  },
  {
    operation: 'outbox.resend',
    input: async () => ({ id: await owedMail('sent') }),
    from: { state: 'sent' },
    to: { state: 'queued' },
  },
  {
    operation: 'outbox.resolve',
    input: async () => ({ id: await owedMail('uncertain'), outcome: 'sent' }),
    from: { state: 'uncertain' },
    to: { state: 'sent' },
  },
  {
    operation: 'suppression.add',
    input: given({ address: 'eva@lantern.example', because: 'asked us by phone' }),
    from: { reason: null },
    to: { reason: 'kept back by Jonas Weil: asked us by phone' },
  },
  {
    operation: 'suppression.lift',
    input: given({ address: 'eva@lantern.example' }),
    from: { reason: 'kept back by Jonas Weil: asked us by phone' },
    to: { reason: null },
  },
  {
    operation: 'message.process',
    input: async () => ({ message: await seedHeld(), anyway: true }),
    from: { status: 'held', reason: 'auto_ticket_off' },
    to: { status: 'received', anyway: true },
  },
  {
    operation: 'message.attach',
    input: async () => ({ message: await seedHeld(), to: await openTicket() }),
    from: { status: 'held', reason: 'auto_ticket_off' },
    to: { status: 'received' },
  },
  {
    operation: 'message.release',
    input: async () => {
      await seedHeld();
      return { reason: 'auto_ticket_off' };
    },
    from: { status: 'held', reason: 'auto_ticket_off' },
    to: { status: 'received' },
  },
  {
    operation: 'message.reject',
    input: async () => ({ message: await seedHeld(), because: 'an advertisement' }),
    from: { status: 'held', reason: 'auto_ticket_off' },
    to: { status: 'done', verdict: 'ignored' },
  },
  {
    operation: 'message.reject_many',
    input: async () => {
      await seedHeld();
      return { reason: 'auto_ticket_off', because: 'a flood' };
    },
    from: { status: 'held', reason: 'auto_ticket_off' },
    to: { status: 'done', verdict: 'ignored' },
  },
];

test.each(SCENARIOS)('$operation leaves who did it, when, and what was before and is now', async (scenario) => {
  const operation = changes.find((one) => one.operation.name === scenario.operation)?.operation;
  if (operation === undefined) throw new Error(`there is no operation ${scenario.operation}`);
  const input = await scenario.input();
  const before = new Date();
  const done = await perform(desk.deps, jonas, operation, input);
  if (!done.ok) throw new Error(done.error.message);
  const [row] = await desk.db.sql<{ at: Date; actor: string; input: unknown; outcome: string; changes: unknown }[]>`
    select at, actor, input, outcome, changes from audit_rows where operation = ${scenario.operation} order by id desc limit 1`;
  expect(row).toMatchObject({ actor: jonas.is === 'operator' ? `operator:${jonas.id}` : '', outcome: 'done' });
  expect(row?.at.getTime()).toBeGreaterThanOrEqual(before.getTime() - 1000);
  expect(row?.input).not.toEqual({});
  if (scenario.to === null) expect(row?.changes).toBeNull();
  else expect(row?.changes).toMatchObject({ from: scenario.from, to: scenario.to });
});

test('no secret of what was done is in the audit', async () => {
  const everything = JSON.stringify(await desk.db.sql`select * from audit_rows`);
  for (const secret of SECRETS) expect(everything).not.toContain(secret);
  expect(everything).not.toMatch(/dbk_|Secret"|tokenHash/);
});

/** Every change that any test performs through the desk is looked up in the audit: test/access/desk.ts. */
test('every change there is is performed by some test', () => {
  const tests = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => readFileSync(join(ROOT, 'test', path), 'utf8'))
    .join('\n');
  const known = new Set(SCENARIOS.map(({ operation }) => operation));
  const untried = changes
    .filter(({ exported, operation }) => !known.has(operation.name) && !new RegExp(`\\b${exported}\\b`).test(tests))
    .map(({ operation }) => operation.name);
  expect(untried).toEqual([]);
});

test('no two operations have one name', () => {
  const names = changes.map(({ operation }) => operation.name);
  expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
});

describe('the audit', () => {
  const list = (input: object = {}) => desk.done(showAudit, input, jonas);

  test('is read by operator, by operation or its first word, and since a day; the newest first, page by page', async () => {
    const { rows } = await list({ operation: 'mailbox' });
    expect(rows.map(({ operation }) => operation)).toEqual([
      'mailbox.resume',
      'mailbox.pause',
      'mailbox.trust',
      'mailbox.add',
      'mailbox.add',
    ]);
    expect(rows[0]).toMatchObject({ actorName: 'Jonas Weil', outcome: 'done', changes: { to: { status: 'active' } } });
    const first = await list({ operation: 'mailbox', limit: 3 });
    expect(first.next).toBe(rows[2]?.id);
    const second = await list({ operation: 'mailbox', limit: 3, after: first.next });
    expect([...first.rows, ...second.rows].map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    expect((await list({ operation: 'mailbox', since: '2999-01-01' })).rows).toEqual([]);
    expect((await list({ operator: 'mira@desk.example' })).rows).toEqual([]);
    expect((await list({ operator: 'jonas@desk.example', operation: 'ticket.merge' })).rows).toHaveLength(1);
    expect((await list({ operation: 'ticket_' })).rows).toEqual([]);
  });

  test('is for admins', async () => {
    const mira = await findOperator(desk.db, address('mira@desk.example'));
    if (mira === null) throw new Error('the operator is missing');
    expect((await desk.refused(showAudit, {}, { is: 'operator', ...mira })).code).toBe('not_allowed');
  });

  test.each([
    [{ operator: 'no@desk.example' }, 'There is no operator no@desk.example.'],
    [{ since: 'yesterday' }, 'since is a date such as 2030-01-31 or 2030-01-31T09:00Z, not "yesterday".'],
    [{ operation: "x'; drop" }, 'operation is the name of an operation such as toggle.set, or its first word.'],
  ])('%j is refused in words', async (input, words) => {
    expect((await desk.refused(showAudit, input, jonas)).message).toBe(words);
  });
});
