import type { FetchMessageObject, FetchQueryObject } from 'imapflow';
import { unreachable } from '../lib/result.ts';
import { waitForImapNews } from './imap-news.ts';
import type { ImapNews } from './imap-news.ts';
import type { ImapSession } from './imap-session.ts';
import { uidSets } from './imap-uid-set.ts';
import type { FetchedMessage, MailSource, MessageSize, SelectedFolder, SettleMark } from './source.ts';

/** Our mark on a message that is ours. RFC 9051 2.3.2: `$` is for keywords that a registry may know. */
export const OWN_KEYWORD = '$Deskbell';

const UIDS_PER_PAGE = 20_000;
/** A SEARCH answer with this many UIDs stays below the longest line we take, 8 MiB. */
const MAX_UIDS_PER_ANSWER = 500_000;
const PIECE_BYTES = 512 * 1024;
const MAX_HEADER_BYTES = 256 * 1024;

/** The methods of an open mailbox over a session whose folder is selected. */
export function createImapSource(session: ImapSession, folder: SelectedFolder): MailSource {
  const { client } = session;
  const news: ImapNews = { hasCome: false, wake: () => {} };
  client.on('exists', () => {
    news.hasCome = true;
    news.wake();
  });
  client.on('close', () => news.wake());

  return {
    folder,
    uids: (fromUid) => uidPages(session, fromUid),
    async sizes(uids) {
      const rows = await fetchRows(session, uids, { uid: true, size: true, internalDate: true });
      return rows.map(sizeOf).filter((size) => size !== null);
    },
    async fetch(uids) {
      const query = { uid: true, size: true, internalDate: true, source: true };
      return (await fetchRows(session, uids, query)).map(messageOf).filter((message) => message !== null);
    },
    download: (uid) => download(session, uid),
    async fetchHeaders(uid) {
      const bodyParts = [{ key: 'HEADER', start: 0, maxLength: MAX_HEADER_BYTES }];
      const rows = await fetchRows(session, [uid], { uid: true, bodyParts });
      return rows[0]?.headers ?? null;
    },
    settle: (uids, mark) => settle(session, folder, uids, mark),
    waitForNews: (timeoutMs, signal) => waitForImapNews(session, news, timeoutMs, signal),
    close: () => session.end(),
  };
}

async function* uidPages(session: ImapSession, fromUid: number): AsyncGenerator<readonly number[]> {
  const first = Math.max(1, fromUid);
  const last = await lastUid(session);
  let found = 0;
  let width = UIDS_PER_PAGE;
  for (let low = first; low <= last;) {
    // Where what is left fits one page, no gap needs to be walked through.
    const isRestOnePage = messageCount(session) - found <= UIDS_PER_PAGE;
    const high = isRestOnePage ? last : Math.min(last, low + width - 1);
    const uids = await searchRange(session, low, high);
    found += uids.length;
    // UIDs may jump by billions: an empty stretch doubles the next one, as far as its answer is sure to be bearable.
    const widest = messageCount(session) <= MAX_UIDS_PER_ANSWER ? Infinity : MAX_UIDS_PER_ANSWER;
    width = uids.length === 0 ? Math.min(width * 2, widest) : UIDS_PER_PAGE;
    low = high + 1;
    for (let at = 0; at < uids.length; at += UIDS_PER_PAGE) yield uids.slice(at, at + UIDS_PER_PAGE);
  }
}

/** The highest UID of now. UIDNEXT is told at SELECT only, and `n:*` names the last message even when it is below n. */
export async function lastUid(session: ImapSession): Promise<number> {
  const last = await session.run(() => session.client.fetchOne('*', { uid: true }));
  if (last !== false && last !== undefined && last.uid > 0) return last.uid;
  // An empty folder, or one whose last message went this moment: imapflow raises UIDNEXT with each UID it sees.
  const uidNext = session.client.mailbox === false ? undefined : (session.client.mailbox.uidNext as number | undefined);
  return (uidNext ?? 1) - 1;
}

const messageCount = ({ client }: ImapSession) => (client.mailbox === false ? 0 : client.mailbox.exists);

