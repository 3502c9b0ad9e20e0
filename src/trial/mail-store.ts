import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { domainToASCII } from 'node:url';
import type { Log } from '../lib/log.ts';
import { createAccount } from './imap/account.ts';
import type { Account } from './imap/account.ts';
import { replaceFile } from './imap/folder-log.ts';
import type { SpooledMessage } from './imap/folder.ts';
import { TrialError } from './trial-error.ts';

/** All mail of the trial, on disk. Anybody's: an address gets its folder with its first mail. */
export interface MailStore {
  /** The one account of an address, whatever its case. Nothing is written by asking. */
  account(address: string): Account;
  /** Writes a message to a file of its own, in pieces; the caller discards it after filing. Null when it is larger than MAX_MESSAGE_BYTES. */
  spool(pieces: AsyncIterable<Uint8Array>): Promise<SpooledMessage | null>;
  discard(message: SpooledMessage): Promise<void>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

export const MAX_MESSAGE_BYTES = 50 * 1024 * 1024;

/** RFC 5321 4.5.3.1: a local part of 64, a domain of 255. */
const MAX_ADDRESS_LENGTH = 320;

/** Accounts that nobody has open are kept in memory up to this many. */
const MAX_RECENT_ACCOUNTS = 256;

/** Opens the mail folder, or makes it. Throws TrialError when it cannot be used. */
export async function openMailStore(dataDir: string, log: Log): Promise<MailStore> {
  const spoolDir = join(dataDir, 'spool');
  const createdAt = await prepare(dataDir, spoolDir);
  const writing = new Set<Promise<unknown>>();
  const onWriting = (work: Promise<unknown>) => {
    writing.add(work);
    void work.finally(() => writing.delete(work));
  };
  // An account must be one object while anybody holds it, and is forgotten when nobody does: addresses come from the network.
  const accounts = new Map<string, WeakRef<Account>>();
  const recent = new Map<string, Account>();
  const forgotten = new FinalizationRegistry<string>((address) => {
    if (accounts.get(address)?.deref() === undefined) accounts.delete(address);
  });

  return {
    account(address) {
      const key = normalizeTrialAddress(address);
      let account = accounts.get(key)?.deref();
      if (account === undefined) {
        account = createAccount({ path: join(dataDir, folderNameOf(key)), address: key, createdAt, log, onWriting });
        accounts.set(key, new WeakRef(account));
        forgotten.register(account, key);
      }
      recent.delete(key);
      recent.set(key, account);
      for (const oldest of recent.keys()) {
        if (recent.size <= MAX_RECENT_ACCOUNTS) break;
        recent.delete(oldest);
      }
      return account;
    },
    async spool(pieces) {
      const path = join(spoolDir, randomUUID());
      const handle = await open(path, 'wx');
      let sizeBytes = 0;
      let isWhole = false;
      try {
        for await (const piece of pieces) {
          sizeBytes += piece.length;
          if (sizeBytes <= MAX_MESSAGE_BYTES) await handle.writeFile(piece);
        }
        isWhole = sizeBytes <= MAX_MESSAGE_BYTES;
      } finally {
        await handle.close();
        if (!isWhole) await rm(path, { force: true });
      }
      return isWhole ? { path, sizeBytes } : null;
    },
    discard: ({ path }) => rm(path, { force: true }),
    async close() {
      while (writing.size > 0) await Promise.all(writing);
    },
  };
}

/** May mail be kept under this name? Anything a person could have meant as an address. */
export function isTrialAddress(address: string): boolean {
  return address !== '' && address.length <= MAX_ADDRESS_LENGTH && !/[\p{Cc}\s]/u.test(address);
}

/** The one spelling of an address: lower case, the domain in ASCII. */
export function normalizeTrialAddress(address: string): string {
  const spelled = address.normalize('NFC').toLowerCase();
  const at = spelled.lastIndexOf('@');
  if (at < 0) return spelled;
  const domain = spelled.slice(at + 1);
  return `${spelled.slice(0, at)}@${domainToASCII(domain) || domain}`;
}

/** Readable for a person, unique by its hash, and safe on every file system: the address comes from the network. */
function folderNameOf(address: string): string {
  const readable = address.replace(/[^a-z0-9.]+/g, '-').slice(0, 40);
  return `mail-${readable}-${createHash('sha256').update(address).digest('hex').slice(0, 24)}`;
}

/** Makes the folders and returns when the store was first made, in seconds: the UIDVALIDITY of the folders everybody has. */
async function prepare(dataDir: string, spoolDir: string): Promise<number> {
  try {
    await rm(spoolDir, { recursive: true, force: true });
    await mkdir(spoolDir, { recursive: true });
    const path = join(dataDir, 'created-at');
    const known = Number(await readFile(path, 'utf8').catch(() => ''));
    if (Number.isSafeInteger(known) && known > 0 && known < 2 ** 32) return known;
    const createdAt = Math.floor(Date.now() / 1000);
    await replaceFile(path, `${createdAt}\n`);
    return createdAt;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TrialError(
      `The trial's mail folder ${dataDir} cannot be used: ${reason}.`,
      'Make it a folder that you may write to, or choose another with DATA_DIR.',
    );
  }
}
