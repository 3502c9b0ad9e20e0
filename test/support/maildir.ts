import { mkdir, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A message for a mailbox: its bytes, and INTERNALDATE when that should not be now. */
export interface MaildirMessage {
  readonly bytes: Uint8Array;
  readonly internalDate?: Date;
}

export interface Maildir {
  /** Writes the message aside and renames it into `new`, so that the server never sees half of one. */
  deliver(message: MaildirMessage): Promise<void>;
}

/**
 * Opens a Maildir for delivery, creating it when it is not there.
 *
 * @param own called with each folder made, to give it to the user that reads the mail
 */
export async function openMaildir(path: string, own: (path: string) => Promise<void>): Promise<Maildir> {
  for (const folder of [path, join(path, 'cur'), join(path, 'new'), join(path, 'tmp')]) {
    await mkdir(folder, { recursive: true });
    await own(folder);
  }
  return {
    async deliver({ bytes, internalDate }) {
      const name = nextName();
      const aside = join(path, 'tmp', name);
      await writeFile(aside, bytes, { mode: 0o644 });
      if (internalDate !== undefined) await utimes(aside, internalDate, internalDate);
      await rename(aside, join(path, 'new', name));
    },
  };
}

let lastMicros = 0;

/** Dovecot gives UIDs to new files by the time in their names, seconds then microseconds, so no two names may share one. */
function nextName(): string {
  lastMicros = Math.max(lastMicros + 1, Date.now() * 1000);
  const seconds = Math.floor(lastMicros / 1e6);
  return `${seconds}.M${String(lastMicros % 1e6).padStart(6, '0')}P${process.pid}.localhost`;
}
