import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openImap } from '../../src/mailboxes/imap.ts';
import type { ImapAccount, MailSource, OpenSource } from '../../src/mailboxes/source.ts';
import { describeDovecot } from '../support/describe-dovecot.ts';
import { startDovecot } from '../support/dovecot.ts';
import type { Dovecot } from '../support/dovecot.ts';

const never = new AbortController().signal;
const message = (text: string) => Buffer.from(`From: ana@customer.example\r\nSubject: ${text}\r\n\r\n${text}\r\n`);

let dovecot: Dovecot;
let users = 0;
let user = '';
const open = new Set<MailSource>();

/** A mailbox of its own for each test. */
async function newUser(): Promise<string> {
  users += 1;
  user = `desk${users}`;
  await dovecot.addUser(user, 'secret');
  return user;
}

const account = (change: Partial<ImapAccount> = {}): ImapAccount => ({
  host: '127.0.0.1',
  port: dovecot.port,
  security: 'none',
  user,
  password: 'secret',
  folder: 'INBOX',
  caPem: null,
  ...change,
});

async function openSource(change: Partial<ImapAccount> = {}, opener: OpenSource = openImap): Promise<MailSource> {
  const opened = await opener(account(change), never);
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  open.add(opened.value);
  return opened.value;
}

async function all(pages: AsyncIterable<readonly number[]>): Promise<number[]> {
  const uids: number[] = [];
  for await (const page of pages) uids.push(...page);
  return uids;
}

const flagsOf = async (uid: number) =>
  (await dovecot.doveadm('fetch', '-u', user, 'flags', 'mailbox', 'INBOX', 'uid', String(uid))).trim();

