import type { Folder, FolderWatcher } from './folder.ts';
import type { StoredMessage } from './folder-log.ts';

/** A selected folder as one session has been told of it: message numbers change only when the session hears so. */
export interface FolderView {
  readonly folder: Folder;
  readonly isReadOnly: boolean;
  /** UIDs by message number - 1. May hold messages that are gone meanwhile. */
  uids(): readonly number[];
  /** The message at a position; null when it has been expunged meanwhile. */
  messageAt(position: number): StoredMessage | null;
  /** Untagged lines for what happened since the last call; expunges wait when the command forbids them (RFC 3501 7.4.1). */
  news(mayExpunge: boolean): readonly string[];
  /** Told of changes, except of flags this session changes itself. */
  readonly watcher: FolderWatcher;
  /** Has the folder been deleted? */
  isGone(): boolean;
  close(): void;
}

/** Opens a loaded folder. `onNews` is called at once on every change. */
export function openFolderView(folder: Folder, isReadOnly: boolean, onNews: () => void): FolderView {
  let uids: number[] = [...folder.messages().keys()];
  const added = new Set<number>();
  const expunged = new Set<number>();
  const flagged = new Set<number>();
  let isGone = false;

  const watcher: FolderWatcher = (change) => {
    if (change.kind === 'gone') isGone = true;
    else if (change.kind === 'added') added.add(change.uid);
    else if (change.kind === 'flags') flagged.add(change.uid);
    else if (!added.delete(change.uid)) expunged.add(change.uid);
    onNews();
  };
  const unwatch = folder.watch(watcher);

  const takeExpunged = (): string[] => {
    const lines: string[] = [];
    const kept: number[] = [];
    for (const uid of uids) {
      if (expunged.has(uid)) lines.push(`* ${kept.length + 1} EXPUNGE`);
      else kept.push(uid);
    }
    uids = kept;
    expunged.clear();
    return lines;
  };

  return {
    folder,
    isReadOnly,
    watcher,
    uids: () => uids,
    isGone: () => isGone,
    close: unwatch,
    messageAt: (position) => folder.messages().get(uids[position] ?? 0) ?? null,
    news(mayExpunge) {
      const lines = mayExpunge && expunged.size > 0 ? takeExpunged() : [];
      if (added.size > 0) {
        uids.push(...added);
        added.clear();
        lines.push(`* ${uids.length} EXISTS`);
      }
      if (flagged.size > 0) {
        for (const [position, uid] of uids.entries()) {
          const message = flagged.has(uid) ? folder.messages().get(uid) : undefined;
          if (message !== undefined)
            lines.push(`* ${position + 1} FETCH (UID ${uid} FLAGS (${message.flags.join(' ')}))`);
        }
        flagged.clear();
      }
      return lines;
    },
  };
}
