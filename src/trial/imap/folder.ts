import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Log } from '../../lib/log.ts';
import { appendToFolderLog, compactFolderLog, loadFolderLog } from './folder-log.ts';
import type { FolderRecord, ReplayedFolder, StoredMessage } from './folder-log.ts';

/** What happened to a folder, as its open sessions hear it. `gone`: the folder itself was deleted. */
export type FolderChange =
  { readonly kind: 'added' | 'expunged' | 'flags'; readonly uid: number } | { readonly kind: 'gone' };

export type FolderWatcher = (change: FolderChange) => void;

/** A message waiting on disk, not yet in any folder. */
export interface SpooledMessage {
  readonly path: string;
  readonly sizeBytes: number;
}

/** A folder on disk with its index in memory: `<uid>.eml` files and one log. Shared by all sessions that have it open. */
export interface Folder {
  readonly uidValidity: number;
  /** Reads the index; needed once before `messages` and `uidNext`. */
  load(): Promise<void>;
  /** The live messages in UID order. */
  messages(): ReadonlyMap<number, StoredMessage>;
  /** Never lower than any UID there has been, also of expunged messages. */
  uidNext(): number;
  /** Files a copy of the message and returns its UID. When this resolves it survives a power cut. */
  add(message: SpooledMessage, flags: readonly string[], internalDate: Date): Promise<number>;
  /** Changes flags of those of the messages that are still there. `by` is not told. */
  changeFlags(
    uids: readonly number[],
    change: (flags: readonly string[]) => readonly string[],
    by: FolderWatcher | null,
  ): Promise<void>;
  /** Removes those of the messages that are still there and returns their UIDs. */
  expunge(uids: readonly number[]): Promise<readonly number[]>;
  /** Where the bytes are. The file is gone when the message has been expunged. */
  pathOf(uid: number): string;
  /** Removes the folder with all its mail. */
  remove(): Promise<void>;
  watch(watcher: FolderWatcher): () => void;
}

/** A log this much longer than its folder is written anew when loaded. */
const COMPACT_AT_SPARE_RECORDS = 2_000;

interface FolderPlace {
  readonly path: string;
  /** For a person who looks into the data folder. */
  readonly title: string;
  readonly uidValidity: number;
  readonly log: Log;
  /** Told of every write under way, so that the store can wait for it. */
  readonly onWriting: (writing: Promise<unknown>) => void;
}

