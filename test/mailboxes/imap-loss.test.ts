import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openImapWithin } from '../../src/mailboxes/imap.ts';
import { IMAP_TIMEOUTS } from '../../src/mailboxes/imap-session.ts';
import type { ImapAccount, MailSource } from '../../src/mailboxes/source.ts';
import { describeDovecot } from '../support/describe-dovecot.ts';
import { startDovecot } from '../support/dovecot.ts';
import type { Dovecot } from '../support/dovecot.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';

const never = new AbortController().signal;
/** The product's timeouts in small. Where nothing is lost, nothing waits for them. */
const SHORT = { ...IMAP_TIMEOUTS, connectMs: 5000, greetingMs: 500, silenceMs: 1000, probeAfterMs: 100, probeMs: 500 };

const accountAt = (port: number, change: Partial<ImapAccount> = {}): ImapAccount => ({
  host: '127.0.0.1',
  port,
  security: 'none',
  user: 'ana',
  password: 'secret',
  folder: 'INBOX',
  caPem: null,
  ...change,
});

describeDovecot('a wire to a real server', () => {
  let dovecot: Dovecot;
  let proxy: TcpProxy;
  const sources = new Set<MailSource>();
  beforeAll(async () => {
    dovecot = await startDovecot();
    await dovecot.addUser('ana', 'secret');
    await dovecot.deliver('ana', Buffer.from(`Subject: large\r\n\r\n${'0123456789\r\n'.repeat(100_000)}`));
  });
  afterAll(() => dovecot.stop());
  beforeEach(async () => {
    proxy = await startProxy(dovecot.port);
  });
  afterEach(async () => {
    await proxy.stop();
    for (const source of sources) await source.close();
    sources.clear();
  });

  async function openThroughProxy(timeouts = SHORT): Promise<MailSource> {
    const opened = await openImapWithin(timeouts)(accountAt(proxy.port), never);
    if (!opened.ok) throw new Error(opened.error.reason);
    sources.add(opened.value);
    return opened.value;
  }

  test('that swallows everything makes each call throw, and the wait in IDLE', async () => {
    const calls: Readonly<Record<string, (source: MailSource) => Promise<unknown>>> = {
      fetch: (source) => source.fetch([1]),
      sizes: (source) => source.sizes([1]),
      download: (source) => source.download(1),
      headers: (source) => source.fetchHeaders(1),
      settle: (source) => source.settle([1], 'keyword'),
      uids: (source) => source.uids(1).next(),
      wait: (source) => source.waitForNews(600_000, never),
      waits: async (source) => {
        for (;;) await source.waitForNews(20, never);
      },
    };
    const opened = await Promise.all(
      Object.entries(calls).map(async ([name, call]) => ({ name, call, source: await openThroughProxy() })),
    );
    proxy.blackhole();
    const ends = await Promise.all(
      opened.map(async ({ name, call, source }) => [name, await call(source).catch((error: unknown) => String(error))]),
    );
    expect(Object.fromEntries(ends)).toEqual(
      Object.fromEntries(Object.keys(calls).map((name) => [name, expect.stringMatching(/lost: /)])),
    );
  });

  test('that swallows everything once IDLE has begun ends the wait by the probe', async () => {
    const source = await openThroughProxy({ ...SHORT, silenceMs: 60_000 });
    expect(await source.waitForNews(300, never)).toBe('timeout'); // with three probes and IDLEs
    proxy.blackhole();
    await expect(source.waitForNews(600_000, never)).rejects.toThrow(/lost: no answer within 500 ms/);
  });

  test.each([10, 5_000, 600_000])(
    'that is cut after %i bytes of an answer gives no part of a message',
    async (bytes) => {
      const source = await openThroughProxy();
      proxy.cutAfter(bytes);
      await expect(source.fetch([1])).rejects.toThrow(/lost/);
    },
  );
});
