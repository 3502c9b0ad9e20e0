import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import { startMailServer } from '../../src/trial/mail-server.ts';
import type { MailServer } from '../../src/trial/mail-server.ts';

let dataDir: string;
let server: MailServer;
let users = 0;
const clients = new Set<ImapFlow>();

const start = () => startMailServer({ dataDir, smtpPort: 0, imapPort: 0, log: silentLog });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'trial-imap-'));
  server = await start();
});
afterEach(() => {
  for (const client of clients) client.close();
  clients.clear();
});
afterAll(async () => {
  await server.close();
  await rm(dataDir, { recursive: true });
});

const newAddress = () => `desk${(users += 1)}@deskbell.test`;

async function login(user: string, password = 'trial'): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: server.imapPort,
    secure: false,
    doSTARTTLS: false,
    auth: { user, pass: password },
    logger: false,
  });
  client.on('error', () => {});
  clients.add(client);
  await client.connect();
  return client;
}

async function open(user: string): Promise<ImapFlow> {
  const client = await login(user);
  await client.mailboxOpen('INBOX');
  return client;
}

const crlf = (...lines: string[]) => Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
const simple = (subject: string) =>
  crlf('From: Ana <ana@customer.example>', `Subject: ${subject}`, '', 'Hello', 'there');

const nested = crlf(
  'From: "Ana, of Sales" <ana@customer.example>',
  'To: Desk <support@deskbell.test>, friends: bo@b.example, Cy <cy@c.example>;',
  'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
  'Date: Fri, 17 Jul 2026 10:00:00 +0200',
  'Message-ID: <one@customer.example>',
  'Content-Type: multipart/mixed; boundary="out"',
  '',
  'A preamble nobody reads.',
  '--out',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'Caf=C3=A9 is open=',
  ' today.',
  '--out',
  'Content-Type: message/rfc822',
  'Content-Disposition: attachment; filename="old mail.eml"',
  '',
  'From: Bo <bo@b.example>',
  'Subject: inner',
  'Content-Type: multipart/alternative; boundary=in',
  '',
  '--in',
  '',
  'plain',
  '--in',
  'Content-Type: text/html',
  '',
  '<p>html</p>',
  '--in--',
  '--out--',
);

describe('a client that logs in', () => {
  test('is let in as any address, in any case, with the password of the trial', async () => {
    const address = newAddress();
    await server.deliver(address, simple('one'));
    const client = await open(address.toUpperCase());
    expect(client.mailbox).toMatchObject({ path: 'INBOX', exists: 1, uidNext: 2 });
  });

  test('is refused with another password', async () => {
    await expect(login(newAddress(), 'wrong')).rejects.toMatchObject({ serverResponseCode: 'AUTHENTICATIONFAILED' });
  });

  test('may use LOGIN instead of AUTHENTICATE', async () => {
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: server.imapPort,
      secure: false,
      doSTARTTLS: false,
      auth: { user: newAddress(), pass: 'trial', loginMethod: 'LOGIN' },
      logger: false,
    });
    clients.add(client);
    await client.connect();
    expect(client.authenticated).toBeTruthy();
  });

  test('finds an empty INBOX under an address never seen, whose UIDVALIDITY stays', async () => {
    const address = newAddress();
    const before = (await open(address)).mailbox;
    await server.deliver(address, simple('first'));
    const after = (await open(address)).mailbox;
    expect(before).toMatchObject({ exists: 0 });
    expect(after).toMatchObject({ exists: 1, uidValidity: before && before.uidValidity });
  });
});

