import { appendFile, open, readFile, rename, stat, truncate } from 'node:fs/promises';

/** A message of a folder. Its bytes are in a file of their own. */
export interface StoredMessage {
  readonly uid: number;
  readonly sizeBytes: number;
  readonly internalDate: Date;
  /** System flags with their backslash, and keywords, each once. */
  readonly flags: readonly string[];
}

/** One line of a folder's log: what became true. The log is only appended to; loading it replays it. */
export type FolderRecord =
  | readonly ['folder', uidNext: number, title: string]
  | readonly ['added', uid: number, sizeBytes: number, internalDateMs: number, flags: readonly string[]]
  | readonly ['flags', uid: number, flags: readonly string[]]
  | readonly ['expunged', uid: number];

/** What a folder's log says. */
export interface ReplayedFolder {
  uidNext: number;
  /** In UID order. */
  readonly messages: Map<number, StoredMessage>;
  readonly expunged: Set<number>;
  recordCount: number;
  /** Lines that are no record: a damaged disk. Their messages are found again by their files. */
  unreadableCount: number;
}

/** Reads a folder's log and cuts a torn last line off, so that the next record starts a line. A missing file is an empty folder. */
export async function loadFolderLog(path: string): Promise<ReplayedFolder> {
  const bytes = await readFile(path).catch(emptyWhenMissing);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) await truncate(path, end);
  return replay(bytes.toString('utf8', 0, end));
}

/** Appends records and waits for the disk. When the disk refuses, the log is as it was. */
export async function appendToFolderLog(path: string, records: readonly FolderRecord[]): Promise<void> {
  const sizeBefore = (await stat(path).catch(() => null))?.size ?? 0;
  try {
    await appendFile(path, written(records), { flush: true });
  } catch (cause) {
    await truncate(path, sizeBefore).catch(() => {});
    throw new Error(`the mail folder's log ${path} cannot be written`, { cause });
  }
}

/** Replaces the log by the shortest one that says the same. */
export async function compactFolderLog(path: string, state: ReplayedFolder, title: string): Promise<void> {
  const records: FolderRecord[] = [['folder', state.uidNext, title]];
  for (const { uid, sizeBytes, internalDate, flags } of state.messages.values()) {
    records.push(['added', uid, sizeBytes, internalDate.getTime(), flags]);
  }
  await replaceFile(path, written(records));
}

/** Replaces a small file as a whole: after a crash it is the old one or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const handle = await open(`${path}.new`, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.new`, path);
}

function written(records: readonly FolderRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

function replay(text: string): ReplayedFolder {
  const state: ReplayedFolder = {
    uidNext: 1,
    messages: new Map(),
    expunged: new Set(),
    recordCount: 0,
    unreadableCount: 0,
  };
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const record = readRecord(line);
    state.recordCount += 1;
    if (record === null) state.unreadableCount += 1;
    else applyRecord(state, record);
  }
  return state;
}

function applyRecord(state: ReplayedFolder, record: FolderRecord): void {
  if (record[0] === 'folder') {
    state.uidNext = Math.max(state.uidNext, record[1]);
    return;
  }
  const uid = record[1];
  state.uidNext = Math.max(state.uidNext, uid + 1);
  const known = state.messages.get(uid);
  if (record[0] === 'added') {
    const [, , sizeBytes, internalDateMs, flags] = record;
    state.messages.set(uid, { uid, sizeBytes, internalDate: new Date(internalDateMs), flags });
  } else if (record[0] === 'expunged') {
    state.messages.delete(uid);
    state.expunged.add(uid);
  } else if (known !== undefined) {
    state.messages.set(uid, { ...known, flags: record[2] });
  }
}

function readRecord(line: string): FolderRecord | null {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return null;
  }
  if (!Array.isArray(record)) return null;
  const [kind, uid, third, date, flags]: unknown[] = record;
  if (!isCount(uid)) return null;
  if (kind === 'folder' && typeof third === 'string') return [kind, uid, third];
  if (kind === 'added' && isCount(third) && isCount(date) && isFlags(flags)) return [kind, uid, third, date, flags];
  if (kind === 'flags' && isFlags(third)) return [kind, uid, third];
  return kind === 'expunged' ? [kind, uid] : null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isFlags(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((flag) => typeof flag === 'string');
}

function emptyWhenMissing(cause: NodeJS.ErrnoException): Buffer {
  if (cause.code === 'ENOENT') return Buffer.alloc(0);
  throw cause;
}
