import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeDovecot } from './describe-dovecot.ts';
import { startDovecot } from './dovecot.ts';
import type { Dovecot } from './dovecot.ts';

describeDovecot('a Dovecot of our own', () => {
  let dovecot: Dovecot;
  const open: ImapFlow[] = [];

  beforeAll(async () => {
    dovecot = await startDovecot();
    await dovecot.addUser('support@desk.test', 'first word');
  });
  afterAll(async () => {
    open.forEach((client) => client.close());
    await dovecot.stop();
  });

  async function login(password: string, security: Partial<ConstructorParameters<typeof ImapFlow>[0]> = {}) {
    const auth = { user: 'support@desk.test', pass: password };
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: dovecot.port,
      logger: false,
      auth,
      secure: false,
      doSTARTTLS: false,
      ...security,
    });
    client.on('error', () => {}); // a killed server is what these tests are about
    open.push(client);
    await client.connect();
    return client;
  }

  const mail = (subject: string) => Buffer.from(`From: ana@customer.example\r\nSubject: ${subject}\r\n\r\nHello\r\n`);

  test('mail arrives in order, byte for byte, with the date it was given', async () => {
    const internalDate = new Date('2026-02-03T04:05:06Z');
    await dovecot.deliver('support@desk.test', mail('0'), { internalDate });
    const count = await dovecot.deliverMany(
      'support@desk.test',
      Array.from({ length: 99 }, (_, i) => ({ bytes: mail(`${i + 1}`) })),
    );
    expect(count).toBe(99);
    const client = await login('first word');
    await client.mailboxOpen('INBOX');
    const found = await client.fetchAll('1:*', { source: true, internalDate: true });
    expect(found.map((message) => message.source?.toString())).toEqual(
      Array.from({ length: 100 }, (_, i) => mail(`${i}`).toString()),
    );
    expect(new Date(found[0]?.internalDate ?? 0)).toEqual(internalDate);
    await client.logout();
  });

  test('it speaks STARTTLS and implicit TLS with a certificate that its authority vouches for', async () => {
    const tls = { ca: dovecot.caPem ?? '', rejectUnauthorized: true };
    const upgraded = await login('first word', { doSTARTTLS: true, tls });
    expect(upgraded.secureConnection).toBe(true);
    await upgraded.logout();
    const implicit = await login('first word', { port: dovecot.tlsPort ?? 0, secure: true, host: 'localhost', tls });
    expect(implicit.authenticated).toBeTruthy();
    await implicit.logout();
  });

  test('a changed password counts at once', async () => {
    await dovecot.addUser('support@desk.test', 'other word');
    await expect(login('first word')).rejects.toMatchObject({ authenticationFailed: true });
    const client = await login('other word');
    await client.logout();
    await dovecot.addUser('support@desk.test', 'first word');
  });

  test('killing the IMAP processes ends every connection, and a new one works', async () => {
    const client = await login('first word');
    await client.mailboxOpen('INBOX');
    const closed = new Promise((resolve) => client.once('close', () => resolve('closed')));
    expect(await dovecot.killImapProcesses()).toBeGreaterThan(0);
    expect(await closed).toBe('closed');
    await (await login('first word')).logout();
  });

  test('doveadm changes the UIDVALIDITY under us', async () => {
    await dovecot.doveadm('mailbox', 'update', '-u', 'support@desk.test', '--uid-validity', '424242', 'INBOX');
    const status = await dovecot.doveadm('mailbox', 'status', '-u', 'support@desk.test', 'uidvalidity', 'INBOX');
    expect(status.trim()).toBe('INBOX uidvalidity=424242');
  });

  test('a restart keeps ports and mail', async () => {
    const refused = { is: false };
    await dovecot.restart(async () => {
      await login('first word').catch(() => (refused.is = true));
    });
    expect(refused.is).toBe(true);
    const client = await login('first word');
    expect(await client.status('INBOX', { messages: true })).toMatchObject({ messages: 100 });
    await client.logout();
  });
});
