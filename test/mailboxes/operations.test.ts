import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EmailAddress } from '../../src/mail/address.ts';
import { addCustomer } from '../../src/contacts/customer-operations.ts';
import { addMailbox, pauseMailbox, resumeMailbox, showMailboxes } from '../../src/mailboxes/operations.ts';
import { openSecret } from '../../src/mailboxes/model.ts';
import { findMailbox } from '../../src/mailboxes/store.ts';
import type { TestDesk } from '../access/desk.ts';
import { openTestDesk } from '../access/desk.ts';
import { address, seedContact } from '../support/seed.ts';

let desk: TestDesk;
beforeAll(async () => {
  desk = await openTestDesk();
  await seedContact(desk.db, 'Ana Peralta', 'ana@lantern.example');
});
afterAll(() => desk.drop());

const stored = async (of: string) => {
  const mailbox = await findMailbox(desk.db, address(of));
  if (mailbox === null) throw new Error(`no mailbox ${of}`);
  const password = (server: 'imap' | 'smtp') => openSecret(desk.deps.keys, mailbox, server)?.reveal() ?? null;
  return { ...mailbox, imapPassword: password('imap'), smtpPassword: password('smtp') };
};

test('host and password are enough: the rest is custom, and SMTP is like IMAP', async () => {
  await desk.done(addMailbox, {
    address: 'Support@Desk.example',
    imapHost: 'mail.desk.example',
    imapPassword: 'lantern',
  });
  expect(await stored('support@desk.example')).toMatchObject({
    displayName: 'support@desk.example',
    status: 'active',
    imap: { host: 'mail.desk.example', port: 993, security: 'tls', user: 'support@desk.example' },
    smtp: { host: 'mail.desk.example', port: 465, security: 'tls', user: 'support@desk.example' },
    imapPassword: 'lantern',
    smtpPassword: 'lantern',
    folder: 'INBOX',
    schedule: '* * * * *',
    settleMark: 'keyword',
    historyStart: 'baseline',
    replyDomain: 'desk.example',
    defaultCustomerId: null,
  });
});

test('everything may be said, and the port follows the security', async () => {
  await desk.done(addCustomer, { name: 'Quarry' });
  await desk.done(addMailbox, {
    address: 'sales@desk.example',
    name: 'Example Sales',
    imapHost: 'imap.desk.example',
    imapSecurity: 'starttls',
    imapUser: 'sales',
    imapPassword: 'one',
    smtpHost: 'smtp.desk.example',
    smtpSecurity: 'starttls',
    smtpUser: 'sales-out',
    smtpPassword: 'two',
    folder: 'Support/New',
    schedule: '*/5 * * * *',
    settle: 'seen',
    from: 'beginning',
    customer: 'quarry',
    replyDomain: 'Replies.example',
  });
  expect(await stored('sales@desk.example')).toMatchObject({
    displayName: 'Example Sales',
    imap: { port: 143, user: 'sales' },
    smtp: { host: 'smtp.desk.example', port: 587, user: 'sales-out' },
    imapPassword: 'one',
    smtpPassword: 'two',
    folder: 'Support/New',
    settleMark: 'seen',
    historyStart: 'beginning',
    replyDomain: 'replies.example',
  });
});

test('a new password alone is given with replace, and everything else stays', async () => {
  const before = await stored('sales@desk.example');
  await desk.done(addMailbox, { address: 'sales@desk.example', replace: true, imapPassword: 'three' });
  expect(await stored('sales@desk.example')).toEqual({
    ...before,
    imapSecret: expect.any(Buffer) as Buffer,
    smtpSecret: before.smtpSecret,
    imapPassword: 'three',
    smtpPassword: 'two',
  });
});

test('whoever shares user and password changes both', async () => {
  await desk.done(addMailbox, { address: 'support@desk.example', replace: true, imapPassword: 'four' });
  expect(await stored('support@desk.example')).toMatchObject({ imapPassword: 'four', smtpPassword: 'four' });
});

test('a mailbox that sends without a login has no SMTP user', async () => {
  await desk.done(addMailbox, { address: 'support@desk.example', replace: true, smtpLogin: false });
  expect(await stored('support@desk.example')).toMatchObject({ smtp: { user: null }, smtpPassword: null });
});

test('plain text stays on this machine', async () => {
  const plain = { imapPassword: 'x', imapSecurity: 'none', smtpSecurity: 'none' };
  const { problems } = await desk.refused(addMailbox, {
    ...plain,
    address: 'a@desk.example',
    imapHost: 'imap.desk.example',
  });
  expect(problems.map(({ field }) => field)).toEqual(['imapSecurity', 'smtpSecurity']);
  expect(problems[0]?.says).toContain('in plain text');
  await desk.done(addMailbox, { ...plain, address: 'local@desk.example', imapHost: '127.0.0.1', imapPort: '1143' });
  expect(await stored('local@desk.example')).toMatchObject({
    imap: { port: 1143, security: 'none' },
    smtp: { port: 25 },
  });
});