async function searchRange(session: ImapSession, low: number, high: number): Promise<readonly number[]> {
  const answer = await session.run(() => session.client.search({ uid: `${low}:${high}` }, { uid: true }));
  if (!Array.isArray(answer)) throw new Error(`the server refused UID SEARCH UID ${low}:${high}`);
  return answer.filter((uid) => uid >= low && uid <= high);
}

interface Row {
  readonly uid: number;
  size: number | null;
  internalDate: Date | null;
  source: Buffer | null;
  headers: Buffer | null;
}

/**
 * The rows of these UIDs, ascending. One message may be told in several rows, and rows of other messages come unasked
 * (flag changes), so they are put together by UID.
 */
async function fetchRows(
  session: ImapSession,
  uids: readonly number[],
  query: FetchQueryObject,
): Promise<readonly Row[]> {
  const asked = new Set(uids);
  const rows = new Map<number, Row>();
  for (const set of uidSets([...asked].sort((a, b) => a - b))) {
    for (const told of await session.run(() => session.client.fetchAll(set, query, { uid: true }))) {
      if (asked.has(told.uid)) merge(rows, told);
    }
  }
  return [...rows.values()].sort((a, b) => a.uid - b.uid);
}

function merge(rows: Map<number, Row>, told: FetchMessageObject): void {
  const row = rows.get(told.uid) ?? { uid: told.uid, size: null, internalDate: null, source: null, headers: null };
  row.size = told.size ?? row.size;
  row.internalDate = told.internalDate instanceof Date ? told.internalDate : row.internalDate;
  // NIL arrives as `false`, whatever the type says.
  row.source = Buffer.isBuffer(told.source) ? told.source : row.source;
  row.headers = Buffer.isBuffer(told.headers) ? told.headers : row.headers;
  rows.set(told.uid, row);
}

/** No INTERNALDATE that can be read: the beginning of time, so that nothing takes the message for fresh. */
const NO_DATE = new Date(0);

function sizeOf({ uid, size, internalDate }: Row): MessageSize | null {
  return size === null ? null : { uid, sizeBytes: size, internalDate: internalDate ?? NO_DATE };
}

/** A message without bytes (NIL) was expunged under our hands: RELIABILITY IM3. The server's size may be wrong; bytes are not. */
function messageOf({ uid, size, internalDate, source }: Row): FetchedMessage | null {
  if (source === null) return null;
  return { uid, sizeBytes: size ?? source.length, internalDate: internalDate ?? NO_DATE, bytes: source };
}

async function download(session: ImapSession, uid: number): Promise<AsyncIterable<Buffer> | null> {
  const first = await piece(session, uid, 0);
  return first === null ? null : pieces(session, uid, first);
}

async function* pieces(session: ImapSession, uid: number, first: Buffer): AsyncGenerator<Buffer> {
  let at = first.length;
  let last = first;
  while (last.length > 0) {
    yield last;
    if (last.length < PIECE_BYTES) return;
    const next = await piece(session, uid, at);
    if (next === null) throw new Error(`message ${uid} was expunged after ${at} bytes of it`);
    at += next.length;
    last = next;
  }
}

async function piece(session: ImapSession, uid: number, start: number): Promise<Buffer | null> {
  const source = { start, maxLength: PIECE_BYTES };
  const rows = await fetchRows(session, [uid], { uid: true, source });
  return rows[0]?.source ?? null;
}

async function settle(
  session: ImapSession,
  folder: SelectedFolder,
  uids: readonly number[],
  mark: SettleMark,
): Promise<void> {
  const flag = flagOf(mark, folder);
  if (flag === null) return;
  for (const set of uidSets([...new Set(uids)].sort((a, b) => a - b))) {
    await session.run(async () => {
      const isStored = await session.client.messageFlagsAdd(set, [flag], { uid: true, silent: true });
      // A NO (the folder has become read-only, the quota is full) is no matter: the mail is ours all the same.
      if (!isStored && session.lossReason() !== null) throw new Error('STORE without an answer');
    });
  }
}

function flagOf(mark: SettleMark, folder: SelectedFolder): string | null {
  if (folder.isReadOnly) return null;
  switch (mark) {
    case 'keyword':
      return folder.canStoreKeywords ? OWN_KEYWORD : null;
    case 'seen':
      return '\\Seen';
    case 'none':
      return null;
    default:
      return unreachable(mark);
  }
}
