import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openImap, openImapWithin } from '../../src/mailboxes/imap.ts';
import { IMAP_TIMEOUTS } from '../../src/mailboxes/imap-session.ts';
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

describeDovecot('news of a real server', () => {
  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot.stop());
  afterEach(async () => {
    for (const source of open) await source.close();
    open.clear();
  });

  describe('waiting for news', () => {
    test('sees mail that comes during IDLE', async () => {
      await newUser();
      const source = await openSource();
      const waiting = source.waitForNews(20_000, never);
      await dovecot.deliver(user, message('new'));
      expect(await waiting).toBe('news');
      expect(await all(source.uids(1))).toEqual([1]);
      expect(await source.waitForNews(0, never)).toBe('timeout');
    });

    test('mail that came between two waits is news at once', async () => {
      await newUser();
      const source = await openSource();
      await dovecot.deliver(user, message('new'));
      expect(await all(source.uids(1))).toEqual([]);
      expect(await source.waitForNews(20_000, never)).toBe('news');
      expect(await all(source.uids(1))).toEqual([1]);
    });

    test('ends with the timeout and with the abort, and the mailbox stays open', async () => {
      await newUser();
      await dovecot.deliver(user, message('old'));
      const source = await openSource();
      expect(await source.waitForNews(20, never)).toBe('timeout');
      expect(await source.waitForNews(20_000, AbortSignal.timeout(20))).toBe('aborted');
      expect(await source.waitForNews(20_000, AbortSignal.abort())).toBe('aborted');
      expect(await all(source.uids(1))).toEqual([1]);
    });

    test('asks the server that it is still there, and goes on waiting', async () => {
      await newUser();
      const source = await openSource({}, openImapWithin({ ...IMAP_TIMEOUTS, probeAfterMs: 20 }));
      expect(await source.waitForNews(150, never)).toBe('timeout');
      const waiting = source.waitForNews(20_000, never);
      await dovecot.deliver(user, message('new'));
      expect(await waiting).toBe('news');
    });
  });

  describe('a lost connection', () => {
    test('makes the wait throw when the server process is killed, and every call after it', async () => {
      await newUser();
      const source = await openSource();
      const waiting = expect(source.waitForNews(20_000, never)).rejects.toThrow(/lost/);
      await dovecot.killImapProcesses();
      await waiting;
      await expect(source.sizes([1])).rejects.toThrow(/lost/);
      await expect(all(source.uids(1))).rejects.toThrow(/lost/);
      await expect(source.settle([1], 'keyword')).rejects.toThrow(/lost/);
      await expect(source.waitForNews(1000, never)).rejects.toThrow(/lost/);
      await source.close();
    });

    test('is what an abort makes of it', async () => {
      await newUser();
      const stop = new AbortController();
      const opened = await openImap(account(), stop.signal);
      if (!opened.ok) throw new Error(opened.error.reason);
      const waiting = opened.value.waitForNews(20_000, stop.signal);
      stop.abort();
      expect(await waiting).toBe('aborted');
      await expect(opened.value.sizes([1])).rejects.toThrow(/stopping/);
    });
  });
});