test.each([
  ['no host and no password', {}, ['imapHost is missing: the name of the IMAP server', 'imapPassword is missing']],
  [
    'a user of its own without a password',
    { imapHost: 'h.example', imapPassword: 'x', smtpUser: 'out' },
    ['smtpPassword is missing: out needs one'],
  ],
  [
    'a schedule that is none',
    { imapHost: 'h.example', imapPassword: 'x', schedule: 'every minute' },
    ['schedule is a cron expression such as "* * * * *" (each minute) or "*/5 * * * *", in UTC'],
  ],
  [
    'several at once',
    { imapHost: 'h example', imapPort: '99999', settle: 'delete', replyDomain: 'not a domain' },
    [
      'imapHost is the name or address of a server, such as imap.customer.example',
      'imapPort is a port from 1 to 65535',
      'settle is keyword or seen or none',
      'replyDomain is a domain such as desk.example, not "not a domain"',
    ],
  ],
  [
    'an authority that is no certificate',
    { imapHost: 'h.example', imapPassword: 'x', imapCa: 'hello' },
    ['imapCa is a certificate as PEM, beginning with -----BEGIN CERTIFICATE-----'],
  ],
])('%s: each problem is told with its field', async (_, input, expected) => {
  const { problems } = await desk.refused(addMailbox, { address: 'new@desk.example', ...input });
  expect(problems.map(({ field, says }) => `${field} ${says}`)).toEqual(expected);
  expect(await findMailbox(desk.db, 'new@desk.example' as EmailAddress)).toBeNull();
});

test('a mailbox is added once, changed only when it is there, and is no contact', async () => {
  const given = { imapHost: 'mail.desk.example', imapPassword: 'x' };
  expect((await desk.refused(addMailbox, { ...given, address: 'support@desk.example' })).mend).toContain('--replace');
  expect((await desk.refused(addMailbox, { ...given, address: 'x@desk.example', replace: true })).code).toBe(
    'mailbox_not_found',
  );
  const { message } = await desk.refused(addMailbox, { ...given, address: 'ana@lantern.example' });
  expect(message).toMatch(/^ana@lantern\.example is an address of contact \d+, Ana Peralta\.$/);
  expect((await desk.refused(addMailbox, { ...given, address: 'y@desk.example', customer: 'Nowhere' })).code).toBe(
    'customer_not_found',
  );
});

test('passwords are in neither the list, the audit nor the answer', async () => {
  const answer = await desk.done(addMailbox, {
    address: 'secret@desk.example',
    imapHost: 'mail.desk.example',
    imapPassword: 'hunter2-one',
    smtpUser: 'out',
    smtpPassword: 'hunter2-two',
  });
  const audit = await desk.db.sql`select * from audit_rows`;
  const rows = await desk.db.sql`select * from mailboxes`;
  const seen = JSON.stringify([answer, audit, rows, await desk.done(showMailboxes, {})]);
  expect(seen).toContain('[secret]');
  expect(seen).not.toContain('hunter2');
});

test('a mailbox is paused and resumed; what nobody reads is said to be so', async () => {
  const of = { address: 'support@desk.example' };
  const state = async () => (await desk.done(showMailboxes, {})).find((row) => row.address === of.address)?.state;
  expect(await state()).toBe('not_read');
  await desk.done(pauseMailbox, of);
  expect(await state()).toBe('paused');
  expect((await desk.refused(pauseMailbox, of)).message).toBe('support@desk.example is paused already.');
  await desk.done(resumeMailbox, of);
  expect(await state()).toBe('not_read');
});

test('a mailbox somebody holds is as its holder says, with reason and advice', async () => {
  const { id } = await stored('support@desk.example');
  await desk.db.sql`
    insert into mailbox_leases (mailbox_id, holder, epoch, expires_at) values (${id}, 'one', 1, now() + interval '1 hour')`;
  await desk.db.sql`
    insert into mailbox_health (mailbox_id, state, reason, advice, changed_at)
    values (${id}, 'trouble', 'The login was refused.', 'Check user and password.', now())`;
  const row = (await desk.done(showMailboxes, {})).find((one) => one.id === id);
  expect(row).toMatchObject({
    state: 'trouble',
    holder: 'one',
    reason: 'The login was refused.',
    advice: 'Check user and password.',
  });
});
