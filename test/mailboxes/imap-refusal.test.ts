import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openImap, openImapWithin } from '../../src/mailboxes/imap.ts';
import { IMAP_TIMEOUTS } from '../../src/mailboxes/imap-session.ts';
import type { ImapAccount } from '../../src/mailboxes/source.ts';
import { createTestCertificate } from '../support/certificate.ts';

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

describe('opening', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  /** A server that says its lines, one for each command after the greeting; the tag of the command stands for `$`. */
  async function scripted(
    greeting: string,
    answers: Readonly<Record<string, string>> = {},
    heard: string[] = [],
  ): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      if (greeting !== '') socket.write(`${greeting}\r\n`);
      socket.on('data', (chunk) => {
        for (const line of chunk.toString().split('\r\n').filter(Boolean)) {
          const [tag = '', verb = ''] = line.split(' ');
          heard.push(verb.toUpperCase());
          socket.write((answers[verb.toUpperCase()] ?? '$ OK done').replaceAll('$', tag) + '\r\n');
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(async () => {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    });
    return (server.address() as AddressInfo).port;
  }

  const CAPABILITIES = { CAPABILITY: '* CAPABILITY IMAP4rev1\r\n$ OK done' };
  const OK = '* OK ready';

  test.each([
    ['a BYE that limits', '* BYE too many connections', {}, {}, 'connect', /too many connections/, 30_000],
    ['PREAUTH', '* PREAUTH welcome', CAPABILITIES, {}, 'tls', /PREAUTH/, null],
    ['no STARTTLS', OK, CAPABILITIES, { security: 'starttls' }, 'tls', /does not offer STARTTLS/, null],
    ['silence', '', {}, {}, 'connect', /says nothing/, null],
    ['a plain server at a TLS port', OK, {}, { security: 'tls' }, 'tls', /does not speak TLS/, null],
    [
      'a wrong password',
      OK,
      { ...CAPABILITIES, LOGIN: '$ NO [AUTHENTICATIONFAILED] Try again later' },
      {},
      'login',
      /refused: /,
      null,
    ],
    [
      'an account in use',
      OK,
      { ...CAPABILITIES, LOGIN: '$ NO [INUSE] One at a time' },
      {},
      'login',
      /for now: .*One at a time/,
      30_000,
    ],
    [
      'a server that is down behind its front',
      OK,
      { ...CAPABILITIES, LOGIN: '$ NO [UNAVAILABLE] Sorry' },
      {},
      'login',
      /for now/,
      30_000,
    ],
    [
      'a password that the server repeats',
      OK,
      { ...CAPABILITIES, LOGIN: '$ NO bad secret' },
      {},
      'login',
      /bad \[secret\]/,
      null,
    ],
    [
      'logins switched off',
      OK,
      { CAPABILITY: '* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n$ OK' },
      {},
      'login',
      /no login with a password/,
      null,
    ],
    [
      'a folder that may not be read',
      OK,
      { ...CAPABILITIES, SELECT: '$ NO [NOPERM] denied', LIST: '* LIST () "/" INBOX\r\n$ OK' },
      {},
      'folder',
      /cannot be opened: .*denied/,
      null,
    ],
    [
      'a folder without UIDVALIDITY',
      OK,
      { ...CAPABILITIES, LIST: '* LIST () "/" INBOX\r\n$ OK' },
      {},
      'folder',
      /no UIDVALIDITY/,
      null,
    ],
  ] as const)('names %s', async (_, greeting, answers, change, step, reason, retryAfterMs) => {
    const opened = await openImapWithin(SHORT)(accountAt(await scripted(greeting, answers), change), never);
    expect(opened).toEqual({
      ok: false,
      error: { step, reason: expect.stringMatching(reason), advice: expect.stringMatching(/\w/), retryAfterMs },
    });
  });

  test('waits as long as Microsoft 365 asks for', async () => {
    const answers = {
      ...CAPABILITIES,
      LOGIN: '$ BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds',
    };
    const opened = await openImapWithin(SHORT)(accountAt(await scripted(OK, answers)), never);
    expect(opened).toMatchObject({ ok: false, error: { step: 'login', retryAfterMs: 92_415 } });
  });

  test.each([
    [
      'an unknown host',
      { host: 'imap.desk.test', security: 'tls' },
      'resolve',
      /imap\.desk\.test could not be looked up/,
      /spelling/,
    ],
    ['plain text to another machine', { host: 'imap.desk.example' }, 'tls', /plain text/, /TLS/],
    ['plain text to an address of another machine', { host: '192.0.2.1' }, 'tls', /plain text/, /TLS/],
  ] as const)('names %s without a server', async (_, change, step, reason, advice) => {
    const opened = await openImap(accountAt(1, change), never);
    expect(opened).toMatchObject({
      ok: false,
      error: { step, reason: expect.stringMatching(reason), advice: expect.stringMatching(advice) },
    });
  });

  test('names a refused port', async () => {
    const port = await scripted(OK);
    for (const close of closers.splice(0)) await close();
    expect(await openImap(accountAt(port), never)).toMatchObject({
      ok: false,
      error: { step: 'connect', reason: `127.0.0.1 refuses connections on port ${port}.` },
    });
  });

  test('gives a mailbox that stays open in a quiet hour, because the server is asked', async () => {
    const select =
      '* FLAGS (\\Seen)\r\n* 0 EXISTS\r\n* OK [UIDVALIDITY 7] fine\r\n* OK [UIDNEXT 1] fine\r\n$ OK [READ-ONLY] done';
    const heard: string[] = [];
    const port = await scripted(
      OK,
      { ...CAPABILITIES, SELECT: select, LIST: '* LIST () "/" INBOX\r\n$ OK done' },
      heard,
    );
    const opened = await openImapWithin({ ...SHORT, silenceMs: 300 })(accountAt(port), never);
    if (!opened.ok) throw new Error(opened.error.reason);
    await vi.waitFor(() => expect(heard.filter((verb) => verb === 'NOOP').length).toBeGreaterThan(1), {
      timeout: 10_000,
    });
    expect(opened.value.folder).toMatchObject({ uidValidity: 7, isReadOnly: true });
    await opened.value.settle([1], 'keyword');
    expect(await opened.value.waitForNews(0, never)).toBe('timeout');
    expect(heard).not.toContain('UID');
    await opened.value.close();
  });

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    const opening = openImap(accountAt(await scripted('')), stop.signal);
    stop.abort();
    expect(await opening).toMatchObject({ ok: false, error: { reason: expect.stringContaining('stopping') } });
    expect(await openImap(accountAt(1), stop.signal)).toMatchObject({ ok: false });
  });

  test('names an expired certificate', async () => {
    const expired = await createTestCertificate(0);
    if (expired === null) throw new Error('openssl is not installed');
    const { createServer: createTlsServer } = await import('node:tls');
    const server = createTlsServer({ cert: expired.cert, key: expired.key }, (socket) => socket.on('error', () => {}));
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(async () => void server.close());
    const { port } = server.address() as AddressInfo;
    const opened = await openImap(accountAt(port, { security: 'tls', host: 'localhost', caPem: expired.caPem }), never);
    expect(opened).toMatchObject({
      ok: false,
      error: { step: 'tls', reason: 'The certificate of localhost has expired.' },
    });
  });
});
