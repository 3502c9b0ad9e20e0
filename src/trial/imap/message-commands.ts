import type { Command } from './commands.ts';
import { FLAG_CHANGES, hasFlag, parseFlags } from './flags.ts';
import { parseFetchItems } from './fetch-items.ts';
import { writeFetched } from './fetch.ts';
import type { Folder } from './folder.ts';
import type { StoredMessage } from './folder-log.ts';
import { openIfThere } from './output.ts';
import { Refusal } from './refusal.ts';
import { parseSearch } from './search.ts';
import { parseNumberSet, positionsOf } from './sequence.ts';
import type { Session } from './session.ts';
import type { Arguments, Token } from './tokens.ts';
import type { FolderView } from './view.ts';
import { getFolder } from './user-folder.ts';

/** Commands about the messages of the selected folder. `UID X` names messages by UID, `X` by number. */
export const MESSAGE_COMMANDS: Readonly<Record<string, Command>> = {
  CHECK: { needs: 'folder', run: () => 'All is on disk' },
  CLOSE: { needs: 'folder', run: close },
  UNSELECT: { needs: 'folder', run: unselect },
  EXPUNGE: { needs: 'folder', run: (session) => expunge(session, null) },
  'UID EXPUNGE': { needs: 'folder', run: (session, args) => expunge(session, args.atom()) },
  FETCH: { needs: 'folder', holdsExpunges: true, run: (session, args) => fetch(session, args, false) },
  'UID FETCH': { needs: 'folder', run: (session, args) => fetch(session, args, true) },
  STORE: { needs: 'folder', holdsExpunges: true, run: (session, args) => store(session, args, false) },
  'UID STORE': { needs: 'folder', run: (session, args) => store(session, args, true) },
  SEARCH: { needs: 'folder', holdsExpunges: true, run: (session, args) => search(session, args, false) },
  'UID SEARCH': { needs: 'folder', run: (session, args) => search(session, args, true) },
  COPY: { needs: 'folder', run: (session, args) => copy(session, args, false, false) },
  'UID COPY': { needs: 'folder', run: (session, args) => copy(session, args, true, false) },
  MOVE: { needs: 'folder', run: (session, args) => copy(session, args, false, true) },
  'UID MOVE': { needs: 'folder', run: (session, args) => copy(session, args, true, true) },
};

async function fetch(session: Session, args: Arguments, isByUid: boolean): Promise<string> {
  const view = viewOf(session);
  const positions = positionsIn(view, args.atom(), isByUid);
  const asked = parseFetchItems(args.listOrOne());
  args.end();
  const items = isByUid && !asked.some(({ is }) => is === 'uid') ? [{ is: 'uid' } as const, ...asked] : asked;
  const unread =
    view.isReadOnly || !items.some((item) => item.is === 'section' && item.marksSeen) ? [] : unseenOf(view, positions);
  await view.folder.changeFlags(unread, withSeen, view.watcher);
  const nowSeen = new Set(unread);
  let isAllThere = true;
  for (const position of positions) {
    const message = view.messageAt(position);
    const itemsOfThis = message !== null && nowSeen.has(message.uid) ? [...items, { is: 'flags' } as const] : items;
    const isThere =
      message !== null &&
      (await writeFetched(session.output, position + 1, message, view.folder.pathOf(message.uid), itemsOfThis));
    isAllThere &&= isThere;
  }
  return isAllThere ? 'Fetched' : '[EXPUNGEISSUED] Some of them are gone';
}

function withSeen(flags: readonly string[]): readonly string[] {
  return hasFlag(flags, '\\Seen') ? flags : [...flags, '\\Seen'];
}

function unseenOf(view: FolderView, positions: readonly number[]): readonly number[] {
  const messages = positions.map((position) => view.messageAt(position));
  return messages.flatMap((message) => (message === null || hasFlag(message.flags, '\\Seen') ? [] : [message.uid]));
}

async function store(session: Session, args: Arguments, isByUid: boolean): Promise<string> {
  const view = writableViewOf(session);
  const positions = positionsIn(view, args.atom(), isByUid);
  const [, how = '', silent] = /^([+-]?FLAGS)(\.SILENT)?$/.exec(args.atom().toUpperCase()) ?? [];
  const change = FLAG_CHANGES[how];
  if (change === undefined) throw new Refusal('BAD', 'FLAGS was expected');
  const tokens: Token[] = [...args.listOrOne()];
  while (args.peek() !== null) tokens.push(args.take());
  const wanted = parseFlags(tokens);
  const uids = positions.flatMap((position) => view.uids()[position] ?? []);
  await view.folder.changeFlags(uids, (has) => change(has, wanted), view.watcher);
  for (const position of silent === undefined ? positions : []) {
    const message = view.messageAt(position);
    if (message === null) continue;
    const uid = isByUid ? `UID ${message.uid} ` : '';
    session.output.line(`* ${position + 1} FETCH (${uid}FLAGS (${message.flags.join(' ')}))`);
  }
  return 'Stored';
}

