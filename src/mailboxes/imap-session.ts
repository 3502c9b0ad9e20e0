import { ImapFlow } from 'imapflow';
import type { ImapAccount } from './source.ts';
import { trust } from './imap-security.ts';

/** How long the server may be silent. Milliseconds; tests shorten them, the product does not. */
export interface ImapTimeouts {
  /** From the first look-up to an encrypted connection. */
  readonly connectMs: number;
  readonly greetingMs: number;
  /** A command whose answer stands still this long has lost its server. */
  readonly silenceMs: number;
  /** A command may take this long in all, however lively its answer is (RELIABILITY IM18). */
  readonly commandMs: number;
  /** While waiting for news, the server is asked whether it is there when it has said nothing for this long. */
  readonly probeAfterMs: number;
  /** It has to answer that within this. */
  readonly probeMs: number;
}

/** A black hole shows after at most `probeAfterMs + probeMs` in IDLE and `silenceMs` in a command: within 120 s. */
export const IMAP_TIMEOUTS: ImapTimeouts = {
  connectMs: 30_000,
  greetingMs: 30_000,
  silenceMs: 60_000,
  commandMs: 600_000,
  probeAfterMs: 50_000,
  probeMs: 30_000,
};

/** RFC 2177 asks for a new IDLE before 29 minutes; routers forget sooner. */
const MAX_IDLE_MS = 4 * 60_000;
const MAX_LITERAL_BYTES = 110 * 1024 * 1024;
const MAX_RESPONSE_BYTES = MAX_LITERAL_BYTES + 8 * 1024 * 1024;
const MAX_LINE_BYTES = 8 * 1024 * 1024;
const LOGOUT_MS = 2_000;

/** One connection and its end. An ImapFlow is never connected twice. */
export interface ImapSession {
  readonly client: ImapFlow;
  readonly timeouts: ImapTimeouts;
  /** Why the connection ended; null while it is there. */
  readonly lossReason: () => string | null;
  /** When the server last answered, by the monotonic clock. */
  readonly answeredAtMs: () => number;
  /** Runs one command under a deadline. Throws when the connection is gone, and ends it when the deadline passes. */
  run<T>(command: () => Promise<T>, withinMs?: number): Promise<T>;
  /** Says LOGOUT, but does not wait long for the answer. */
  end(): Promise<void>;
}

/** Makes the session of an account, not yet connected; it ends at once when the signal aborts. Throws on an unreadable `caPem`. */
export function createImapSession(account: ImapAccount, timeouts: ImapTimeouts, signal: AbortSignal): ImapSession {
  const client = new ImapFlow(options(account, timeouts));
  let failure: string | null = null;
  let answeredAtMs = performance.now();
  client.on('error', (error: Error) => {
    failure ??= error.message;
  });
  const abort = () => cut('stopping');
  const cut = (reason: string) => {
    failure ??= reason;
    client.close();
  };
  client.once('close', () => signal.removeEventListener('abort', abort));
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();

  const lossReason = () => (client.isClosed || failure !== null ? (failure ?? byeReason(client)) : null);
  return {
    client,
    timeouts,
    lossReason,
    answeredAtMs: () => answeredAtMs,
    async run(command, withinMs = timeouts.commandMs) {
      const timer = setTimeout(() => cut(`no answer within ${withinMs} ms`), withinMs);
      try {
        const answer = await command();
        answeredAtMs = performance.now();
        return answer;
      } catch (error) {
        const reason = lossReason();
        if (reason === null) throw error;
        throw new Error(`IMAP connection to ${account.host} lost: ${reason}`, { cause: error });
      } finally {
        clearTimeout(timer);
      }
    },
    async end() {
      if (client.isClosed) return;
      failure ??= 'closed';
      const timer = setTimeout(() => client.close(), LOGOUT_MS);
      // The server may close before it answers, which is what we want.
      await client.logout().catch(() => {});
      clearTimeout(timer);
      client.close();
    },
  };
}

function options(account: ImapAccount, timeouts: ImapTimeouts): ConstructorParameters<typeof ImapFlow>[0] {
  return {
    host: account.host,
    port: account.port,
    secure: account.security === 'tls',
    doSTARTTLS: account.security === 'starttls',
    tls: { secureContext: trust(account.caPem) },
    auth: { user: account.user, pass: account.password },
    logger: false,
    disableCompression: true,
    // Nothing of ENABLE is needed, and IMAP4rev2 is new enough for servers to get it wrong.
    disableAutoEnable: true,
    disableIMAP4rev2: true,
    disableAutoIdle: true,
    maxIdleTime: MAX_IDLE_MS,
    connectionTimeout: timeouts.connectMs,
    greetingTimeout: timeouts.greetingMs,
    socketTimeout: timeouts.silenceMs,
    maxLiteralSize: MAX_LITERAL_BYTES,
    maxResponseSize: MAX_RESPONSE_BYTES,
    maxLineLength: MAX_LINE_BYTES,
    maxLockHoldTime: 0,
    clientInfo: { name: 'Deskbell', version: false, vendor: false, 'support-url': false },
  };
}

const byeReason = (client: ImapFlow) => client.byeReason ?? 'the server closed it';