/** Names a folder; nothing is read or written before it is used. */
export function createFolder({ path, title, uidValidity, log, onWriting }: FolderPlace): Folder {
  const logPath = join(path, 'log.jsonl');
  const watchers = new Set<FolderWatcher>();
  let state: ReplayedFolder | null = null;
  let isGone = false;
  let tail: Promise<unknown> = Promise.resolve();

  // One change at a time: a UID is taken, its file put in place and its record written before the next one.
  const inTurn = <T>(work: (state: ReplayedFolder) => Promise<T>): Promise<T> => {
    const turn = tail.then(async () => {
      if (isGone) throw new Error(`the mail folder ${title} has been deleted`);
      state ??= await loadFolder(path, logPath, title, log);
      return await work(state);
    });
    tail = turn.catch(() => {});
    onWriting(tail);
    return turn;
  };
  const loaded = (): ReplayedFolder => {
    if (state === null) throw new Error(`the mail folder ${title} has not been loaded`);
    return state;
  };
  const tell = (change: FolderChange, except: FolderWatcher | null = null) => {
    for (const watcher of watchers) if (watcher !== except) watcher(change);
  };
  const pathOf = (uid: number) => join(path, `${uid}.eml`);

  return {
    uidValidity,
    pathOf,
    load: () => inTurn(async () => {}),
    messages: () => loaded().messages,
    uidNext: () => loaded().uidNext,
    add: (message, flags, internalDate) =>
      inTurn(async (state) => {
        const uid = state.uidNext;
        const isFirst = uid === 1 && state.recordCount === 0;
        if (isFirst) await mkdir(path, { recursive: true });
        await copyIntoPlace(message.path, pathOf(uid));
        const added: FolderRecord = ['added', uid, message.sizeBytes, internalDate.getTime(), flags];
        await appendToFolderLog(logPath, isFirst ? [['folder', 1, title], added] : [added]);
        state.recordCount += 1;
        state.uidNext = uid + 1;
        state.messages.set(uid, { uid, sizeBytes: message.sizeBytes, internalDate, flags });
        tell({ kind: 'added', uid });
        return uid;
      }),
    changeFlags: (uids, change, by) =>
      inTurn(async (state) => {
        const changed: StoredMessage[] = [];
        for (const uid of uids) {
          const message = state.messages.get(uid);
          if (message === undefined) continue;
          const flags = change(message.flags);
          if (flags.join(' ') !== message.flags.join(' ')) changed.push({ ...message, flags });
        }
        if (changed.length === 0) return;
        await appendToFolderLog(
          logPath,
          changed.map(({ uid, flags }) => ['flags', uid, flags]),
        );
        for (const message of changed) state.messages.set(message.uid, message);
        for (const { uid } of changed) tell({ kind: 'flags', uid }, by);
      }),
    expunge: (uids) =>
      inTurn(async (state) => {
        const live = uids.filter((uid) => state.messages.has(uid));
        if (live.length === 0) return live;
        await appendToFolderLog(
          logPath,
          live.map((uid) => ['expunged', uid]),
        );
        for (const uid of live) {
          state.messages.delete(uid);
          tell({ kind: 'expunged', uid });
        }
        for (const uid of live) await rm(pathOf(uid), { force: true });
        return live;
      }),
    remove: () =>
      inTurn(async () => {
        isGone = true;
        tell({ kind: 'gone' });
        await rm(path, { recursive: true, force: true });
      }),
    watch: (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

/**
 * What the log says and the files show. A crash leaves either a file without a record (it came in as the power went:
 * kept, under its own UID) or a record of an expunged message whose file is still there (removed).
 */
async function loadFolder(path: string, logPath: string, title: string, log: Log): Promise<ReplayedFolder> {
  const state = await loadFolderLog(logPath);
  const adopted: StoredMessage[] = [];
  for (const name of await readdir(path).catch(() => [])) {
    const uid = Number(/^([1-9]\d{0,9})\.eml$/.exec(name)?.[1] ?? Number.NaN);
    if (state.messages.has(uid) || (Number.isNaN(uid) && !name.endsWith('.part'))) continue;
    if (Number.isNaN(uid) || state.expunged.has(uid)) await rm(join(path, name), { force: true });
    else adopted.push(await messageOfFile(join(path, name), uid));
  }
  if (adopted.length > 0 || state.unreadableCount > 0) {
    log.warn('trial.folder_mended', { folder: basename(path), found: adopted.length, lost: state.unreadableCount });
  }
  const inOrder = [...state.messages.values(), ...adopted].sort((a, b) => a.uid - b.uid);
  const messages = new Map(inOrder.map((message) => [message.uid, message]));
  const mended: ReplayedFolder = { ...state, messages, expunged: new Set() };
  for (const { uid } of adopted) mended.uidNext = Math.max(mended.uidNext, uid + 1);
  const spareRecords = state.recordCount - messages.size;
  if (adopted.length > 0 || state.unreadableCount > 0 || spareRecords > messages.size + COMPACT_AT_SPARE_RECORDS) {
    await compactFolderLog(logPath, mended, title);
    mended.recordCount = messages.size + 1;
  }
  return mended;
}

async function messageOfFile(path: string, uid: number): Promise<StoredMessage> {
  const { size, mtime } = await stat(path);
  return { uid, sizeBytes: size, internalDate: mtime, flags: [] };
}

async function copyIntoPlace(from: string, to: string): Promise<void> {
  const part = `${to}.part`;
  await copyFile(from, part);
  await withSync(part, 'r+');
  await rename(part, to);
  // Windows cannot open a directory, and needs no sync of it.
  if (process.platform !== 'win32') await withSync(dirname(to), 'r');
}

async function withSync(path: string, flags: 'r' | 'r+'): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
