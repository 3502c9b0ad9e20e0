import type { ListResponse } from 'imapflow';
import { err, ok } from '../lib/result.ts';
import type { Result } from '../lib/result.ts';
import { isLoopback } from './imap-security.ts';
import { createImapSession, IMAP_TIMEOUTS } from './imap-session.ts';
import type { ImapSession } from './imap-session.ts';
import type { ImapAccount } from './source.ts';

/** The folder in which a server files what it took from us; it is looked at and never touched. */
export interface SentFolder {
  readonly path: string;
  /** Those of these Message-IDs that are in it. */
  holds(messageIds: readonly string[]): Promise<ReadonlySet<string>>;
  close(): Promise<void>;
}

/** Opens it over a connection of its own; null: the server has none. The error is a sentence without secrets. */
export type OpenSentFolder = (account: ImapAccount, signal: AbortSignal) => Promise<Result<SentFolder | null, string>>;

/** As servers and mail programs call it, where the server does not say which it is (RFC 6154). The first that is there. */
const NAMES: readonly string[] = [
  'sent',
  'inbox.sent',
  'inbox/sent',
  '[gmail]/sent mail',
  '[google mail]/sent mail',
  'sent items',
  'inbox.sent items',
  'sent messages',
  'inbox.sent messages',
  'sent mail',
];

/** Over IMAP, with EXAMINE: nothing is marked, and nothing is fetched. */
export const openImapSentFolder: OpenSentFolder = async (account, signal) => {
  if (account.security === 'none' && !isLoopback(account.host)) return err('mail would go in plain text');
  let session: ImapSession | null = null;
  try {
    const opened = createImapSession(account, IMAP_TIMEOUTS, signal);
    session = opened;
    await opened.run(() => opened.client.connect());
    const folder = sentFolderOf(await opened.run(() => opened.client.list()));
    if (folder === null) {
      await opened.end();
      return ok(null);
    }
    await opened.run(() => opened.client.mailboxOpen(folder, { readOnly: true }));
    return ok({
      path: folder,
      holds: (messageIds) => search(opened, messageIds),
      close: () => opened.end(),
    });
  } catch (error) {
    await session?.end();
    return err(error instanceof Error ? error.message : String(error));
  }
};

/** The folder that the server says it is, else the one that is called so. */
export function sentFolderOf(folders: readonly Pick<ListResponse, 'path' | 'flags' | 'specialUse'>[]): string | null {
  const open = folders.filter(({ flags }) => !flags.has('\\Noselect') && !flags.has('\\NonExistent'));
  const said = open.find(({ flags }) => flags.has('\\Sent'));
  const named = NAMES.flatMap((name) => open.find(({ path }) => path.toLowerCase() === name) ?? []);
  return (said ?? named[0] ?? open.find(({ specialUse }) => specialUse === '\\Sent'))?.path ?? null;
}

async function search(session: ImapSession, messageIds: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const messageId of messageIds) {
    const query = { header: { 'message-id': messageId } };
    const uids = await session.run(() => session.client.search(query, { uid: true }));
    if (!Array.isArray(uids)) throw new Error('the server refused SEARCH HEADER Message-ID');
    if (uids.length > 0) found.add(messageId);
  }
  return found;
}