async function search(session: Session, args: Arguments, isByUid: boolean): Promise<string> {
  const view = viewOf(session);
  const first = args.peek();
  if (first?.kind === 'atom' && first.text.toUpperCase() === 'CHARSET') {
    args.take();
    if (!/^(utf-8|us-ascii)$/i.test(args.text())) throw new Refusal('NO', '[BADCHARSET (UTF-8)] UTF-8 is what we know');
  }
  const keys: Token[] = [];
  while (args.peek() !== null) keys.push(args.take());
  const uids = view.uids();
  const test = parseSearch(keys, uids);
  const found: number[] = [];
  for (let position = 0; position < uids.length; position += 1) {
    const message = view.messageAt(position);
    if (message === null || !(await test({ position, message, path: view.folder.pathOf(message.uid) }))) continue;
    found.push(isByUid ? message.uid : position + 1);
  }
  session.output.line(['* SEARCH', ...found].join(' '));
  return 'Searched';
}

async function copy(session: Session, args: Arguments, isByUid: boolean, isMove: boolean): Promise<string> {
  const view = isMove ? writableViewOf(session) : viewOf(session);
  const positions = positionsIn(view, args.atom(), isByUid);
  const target = await getFolder(session, args.text(), '[TRYCREATE]');
  args.end();
  const messages = positions.flatMap((position) => view.messageAt(position) ?? []);
  const copied: { readonly from: number; readonly to: number }[] = [];
  for (const message of messages) {
    const to = await copyMessage(view, message, target);
    if (to !== null) copied.push({ from: message.uid, to });
  }
  if (copied.length === 0) return isMove ? 'Nothing moved' : 'Nothing copied';
  const [from, to] = [copied.map((pair) => pair.from).join(','), copied.map((pair) => pair.to).join(',')];
  const code = `[COPYUID ${target.uidValidity} ${from} ${to}]`;
  if (!isMove) return `${code} Copied`;
  session.output.line(`* OK ${code} Moved`);
  await view.folder.expunge(copied.map((pair) => pair.from));
  return 'Moved';
}

async function copyMessage(view: FolderView, message: StoredMessage, target: Folder): Promise<number | null> {
  const path = view.folder.pathOf(message.uid);
  const file = await openIfThere(path);
  if (file === null) return null;
  await file.close();
  return await target.add({ path, sizeBytes: message.sizeBytes }, message.flags, message.internalDate);
}

async function expunge(session: Session, uids: string | null): Promise<string> {
  const view = writableViewOf(session);
  const positions = positionsIn(view, uids ?? '1:*', uids !== null);
  const deleted = positions.flatMap((position) => view.messageAt(position) ?? []).filter(isDeleted);
  await view.folder.expunge(deleted.map(({ uid }) => uid));
  return 'Expunged';
}

async function close(session: Session): Promise<string> {
  const view = viewOf(session);
  const deleted = view
    .uids()
    .flatMap((_, position) => view.messageAt(position) ?? [])
    .filter(isDeleted);
  await session.select(null, true);
  if (!view.isReadOnly) await view.folder.expunge(deleted.map(({ uid }) => uid));
  return 'Closed';
}

async function unselect(session: Session): Promise<string> {
  await session.select(null, true);
  return 'Closed';
}

function isDeleted({ flags }: StoredMessage): boolean {
  return hasFlag(flags, '\\Deleted');
}

function positionsIn(view: FolderView, set: string, isByUid: boolean): readonly number[] {
  const uids = view.uids();
  const numbers = isByUid ? uids : Array.from(uids, (_, index) => index + 1);
  return positionsOf(parseNumberSet(set), numbers);
}

function viewOf(session: Session): FolderView {
  if (session.view === null) throw new Refusal('BAD', 'Select a folder first');
  return session.view;
}

function writableViewOf(session: Session): FolderView {
  const view = viewOf(session);
  if (view.isReadOnly) throw new Refusal('NO', '[CANNOT] The folder is open for reading only');
  return view;
}
