import type { MailboxObject } from 'imapflow';
import { err, ok } from '../lib/result.ts';
import type { Result } from '../lib/result.ts';
import { isLoopback } from './imap-security.ts';
import { refusalOf } from './imap-refusal.ts';
import type { OpeningTrouble } from './imap-refusal.ts';
import { createImapSession, IMAP_TIMEOUTS } from './imap-session.ts';
import type { ImapSession, ImapTimeouts } from './imap-session.ts';
import { createImapSource, lastUid, OWN_KEYWORD } from './imap-source.ts';
import type { ImapAccount, MailSource, OpenSource, SelectedFolder, SourceRefusal } from './source.ts';

const MAX_FOLDERS_NAMED = 10;

/** Opens a mailbox over IMAP: connects, logs in, selects the folder. A refusal names the step and the mend. */
export const openImap: OpenSource = openImapWithin(IMAP_TIMEOUTS);

/** The same with other timeouts, so that a test need not wait for the product's. */
export function openImapWithin(timeouts: ImapTimeouts): OpenSource {
  return async (account, signal) => {
    const misconfigured = misconfiguration(account);
    if (misconfigured !== null) return err(misconfigured);
    let session: ImapSession;
    try {
      session = createImapSession(account, timeouts, signal);
    } catch (error) {
      return err(unreadableAuthority(error));
    }
    const opened = await open(session, account);
    if (!opened.ok) await session.end();
    return opened;
  };
}

async function open(session: ImapSession, account: ImapAccount): Promise<Result<MailSource, SourceRefusal>> {
  const { client, timeouts } = session;
  const withinMs = timeouts.connectMs + timeouts.greetingMs + timeouts.silenceMs;
  let isAfterLogin = false;
  try {
    await session.run(() => client.connect(), withinMs);
    // Only the OK greeting leaves its text behind (RFC 9051 7.1.4).
    if (client.greeting === undefined) throw new Error('PREAUTH');
    isAfterLogin = true;
    // The lock is never given back: with it, imapflow takes a pause between two commands for one, and asks the server.
    await session.run(() => client.getMailboxLock(account.folder), withinMs);
  } catch (error) {
    const folders = isAfterLogin ? await folderNames(session) : [];
    return err(refusalOf(troubleOf(error, session, isAfterLogin, folders), account));
  }
  const folder = client.mailbox === false ? null : selectedFolder(client.mailbox, await uidNextOf(session));
  if (folder === null) {
    const trouble = { ...NO_TROUBLE, isAfterLogin: true, serverText: 'the server gave no UIDVALIDITY' };
    return err(refusalOf(trouble, account));
  }
  return ok(createImapSource(session, folder));
}

/** The next UID. Old servers do not tell it at SELECT: then it comes after the last message's. */
async function uidNextOf(session: ImapSession): Promise<number> {
  const { mailbox } = session.client;
  const told = mailbox === false ? undefined : (mailbox.uidNext as number | undefined);
  return told ?? (await lastUid(session)) + 1;
}

function selectedFolder(mailbox: MailboxObject, uidNext: number): SelectedFolder | null {
  // Absent in the answers of broken servers, whatever the type says; without it no UID means anything.
  const uidValidity = Number(mailbox.uidValidity ?? 0);
  if (uidValidity === 0) return null;
  const permanent = mailbox.permanentFlags;
  return {
    path: mailbox.path,
    uidValidity,
    uidNext,
    messageCount: mailbox.exists ?? 0,
    isReadOnly: mailbox.readOnly === true,
    // RFC 9051 7.1: without PERMANENTFLAGS every flag can be kept.
    canStoreKeywords: permanent === undefined || permanent.has('\\*') || permanent.has(OWN_KEYWORD),
  };
}

/** What keeps us from connecting at all. */
function misconfiguration({ security, host }: ImapAccount): SourceRefusal | null {
  if (security !== 'none' || isLoopback(host)) return null;
  return {
    step: 'tls',
    reason: `Mail and password would go to ${host} in plain text.`,
    advice: 'Use TLS (port 993) or STARTTLS (port 143); plain text is for a server on this machine.',
    retryAfterMs: null,
  };
}

const unreadableAuthority = (error: unknown): SourceRefusal => ({
  step: 'tls',
  reason: `The certificate authority of this mailbox cannot be read: ${text(error, 'message')}`,
  advice: 'It has to be one or more certificates as PEM, beginning with -----BEGIN CERTIFICATE-----.',
  retryAfterMs: null,
});

async function folderNames(session: ImapSession): Promise<readonly string[]> {
  if (session.lossReason() !== null) return [];
  try {
    const folders = await session.run(() => session.client.list({ listOnly: true }));
    return folders.map(({ path }) => path).slice(0, MAX_FOLDERS_NAMED);
  } catch {
    return []; // names are a courtesy: the refusal stands without them
  }
}

const NO_TROUBLE: OpeningTrouble = {
  code: '',
  message: '',
  serverText: '',
  serverCode: '',
  isLoginRefused: false,
  isStarttlsFailed: false,
  isFolderMissing: false,
  isAfterLogin: false,
  throttleMs: null,
  folders: [],
};

/** imapflow's errors carry what happened as properties that are there or not. */
function troubleOf(
  thrown: unknown,
  session: ImapSession,
  isAfterLogin: boolean,
  folders: readonly string[],
): OpeningTrouble {
  const error = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const isFolderMissing = isAfterLogin && property(error, 'mailboxMissing') === true;
  const code = text(error, 'code');
  const message = text(error, 'message');
  const throttle = property(error, 'throttleReset');
  return {
    code,
    message: code.startsWith('ClosedAfter') || code === 'NoConnection' ? (session.lossReason() ?? message) : message,
    serverText:
      text(error, 'responseText') ||
      text(error, 'reason') ||
      (session.client.byeReason ?? '') ||
      text(error, 'response'),
    serverCode: text(error, 'serverResponseCode').toUpperCase(),
    isLoginRefused: property(error, 'authenticationFailed') === true,
    isStarttlsFailed: property(error, 'tlsFailed') === true,
    isFolderMissing,
    isAfterLogin,
    throttleMs: typeof throttle === 'number' ? throttle : null,
    folders: isFolderMissing ? folders : [],
  };
}

function text(error: unknown, name: string): string {
  const value = property(error, name);
  return typeof value === 'string' ? value : '';
}

function property(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}
