import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { err, ok } from '../lib/result.ts';
import type { Result } from '../lib/result.ts';
import { isLoopback, trust } from '../mailboxes/imap-security.ts';
import { refusedByReply, refusedByStopping, refusedWithoutReply } from './smtp-refusal.ts';
import type { SmtpRefused } from './smtp-refusal.ts';
import type { SmtpAccount, SmtpStage } from './transport-model.ts';

/** How long the server may take. Milliseconds; tests shorten them, the product does not. */
export interface SmtpTimeouts {
  readonly connectMs: number;
  readonly greetingMs: number;
  /** From the greeting to the end of the login. */
  readonly setupMs: number;
  /** A socket without a byte in either direction. RFC 5321 4.5.3.2. */
  readonly silenceMs: number;
  /** From MAIL to 354, however lively the server is. */
  readonly envelopeMs: number;
  /** From 354 to the final reply. */
  readonly contentMs: number;
  /** RSET after a refusal. */
  readonly resetMs: number;
  /** A pooled connection without work. */
  readonly idleMs: number;
  /** Contents that are on their way when the route closes. */
  readonly closeMs: number;
}

export const SMTP_TIMEOUTS: SmtpTimeouts = {
  connectMs: 30_000,
  greetingMs: 30_000,
  setupMs: 90_000,
  silenceMs: 300_000,
  envelopeMs: 300_000,
  contentMs: 600_000,
  resetMs: 10_000,
  idleMs: 15_000,
  closeMs: 3_000,
};

/** A reply is one line to a few; a server that sends more has lost its way. */
const MAX_REPLY_BYTES = 64 * 1024;

/** Connects, greets, makes it TLS where that is asked for, logs in. The refusal says how far it came. */
export async function openSmtpConnection(
  account: SmtpAccount,
  timeouts: SmtpTimeouts,
  signals: readonly AbortSignal[],
): Promise<Result<SMTPConnection, SmtpRefused>> {
  if (account.security === 'none' && !isLoopback(account.host)) {
    return err(refusedWithoutReply('tls', `mail to ${account.host} would go in plain text: use TLS or STARTTLS`));
  }
  let secureContext: SecureContext;
  try {
    secureContext = trust(account.caPem);
  } catch (error) {
    return err(refusedWithoutReply('tls', `the certificate authority cannot be read: ${message(error)}`));
  }
  const dialled = await dial(account, timeouts.connectMs, signals);
  if (!dialled.ok) return dialled;
  const connection = new SMTPConnection({
    host: account.host,
    port: account.port,
    connection: dialled.value,
    secure: account.security === 'tls',
    requireTLS: account.security === 'starttls',
    ignoreTLS: account.security === 'none',
    tls: { secureContext },
    name: account.ehloName,
    logger: false,
    connectionTimeout: timeouts.setupMs,
    greetingTimeout: timeouts.greetingMs,
    socketTimeout: timeouts.silenceMs,
    // close() is a cut: what has not left yet must not leave any more.
    socketCloseTimeout: 0,
    maxResponseSize: MAX_REPLY_BYTES,
  });
  return setUp(connection, account, timeouts, signals);
}

/** A socket of ours: nodemailer's own would wait for full segments in older versions, 44 ms a message. */
function dial(
  { host, port }: SmtpAccount,
  connectMs: number,
  signals: readonly AbortSignal[],
): Promise<Result<Socket, SmtpRefused>> {
  return new Promise((resolve) => {
    if (signals.some(({ aborted }) => aborted)) return resolve(err(refusedByStopping('connect')));
    const socket = connect({ host, port, noDelay: true });
    const fail = (refusal: SmtpRefused) => {
      settle();
      socket.destroy();
      resolve(err(refusal));
    };
    const timer = setTimeout(
      () => fail(refusedWithoutReply('connect', `${host} does not answer on port ${port}`)),
      connectMs,
    );
    const forget = onAbort(signals, () => fail(refusedByStopping('connect')));
    const settle = () => {
      clearTimeout(timer);
      forget();
    };
    socket.on('error', (error) => fail(refusedWithoutReply('connect', connectTrouble(error, host, port))));
    socket.once('connect', () => {
      settle();
      socket.removeAllListeners('error');
      resolve(ok(socket));
    });
  });
}