describeDovecot('a mailbox on a real server', () => {
  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot.stop());
  afterEach(async () => {
    for (const source of open) await source.close();
    open.clear();
  });

  describe('reading', () => {
    test('tells its folder', async () => {
      await newUser();
      await dovecot.deliverMany(user, [{ bytes: message('one') }, { bytes: message('two') }]);
      await dovecot.doveadm('mailbox', 'update', '-u', user, '--uid-validity', '424242', 'INBOX');
      const { folder } = await openSource();
      expect(folder).toEqual({
        path: 'INBOX',
        uidValidity: 424_242,
        uidNext: 3,
        messageCount: 2,
        isReadOnly: false,
        canStoreKeywords: true,
      });
    });

    test('an empty folder has no mail', async () => {
      await newUser();
      const source = await openSource();
      expect(await all(source.uids(1))).toEqual([]);
      expect(await source.sizes([1, 2])).toEqual([]);
      expect(await source.fetch([7])).toEqual([]);
      expect(await source.download(7)).toBeNull();
      expect(await source.fetchHeaders(7)).toBeNull();
    });

    test('a folder full of gaps is listed whole, from any UID', async () => {
      await newUser();
      await dovecot.deliverMany(
        user,
        ['a', 'b', 'c', 'd'].map((text) => ({ bytes: message(text) })),
      );
      await dovecot.doveadm('expunge', '-u', user, 'mailbox', 'INBOX', 'uid', '2,4');
      await dovecot.doveadm('mailbox', 'update', '-u', user, '--min-next-uid', '900000', 'INBOX');
      await dovecot.deliverMany(
        user,
        ['e', 'f'].map((text) => ({ bytes: message(text) })),
      );
      const source = await openSource();
      const uids = [1, 3, 900_000, 900_001];
      expect(await all(source.uids(1))).toEqual(uids);
      expect(await all(source.uids(3))).toEqual([3, 900_000, 900_001]);
      expect(await all(source.uids(900_001))).toEqual([900_001]);
      expect(await all(source.uids(900_002))).toEqual([]);
      expect((await source.sizes(uids)).map(({ uid }) => uid)).toEqual(uids);
      expect((await source.fetch(uids)).map(({ bytes }) => bytes.toString())).toEqual(
        ['a', 'c', 'e', 'f'].map((text) => message(text).toString()),
      );
    });

    test('a message has its bytes, its size and the time the server took it', async () => {
      await newUser();
      const internalDate = new Date('2026-01-02T03:04:05Z');
      await dovecot.deliver(user, message('dated'), { internalDate });
      const source = await openSource();
      const [size] = await source.sizes([1]);
      const [fetched] = await source.fetch([1]);
      expect(size).toEqual({ uid: 1, sizeBytes: message('dated').length, internalDate });
      expect(fetched).toEqual({ ...size, bytes: message('dated') });
      expect((await source.fetchHeaders(1))?.toString()).toBe('From: ana@customer.example\r\nSubject: dated\r\n\r\n');
      expect(await flagsOf(1)).not.toContain('Seen');
    });

    test('an expunged message is missing, without trouble', async () => {
      await newUser();
      await dovecot.deliverMany(
        user,
        ['a', 'b', 'c'].map((text) => ({ bytes: message(text) })),
      );
      const source = await openSource();
      expect(await all(source.uids(1))).toEqual([1, 2, 3]);
      await dovecot.doveadm('expunge', '-u', user, 'mailbox', 'INBOX', 'uid', '2');
      expect((await source.fetch([1, 2, 3])).map(({ uid }) => uid)).toEqual([1, 3]);
      expect((await source.sizes([1, 2, 3])).map(({ uid }) => uid)).toEqual([1, 3]);
      expect(await source.download(2)).toBeNull();
    });

    test.each([
      ['small', 10],
      ['of exactly two pieces', 1024 * 1024],
      ['large', 3_000_001],
    ])('a %s message downloads in pieces that make the original', async (_, length) => {
      await newUser();
      const head = 'Subject: large\r\n\r\n';
      const bytes = Buffer.from(
        head +
          '0123456789abc\r\n'.repeat(Math.ceil(length / 15)).slice(0, Math.max(0, length - head.length - 2)) +
          '\r\n',
      );
      await dovecot.deliver(user, bytes);
      const source = await openSource();
      const pieces: Buffer[] = [];
      for await (const piece of (await source.download(1)) ?? []) pieces.push(piece);
      expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(512 * 1024);
      expect(Buffer.concat(pieces).equals((await source.fetch([1]))[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
    });
  });

  describe('marking', () => {
    test('sets our keyword, or \\Seen, or nothing', async () => {
      await newUser();
      await dovecot.deliverMany(
        user,
        ['a', 'b', 'c'].map((text) => ({ bytes: message(text) })),
      );
      const source = await openSource();
      await source.settle([1], 'keyword');
      await source.settle([2], 'seen');
      await source.settle([3, 999], 'none');
      await source.settle([], 'keyword');
      expect(await flagsOf(1)).toContain('$Deskbell');
      expect(await flagsOf(2)).toContain('\\Seen');
      expect(await flagsOf(3)).not.toMatch(/Deskbell|Seen/);
    });

    test('of thousands scattered over the folder is done in lines that every server takes', async () => {
      await newUser();
      await dovecot.deliverMany(
        user,
        Array.from({ length: 600 }, (_, i) => ({ bytes: message(String(i)) })),
      );
      const source = await openSource();
      const odd = (await all(source.uids(1))).filter((uid) => uid % 2 === 1);
      await source.settle(odd, 'keyword');
      const marked = await dovecot.doveadm('search', '-u', user, 'mailbox', 'INBOX', 'keyword', '$Deskbell');
      expect(marked.trim().split('\n')).toHaveLength(300);
    });
  });

  describe('opening', () => {
    test.each([
      ['tls', 'localhost'],
      ['tls', '127.0.0.1'],
      ['starttls', 'localhost'],
    ] as const)('works by %s to %s with the authority of the operator', async (security, host) => {
      await newUser();
      const port = security === 'tls' ? (dovecot.tlsPort ?? 0) : dovecot.port;
      const source = await openSource({ security, host, port, caPem: dovecot.caPem });
      expect(source.folder.path).toBe('INBOX');
    });

    test.each([
      ['a wrong password', { password: 'guess' }, 'login', /refused/, /app password/],
      ['a missing folder', { folder: 'Support' }, 'folder', /no folder Support/, /The account has: INBOX/],
      ['a certificate of an unknown authority', { security: 'starttls', host: 'localhost' }, 'tls', /authority/, /PEM/],
      ['a plain server at a TLS port', { security: 'tls' }, 'tls', /does not speak TLS/, /993/],
      [
        'an authority that is no PEM',
        { security: 'starttls', caPem: 'nonsense' },
        'tls',
        /cannot be read/,
        /BEGIN CERTIFICATE/,
      ],
    ] as const)('with %s names the step and the mend', async (_, change, step, reason, advice) => {
      await newUser();
      expect(await openImap(account(change), never)).toEqual({
        ok: false,
        error: {
          step,
          reason: expect.stringMatching(reason),
          advice: expect.stringMatching(advice),
          retryAfterMs: null,
        },
      });
    });

    test('with the wrong authority at the TLS port says what is wrong with the certificate', async () => {
      await newUser();
      const opened = await openImap(account({ security: 'tls', port: dovecot.tlsPort ?? 0 }), never);
      expect(opened).toMatchObject({ ok: false, error: { step: 'tls', reason: expect.stringContaining('authority') } });
    });
  });
});
