import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../lib/log.ts';
import { err, ok } from '../../lib/result.ts';
import type { Result } from '../../lib/result.ts';
import { createFolder } from './folder.ts';
import type { Folder } from './folder.ts';
import { replaceFile } from './folder-log.ts';

/** A folder of an account as LIST shows it. */
export interface FolderEntry {
  /** In the client's spelling (modified UTF-7), levels parted by `/`. */
  readonly name: string;
  /** The directory. */
  readonly id: string;
  readonly uidValidity: number;
  readonly isSubscribed: boolean;
}

/** The folders of one address. Names are as clients send them; INBOX in any case is INBOX. */
export interface Account {
  readonly address: string;
  entries(): Promise<readonly FolderEntry[]>;
  findFolder(name: string): Promise<Folder | null>;
  inbox(): Folder;
  create(name: string): Promise<Result<null, 'exists' | 'bad_name' | 'too_many'>>;
  remove(name: string): Promise<Result<null, 'not_found' | 'inbox'>>;
  /** Renames the folder and those below it. */
  rename(from: string, to: string): Promise<Result<null, 'not_found' | 'inbox' | 'exists' | 'bad_name'>>;
  subscribe(name: string, isSubscribed: boolean): Promise<Result<null, 'not_found'>>;
}

const MAX_FOLDERS = 500;
const MAX_FOLDER_NAME_LENGTH = 200;

/** What every account has from the start, without anything on disk. */
const DEFAULT_NAMES = ['INBOX', 'Drafts', 'Sent', 'Trash'] as const;

interface FolderList {
  readonly folders: readonly FolderEntry[];
  readonly uidValidityNext: number;
}

interface AccountPlace {
  readonly path: string;
  readonly address: string;
  /** Seconds; the UIDVALIDITY of the default folders. */
  readonly createdAt: number;
  readonly log: Log;
  readonly onWriting: (writing: Promise<unknown>) => void;
}

/** Names an account; nothing is read or written before it is used. */
export function createAccount({ path, address, createdAt, log, onWriting }: AccountPlace): Account {
  const listPath = join(path, 'folders.json');
  const open = new Map<string, Folder>();
  let known: FolderList | null = null;
  let tail: Promise<unknown> = Promise.resolve();

  const inTurn = <T>(work: (list: readonly FolderEntry[], uidValidityNext: number) => Promise<T>): Promise<T> => {
    const turn = tail.then(async () => {
      known ??= await readList(listPath, createdAt);
      return await work(known.folders, known.uidValidityNext);
    });
    tail = turn.catch(() => {});
    onWriting(tail);
    return turn;
  };
  const save = async (folders: readonly FolderEntry[]): Promise<Result<null, never>> => {
    // Never one that has been used, also by a folder deleted within the same second.
    const above = Math.max(...folders.map(({ uidValidity }) => uidValidity)) + 1;
    const next: FolderList = { folders, uidValidityNext: Math.max(above, known?.uidValidityNext ?? 0) };
    await mkdir(path, { recursive: true });
    await replaceFile(listPath, `${JSON.stringify({ address, ...next }, null, 2)}\n`);
    known = next;
    return ok(null);
  };
  const folderOf = ({ id, uidValidity }: Pick<FolderEntry, 'id' | 'uidValidity'>): Folder => {
    let folder = open.get(id);
    if (folder === undefined) {
      // The sessions and writes that hold a folder hold its account by this: there are never two of one folder.
      const onFolderWriting = (writing: Promise<unknown>) => onWriting(writing.then(() => account));
      folder = createFolder({ path: join(path, id), title: address, uidValidity, log, onWriting: onFolderWriting });
      open.set(id, folder);
    }
    return folder;
  };

  const account: Account = {
    address,
    entries: () => inTurn(async (list) => list),
    findFolder: (name) =>
      inTurn(async (list) => {
        const entry = find(list, name);
        return entry === null ? null : folderOf(entry);
      }),
    inbox: () => folderOf({ id: 'inbox', uidValidity: createdAt }),
    create: (name) =>
      inTurn(async (list, uidValidityNext) => {
        const wanted = name.replace(/\/$/, '');
        if (!isFolderName(wanted)) return err('bad_name');
        if (find(list, wanted) !== null) return err('exists');
        if (list.length >= MAX_FOLDERS) return err('too_many');
        const uidValidity = Math.max(uidValidityNext, Math.floor(Date.now() / 1000));
        return await save([...list, { name: wanted, id: `f${uidValidity}`, uidValidity, isSubscribed: false }]);
      }),
    remove: (name) =>
      inTurn(async (list) => {
        const entry = find(list, name);
        if (entry === null) return err('not_found');
        if (entry.id === 'inbox') return err('inbox');
        const saved = await save(list.filter((other) => other !== entry));
        await folderOf(entry).remove();
        open.delete(entry.id);
        return saved;
      }),
    rename: (from, to) =>
      inTurn(async (list) => {
        const entry = find(list, from);
        if (entry === null) return err('not_found');
        if (entry.id === 'inbox') return err('inbox');
        if (!isFolderName(to)) return err('bad_name');
        if (find(list, to) !== null) return err('exists');
        const below = `${entry.name}/`;
        return await save(
          list.map((other) => {
            if (other === entry) return { ...other, name: to };
            return other.name.startsWith(below) ? { ...other, name: `${to}/${other.name.slice(below.length)}` } : other;
          }),
        );
      }),
    subscribe: (name, isSubscribed) =>
      inTurn(async (list) => {
        const entry = find(list, name);
        if (entry === null) return err('not_found');
        if (entry.isSubscribed === isSubscribed) return ok(null);
        return await save(list.map((other) => (other === entry ? { ...other, isSubscribed } : other)));
      }),
  };
  return account;
}

function find(list: readonly FolderEntry[], name: string): FolderEntry | null {
  const wanted = name.toUpperCase() === 'INBOX' ? 'INBOX' : name;
  return list.find((entry) => entry.name === wanted) ?? null;
}

/** Printable ASCII without LIST's wildcards: what a client that knows modified UTF-7 sends. */
function isFolderName(name: string): boolean {
  const levels = name.split('/');
  return (
    name.length <= MAX_FOLDER_NAME_LENGTH && levels.every((level) => /^[ -~]+$/.test(level) && !/[*%"\\]/.test(level))
  );
}

async function readList(path: string, createdAt: number): Promise<FolderList> {
  const text = await readFile(path, 'utf8').catch(() => null);
  const stored: unknown = text === null ? null : JSON.parse(text);
  if (isFolderList(stored)) return stored;
  const folders = DEFAULT_NAMES.map((name) => ({
    name,
    id: name.toLowerCase(),
    uidValidity: createdAt,
    isSubscribed: true,
  }));
  return { folders, uidValidityNext: createdAt + 1 };
}

function isFolderList(value: unknown): value is FolderList {
  return (
    typeof value === 'object' &&
    value !== null &&
    'uidValidityNext' in value &&
    typeof value.uidValidityNext === 'number' &&
    'folders' in value &&
    Array.isArray(value.folders) &&
    value.folders.every(isEntry)
  );
}

function isEntry(value: unknown): value is FolderEntry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'id' in value &&
    typeof value.id === 'string' &&
    'uidValidity' in value &&
    typeof value.uidValidity === 'number' &&
    'isSubscribed' in value &&
    typeof value.isSubscribed === 'boolean'
  );
}