function connectTrouble(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'ECONNREFUSED') return `${host} refuses connections on port ${port}`;
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return `the name ${host} could not be looked up`;
  return `${host} cannot be reached on port ${port}: ${error.message || String(error.code)}`;
}

/** Errors of a connection come as events until it ends; callbacks of its verbs then never come. */
function setUp(
  connection: SMTPConnection,
  account: SmtpAccount,
  timeouts: SmtpTimeouts,
  signals: readonly AbortSignal[],
): Promise<Result<SMTPConnection, SmtpRefused>> {
  return new Promise((resolve) => {
    let stage: SmtpStage = account.security === 'tls' ? 'tls' : 'greeting';
    const fail = (refusal: SmtpRefused) => {
      settle();
      // First, because closing comes back here by 'end'.
      resolve(err(refusal));
      connection.close();
    };
    const failBy = (error: unknown) => fail(setupRefusal(stageOf(error, connection, stage), error, account));
    const timer = setTimeout(
      () => fail(refusedWithoutReply(stage, 'the server did not finish in time')),
      timeouts.setupMs,
    );
    const forget = onAbort(signals, () => fail(refusedByStopping(stage)));
    const settle = () => {
      clearTimeout(timer);
      forget();
    };
    const done = () => {
      settle();
      resolve(ok(connection));
    };
    // Stays for the connection's life: an error without a listener would end the process.
    connection.on('error', failBy);
    connection.once('end', () => failBy(new Error('the server closed the connection')));
    connection.connect((error) => {
      if (error) return failBy(error);
      if (account.login === null) return done();
      stage = 'auth';
      const { user, password } = account.login;
      connection.login({ credentials: { user, pass: password } }, (refusal) => (refusal ? failBy(refusal) : done()));
    });
  });
}

function stageOf(error: unknown, connection: SMTPConnection, stage: SmtpStage): SmtpStage {
  const { code, command } = smtpError(error);
  if (connection.upgrading === true || code === 'ETLS' || command === 'STARTTLS') return 'tls';
  return stage === 'tls' ? 'greeting' : stage;
}

function setupRefusal(stage: SmtpStage, error: unknown, account: SmtpAccount): SmtpRefused {
  const { replyCode, reply, timeoutType } = smtpError(error);
  if (replyCode !== null) return refusedByReply(stage, replyCode, withoutPassword(reply, account));
  const hint = timeoutType === 'GREETING_TIMEOUT' && account.security !== 'tls' ? ' (does this port want TLS?)' : '';
  return refusedWithoutReply(stage, withoutPassword(message(error), account) + hint);
}

const withoutPassword = (text: string, { login }: SmtpAccount) =>
  login === null || login.password === '' ? text : text.replaceAll(login.password, '[secret]');

/** What nodemailer hangs on its errors; absent texts are ''. */
export interface SmtpError {
  readonly code: string;
  readonly command: string;
  readonly replyCode: number | null;
  readonly reply: string;
  readonly timeoutType: string;
}

/** Reads nodemailer's error without trusting that it is one. */
export function smtpError(error: unknown): SmtpError {
  const property = (name: string): unknown =>
    typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  const text = (name: string) => {
    const value = property(name);
    return typeof value === 'string' ? value : '';
  };
  const replyCode = property('responseCode');
  return {
    code: text('code'),
    command: text('command'),
    replyCode: typeof replyCode === 'number' ? replyCode : null,
    reply: text('response'),
    timeoutType: text('timeoutType'),
  };
}

/** The words of anything thrown. */
export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Calls back once when any of the signals aborts; the returned function takes that back. */
export function onAbort(signals: readonly AbortSignal[], callback: () => void): () => void {
  for (const signal of signals) signal.addEventListener('abort', callback, { once: true });
  return () => {
    for (const signal of signals) signal.removeEventListener('abort', callback);
  };
}
