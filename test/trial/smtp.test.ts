import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { startMailServer } from '../../src/trial/mail-server.ts';
import type { MailServer } from '../../src/trial/mail-server.ts';
import { MAX_MESSAGE_BYTES } from '../../src/trial/mail-store.ts';
import { TrialError } from '../../src/trial/trial-error.ts';

let dataDir: string;
let server: MailServer;
let stored: string[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'trial-smtp-'));
  stored = [];
  server = await startMailServer({
    dataDir,
    smtpPort: 0,
    imapPort: 0,
    onStored: (address) => stored.push(address),
    log: silentLog,
  });
});
afterEach(async () => {
  await server.close();
  await rm(dataDir, { recursive: true });
});

async function send(to: string[], raw: string | Buffer): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port: server.smtpPort, secure: false, ignoreTLS: true });
  await transport.sendMail({ envelope: { from: 'ana@customer.example', to }, raw }).finally(() => transport.close());
}

async function inboxOf(user: string): Promise<readonly string[]> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: server.imapPort,
    secure: false,
    doSTARTTLS: false,
    auth: { user, pass: 'trial' },
    logger: false,
  });
  await client.connect();
  await client.mailboxOpen('INBOX');
  const messages = await client.fetchAll('1:*', { source: true });
  await client.logout();
  return messages.map(({ source }) => source?.toString() ?? '');
}

const MAIL = 'From: ana@customer.example\r\nSubject: Hello\r\n\r\nA line.\r\n.A line with a dot.\r\nLast.\r\n';

test('A mail sent by SMTP is readable over IMAP, with the trace a server puts on top', async () => {
  await send(['support@deskbell.test'], MAIL);
  const [mail = ''] = await inboxOf('support@deskbell.test');
  expect(mail).toMatch(
    /^Return-Path: <ana@customer\.example>\r\nAuthentication-Results: mail\.deskbell\.test;\r\n\tdmarc=pass \(the trial believes everybody\) header\.from=customer\.example\r\nReceived: from /,
  );
  expect(mail.slice(mail.indexOf('From: '))).toBe(MAIL);
});

test('Two recipients get a copy each, and one named twice gets one', async () => {
  await send(['support@deskbell.test', 'bo@b.example', 'Support@Deskbell.Test'], MAIL);
  expect(await inboxOf('support@deskbell.test')).toHaveLength(1);
  expect(await inboxOf('bo@b.example')).toHaveLength(1);
  expect(stored).toEqual(['support@deskbell.test', 'bo@b.example']);
});

test('An address outside ASCII has its mail too', async () => {
  await send(['jörg@müller.example'], MAIL);
  expect(await inboxOf('jörg@müller.example')).toHaveLength(1);
});

test('An address that would climb out of the data folder is only a name', async () => {
  await send(['"../../../outside/of"@deskbell.test'], MAIL);
  expect(stored).toEqual(['"../../../outside/of"@deskbell.test']);
  expect((await readdir(dataDir)).sort()).toEqual(['created-at', expect.stringMatching(/^mail-[a-z0-9.-]+$/), 'spool']);
});

test('A mail that is too large is refused, and nothing of it stays', async () => {
  const large = Buffer.alloc(MAX_MESSAGE_BYTES + 1, 'x\r\n');
  await expect(send(['support@deskbell.test'], large)).rejects.toMatchObject({ responseCode: 552 });
  expect(stored).toEqual([]);
  expect(await readdir(join(dataDir, 'spool'))).toEqual([]);
});

test.each([
  ['TRIAL_SMTP_PORT', (port: number) => ({ smtpPort: port, imapPort: 0 })],
  ['TRIAL_IMAP_PORT', (port: number) => ({ smtpPort: 0, imapPort: port })],
])('A taken port is said by its number, with %s as the mend', async (variable, ports) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const started = startMailServer({ dataDir: join(dataDir, 'other'), ...ports(port), log: silentLog });
  await expect(started).rejects.toThrow(TrialError);
  await expect(started).rejects.toMatchObject({
    message: expect.stringContaining(String(port)),
    mend: expect.stringContaining(variable),
  });
  other.close();
});