describe('a client that reads', () => {
  test('gets UID, flags, size, date, envelope and structure', async () => {
    const address = newAddress();
    await server.deliver(address, nested);
    const client = await open(address);
    const message = await client.fetchOne('1', {
      uid: true,
      flags: true,
      size: true,
      internalDate: true,
      envelope: true,
      bodyStructure: true,
      source: true,
    });
    if (!message) throw new Error('nothing was fetched');
    expect(message).toMatchObject({ uid: 1, size: nested.length, internalDate: expect.any(Date) });
    expect(message.source?.equals(nested)).toBe(true);
    expect([...(message.flags ?? [])]).toEqual([]);
    expect(message.envelope).toMatchObject({
      subject: 'Grüße',
      messageId: '<one@customer.example>',
      date: new Date('2026-07-17T08:00:00Z'),
      from: [{ name: 'Ana, of Sales', address: 'ana@customer.example' }],
      replyTo: [{ address: 'ana@customer.example' }],
    });
    expect(message.envelope?.to?.map(({ address }) => address)).toEqual(
      expect.arrayContaining(['support@deskbell.test', 'bo@b.example', 'cy@c.example']),
    );
    expect(message.bodyStructure).toMatchObject({
      type: 'multipart/mixed',
      childNodes: [
        { part: '1', type: 'text/plain', parameters: { charset: 'utf-8' }, encoding: 'quoted-printable', lineCount: 1 },
        {
          part: '2',
          type: 'message/rfc822',
          dispositionParameters: { filename: 'old mail.eml' },
          envelope: { subject: 'inner' },
          childNodes: [
            {
              type: 'multipart/alternative',
              childNodes: [
                { part: '2.1', type: 'text/plain' },
                { part: '2.2', type: 'text/html' },
              ],
            },
          ],
        },
      ],
    });
  });

  test.each([
    ['1', 'Caf=C3=A9 is open=\r\n today.'],
    [
      '2.header',
      'From: Bo <bo@b.example>\r\nSubject: inner\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n',
    ],
    ['2.1', 'plain'],
    ['2.2', '<p>html</p>'],
    ['2.2.mime', 'Content-Type: text/html\r\n\r\n'],
  ])('gets the bytes of part %s alone', async (part, text) => {
    const address = newAddress();
    await server.deliver(address, nested);
    const message = await (await open(address)).fetchOne('1', { bodyParts: [part] });
    expect(message && message.bodyParts?.get(part)?.toString()).toBe(text);
  });

  test('gets the header, or some fields of it, or the text', async () => {
    const address = newAddress();
    await server.deliver(address, simple('four'));
    const client = await open(address);
    const whole = await client.fetchOne('1', { headers: true, bodyParts: ['text'] });
    const some = await client.fetchOne('1', { headers: ['Subject', 'X-None'] });
    expect(whole && whole.headers?.toString()).toBe('From: Ana <ana@customer.example>\r\nSubject: four\r\n\r\n');
    expect(whole && whole.bodyParts?.get('text')?.toString()).toBe('Hello\r\nthere\r\n');
    expect(some && some.headers?.toString()).toBe('Subject: four\r\n\r\n');
  });

  test('gets exactly the byte ranges it asks for', async () => {
    const address = newAddress();
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => 33 + (index % 90)));
    await server.deliver(address, bytes);
    const client = await open(address);
    for (const [start, maxLength] of [
      [0, 10],
      [99_999, 100_000],
      [299_990, 100],
      [400_000, 10],
    ] as const) {
      const message = await client.fetchOne('1', { source: { start, maxLength } });
      expect(message && message.source?.equals(bytes.subarray(start, start + maxLength))).toBe(true);
    }
    const { content } = await client.download('1', undefined, { chunkSize: 65_536 });
    if (content === undefined) throw new Error('nothing was downloaded');
    const pieces: Buffer[] = [];
    for await (const piece of content) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  });

  test('searches by UID range, flag, field, text, size and date', async () => {
    const address = newAddress();
    for (const message of [simple('alpha'), nested, simple('gamma')]) await server.deliver(address, message);
    const client = await open(address);
    await client.messageFlagsAdd('3', ['\\Seen', '$Deskbell']);
    const find = (query: Parameters<ImapFlow['search']>[0]) => client.search(query, { uid: true });
    expect(await find({ uid: '2:*' })).toEqual([2, 3]);
    expect(await find({ uid: '900:*' })).toEqual([3]);
    expect(await find({ uid: '1:20000' })).toEqual([1, 2, 3]);
    expect(await find({ seen: false })).toEqual([1, 2]);
    expect(await find({ unKeyword: '$deskbell' })).toEqual([1, 2]);
    expect(await find({ subject: 'grüße' })).toEqual([2]);
    expect(await find({ body: 'CAFÉ is open today' })).toEqual([2]);
    expect(await find({ larger: 300 })).toEqual([2]);
    expect(await find({ or: [{ subject: 'alpha' }, { subject: 'gamma' }] })).toEqual([1, 3]);
    expect(await find({ not: { from: 'sales' } })).toEqual([1, 3]);
    expect(await find({ sentOn: new Date('2026-07-17') })).toEqual([2]);
    expect(await find({ before: new Date('2000-01-01') })).toEqual([]);
    expect(await find({ header: { 'message-id': 'one@' } })).toEqual([2]);
  });
});

