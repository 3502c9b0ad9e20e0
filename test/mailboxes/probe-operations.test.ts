import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deriveKeys } from '../../src/lib/crypto.ts';
import { silentLog } from '../../src/lib/log.ts';
import { addMailbox } from '../../src/mailboxes/operations.ts';
import { testMailbox } from '../../src/mailboxes/probe-operations.ts';
import type { OperationDeps } from '../../src/access/operation.ts';
import { perform } from '../../src/access/operation.ts';
import { openImap } from '../../src/mailboxes/imap.ts';
import type { MailServer } from '../../src/trial/mail-server.ts';
import { startMailServer } from '../../src/trial/mail-server.ts';
import type { TestDesk } from '../access/desk.ts';
import { CLI, openTestDesk } from '../access/desk.ts';
import { temporaryFolder } from '../support/postgres.ts';

let desk: TestDesk;
let server: MailServer;
let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startMailServer({ dataDir: folder, smtpPort: 0, imapPort: 0, log: silentLog });
  desk = await openTestDesk();
});
afterAll(async () => {
  await desk.drop();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const add = (address: string, change: object = {}) =>
  desk.done(addMailbox, {
    address,
    imapHost: '127.0.0.1',
    imapPort: server.imapPort,
    imapSecurity: 'none',
    imapPassword: 'trial',
    smtpPort: server.smtpPort,
    smtpSecurity: 'none',
    smtpLogin: false,
    ...change,
  });

const steps = async (address: string) => {
  const { isOk, steps: all } = await desk.done(testMailbox, { address });
  return { isOk, words: all.map(({ server: of, step, outcome }) => `${of} ${step} ${outcome}`), all };
};

test('a good mailbox goes through every step of both servers', async () => {
  await add('support@desk.example');
  const { isOk, words } = await steps('support@desk.example');
  expect(words).toEqual([
    'IMAP resolve ok',
    'IMAP connect ok',
    'IMAP login ok',
    'IMAP folder ok',
    'SMTP connect ok',
    'SMTP greeting ok',
    'SMTP mail ok',
  ]);
  expect(isOk).toBe(true);
});

test('a wrong password stops at the login and says what to do; SMTP is tried all the same', async () => {
  await add('wrong@desk.example', { imapPassword: 'hunter2' });
  const { isOk, words, all } = await steps('wrong@desk.example');
  expect(isOk).toBe(false);
  expect(words.slice(2, 5)).toEqual(['IMAP login failed', 'IMAP folder not_reached', 'SMTP connect ok']);
  expect(all[2]?.mend).toContain('Check user and password');
  expect(JSON.stringify([all, await desk.db.sql`select * from audit_rows`])).not.toContain('hunter2');
});

test('a folder that is not there stops at the folder', async () => {
  await add('folder@desk.example', { folder: 'Nowhere' });
  const { words, all } = await steps('folder@desk.example');
  expect(words[3]).toBe('IMAP folder failed');
  expect(all[3]?.says).toBe('There is no folder Nowhere.');
});

test('ports where nobody listens stop at the connection of each', async () => {
  await add('closed@desk.example', { imapPort: 1, smtpPort: 1 });
  const { words, all } = await steps('closed@desk.example');
  expect(words).toContain('IMAP connect failed');
  expect(words).toContain('SMTP connect failed');
  expect(all.filter(({ outcome }) => outcome === 'failed').every(({ mend }) => mend !== null)).toBe(true);
});

test('TLS where the server speaks none stops at TLS', async () => {
  await add('tls@desk.example', { imapSecurity: 'tls', smtpSecurity: 'tls' });
  const { words } = await steps('tls@desk.example');
  expect(words).toContain('IMAP tls failed');
  expect(words.some((word) => /^SMTP (tls|greeting) failed$/.test(word))).toBe(true);
});

test('passwords of another key are said to be so', async () => {
  const deps = { ...desk.deps, keys: deriveKeys(Buffer.alloc(32, 8)) };
  const result = await perform(deps, CLI, testMailbox, { address: 'support@desk.example' });
  expect(result.ok ? null : result.error.code).toBe('other_key');
});

test('headers that cannot be read are said to be so, not counted as none', async () => {
  const deps: OperationDeps = {
    ...desk.deps,
    openSource: async (account, signal) => {
      const opened = await openImap(account, signal);
      if (!opened.ok) return opened;
      // The real server, whose connection is lost at the first header.
      const fetchHeaders = () => Promise.reject(new Error('the connection was lost'));
      return { ok: true, value: { ...opened.value, fetchHeaders } };
    },
  };
  await server.deliver('support@desk.example', Buffer.from('From: <ana@lantern.example>\r\n\r\nHello\r\n'));
  const result = await perform(deps, CLI, testMailbox, { address: 'support@desk.example' });
  expect(result).toMatchObject({ ok: true, value: { isOk: true, proof: { problem: 'the connection was lost' } } });
});

test('a mailbox that is not there is refused in words', async () => {
  expect((await desk.refused(testMailbox, { address: 'no@desk.example' })).message).toBe(
    'The desk has no mailbox no@desk.example.',
  );
});