describe('a client that changes', () => {
  test('may set keywords of its own, and the other clients hear of it', async () => {
    const address = newAddress();
    await server.deliver(address, simple('one'));
    const [one, other] = [await open(address), await open(address)];
    const heard = new Promise((resolve) => other.once('flags', resolve));
    expect(one.mailbox && one.mailbox.permanentFlags?.has('\\*')).toBe(true);
    await one.messageFlagsAdd('1', ['$Deskbell', '\\Flagged'], { uid: true });
    await one.messageFlagsRemove('1', ['\\flagged'], { uid: true });
    await other.noop();
    expect(await heard).toMatchObject({ seq: 1, flags: new Set(['$Deskbell']) });
  });

  test('never sees a UID again after it has been expunged', async () => {
    const address = newAddress();
    for (const name of ['one', 'two']) await server.deliver(address, simple(name));
    const [client, other] = [await open(address), await open(address)];
    const heard = new Promise((resolve) => other.once('expunge', resolve));
    await client.messageDelete('1:*');
    await other.noop();
    await heard;
    await server.deliver(address, simple('three'));
    expect(await client.search({ all: true }, { uid: true })).toEqual([3]);
    expect(await other.search({ all: true }, { uid: true })).toEqual([3]);
  });

  test('files, copies and moves with the UIDs it is told', async () => {
    const address = newAddress();
    const client = await open(address);
    const large = Buffer.concat([simple('large'), Buffer.alloc(200_000, 'x')]);
    const date = new Date('2026-01-02T03:04:05Z');
    const filed = await client.append('INBOX', large, ['\\Seen'], date);
    expect(filed).toMatchObject({ uid: 1, uidValidity: client.mailbox && client.mailbox.uidValidity });
    expect(await client.messageCopy('1', 'Sent')).toMatchObject({ uidMap: new Map([[1, 1]]) });
    expect(await client.messageMove('1', 'Trash')).toMatchObject({ uidMap: new Map([[1, 1]]) });
    expect(await client.status('Trash', { messages: true, unseen: true })).toMatchObject({ messages: 1, unseen: 0 });
    await client.mailboxOpen('Sent');
    const copy = await client.fetchOne('1', { source: true, flags: true, internalDate: true });
    expect(copy && copy.source?.equals(large)).toBe(true);
    expect(copy && copy.internalDate).toEqual(date);
    expect(copy && copy.flags).toEqual(new Set(['\\Seen']));
  });

  test('makes, renames and deletes folders', async () => {
    const client = await login(newAddress());
    await client.mailboxCreate('Work/Üben');
    await client.mailboxRename('Work/Üben', 'Work/Done');
    const paths = (await client.list()).map(({ path, specialUse }) => [path, specialUse]);
    expect(paths).toEqual(
      expect.arrayContaining([
        ['INBOX', '\\Inbox'],
        ['Sent', '\\Sent'],
        ['Work/Done', undefined],
      ]),
    );
    const before = await client.status('Work/Done', { uidValidity: true });
    await client.mailboxDelete('Work/Done');
    await client.mailboxCreate('Work/Done');
    const after = await client.status('Work/Done', { uidValidity: true });
    expect(after).toMatchObject({ path: 'Work/Done' });
    expect(after).not.toEqual(before);
    await expect(client.mailboxOpen('Nowhere')).rejects.toMatchObject({ serverResponseCode: 'NONEXISTENT' });
  });

  test('is told of a new mail while it idles, without asking', async () => {
    const address = newAddress();
    const client = await open(address);
    const heard = new Promise((resolve) => client.once('exists', resolve));
    const idling = client.idle();
    await server.deliver(address, simple('bell'));
    expect(await heard).toMatchObject({ count: 1, prevCount: 0 });
    await client.noop();
    await idling;
  });
});

describe('a restart', () => {
  test('keeps mail, UIDs, keywords and what was expunged', async () => {
    const address = newAddress();
    for (const name of ['one', 'two', 'three']) await server.deliver(address, simple(name));
    const before = await open(address);
    const uidValidity = before.mailbox && before.mailbox.uidValidity;
    await before.messageFlagsAdd('1', ['$Deskbell', '\\Seen'], { uid: true });
    await before.messageDelete('3', { uid: true });
    await server.close();
    server = await start();
    const after = await open(address);
    expect(after.mailbox).toMatchObject({ exists: 2, uidNext: 4, uidValidity });
    const kept = await after.fetchAll('1:*', { flags: true, source: true });
    expect(kept.map(({ uid, flags }) => [uid, [...(flags ?? [])]])).toEqual([
      [1, ['$Deskbell', '\\Seen']],
      [2, []],
    ]);
    expect(kept[1]?.source?.equals(simple('two'))).toBe(true);
    await server.deliver(address, simple('four'));
    expect(await after.search({ uid: '3:*' }, { uid: true })).toEqual([4]);
  });
});
