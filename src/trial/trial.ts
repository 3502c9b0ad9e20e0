import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { TrialMode } from '../config.ts';
import { decodeKey } from '../config.ts';
import { openDb } from '../db/client.ts';
import { migrate } from '../db/migrate.ts';
import { deriveKeys, Secret } from '../lib/crypto.ts';
import type { Log } from '../lib/log.ts';
import type { EmailAddress } from '../mail/address.ts';
import { parseAddress } from '../mail/address.ts';
import { secretPlace } from '../mailboxes/model.ts';
import { findMailbox, insertMailbox, updateMailbox } from '../mailboxes/store.ts';
import { TRIAL_AUTHSERV_ID } from './authentication-stamp.ts';
import { startMailServer } from './mail-server.ts';
import { startPostgres } from './postgres.ts';
import { TrialError } from './trial-error.ts';
import { lockDataFolder } from './trial-lock.ts';

/** A desk on this machine alone: its own PostgreSQL and its own mail server, kept in one folder. */
export interface Trial {
  readonly databaseUrl: string;
  readonly key: Buffer;
  readonly smtpPort: number;
  readonly imapPort: number;
  stop(): Promise<void>;
}

/** How another process of this machine finds a running trial. */
export interface TrialContact {
  readonly databaseUrl: string;
  readonly key: Buffer;
  readonly smtpPort: number;
  readonly imapPort: number;
}

export const TRIAL_ADDRESS = 'support@deskbell.test';
/** Of every address in the trial's IMAP. */
export const TRIAL_PASSWORD = 'trial';

const contactSchema = z.strictObject({ databaseUrl: z.string(), smtpPort: z.int(), imapPort: z.int() });

/**
 * Starts what the trial stands on, in `mode.dataDir`, which `makeDataFolder` has made.
 *
 * @throws TrialError for all that the person who started it can mend
 */
export async function startTrial(mode: TrialMode, log: Log): Promise<Trial> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).toReversed()) await one();
  };
  try {
    stops.push(await lockDataFolder(join(mode.dataDir, 'deskbell.pid')));
    const key = await readOrMakeKey(join(mode.dataDir, 'key'));
    const starting = [
      startPostgres({ dataDir: join(mode.dataDir, 'postgres'), durable: true }).then((started) => {
        stops.push(() => started.stop());
        return started;
      }),
      startMailServer({ ...mode, dataDir: join(mode.dataDir, 'mail'), log }).then((started) => {
        stops.push(() => started.close());
        return started;
      }),
    ] as const;
    // Both have ended before anything is stopped again.
    await Promise.allSettled(starting);
    const [postgres, mail] = await Promise.all(starting);
    await migrate(postgres.url).catch((error: unknown) => {
      throw new TrialError(
        `The data folder ${mode.dataDir} is of another release of Deskbell: ${error instanceof Error ? error.message : String(error)}.`,
        'Run that release, or move the folder away to begin anew, or set DATA_DIR to another one.',
      );
    });
    const { smtpPort, imapPort } = mail;
    await keepMailbox(postgres.url, key, smtpPort, imapPort);
    const contact: z.infer<typeof contactSchema> = { databaseUrl: postgres.url, smtpPort, imapPort };
    await writeWhole(contactFile(mode.dataDir), JSON.stringify(contact));
    return { databaseUrl: postgres.url, key, smtpPort, imapPort, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const contactFile = (dataDir: string): string => join(dataDir, 'trial.json');

/** The trial of that folder, if it ever ran; whether it runs now shows when its database is asked. */
export async function findTrial(dataDir: string): Promise<TrialContact | null> {
  try {
    const contact = contactSchema.parse(JSON.parse(await readFile(contactFile(dataDir), 'utf8')));
    const key = decodeKey((await readFile(join(dataDir, 'key'), 'utf8')).trim());
    return key === null ? null : { ...contact, key };
  } catch {
    // Missing, unreadable or half written: there is no trial to speak to.
    return null;
  }
}

/** Makes the folder of a trial. @throws TrialError */
export async function makeDataFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true });
  } catch (error) {
    throw new TrialError(
      `The data folder ${dataDir} cannot be made: ${error instanceof Error ? error.message : String(error)}.`,
      'Choose another one with DATA_DIR.',
    );
  }
}

async function readOrMakeKey(path: string): Promise<Buffer> {
  try {
    await writeFile(path, `${randomBytes(32).toString('base64')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new TrialError(
        `The data folder cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
        'Make it writable, or choose another one with DATA_DIR.',
      );
    }
  }
  const key = decodeKey((await readFile(path, 'utf8')).trim());
  if (key !== null) return key;
  throw new TrialError(
    `The key file ${path} is damaged.`,
    'Put it back from a copy, or move the whole data folder away to begin anew.',
  );
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.part`, text, { mode: 0o600 });
  await rename(`${path}.part`, path);
}

/** The trial's one mailbox, read from its beginning, at the ports of this start. */
async function keepMailbox(url: string, masterKey: Buffer, smtpPort: number, imapPort: number): Promise<void> {
  const address = parseAddress(TRIAL_ADDRESS) as EmailAddress;
  const keys = deriveKeys(masterKey);
  const server = { host: '127.0.0.1', security: 'none', caPem: null } as const;
  const imap = { ...server, port: imapPort, user: address };
  const smtp = { ...server, port: smtpPort, user: null };
  const imapSecret = keys.box.seal(new Secret(TRIAL_PASSWORD), secretPlace(address, 'imap'));
  const db = openDb({ url, maxConnections: 1, applicationName: 'deskbell trial' });
  try {
    const known = await findMailbox(db, address);
    if (known !== null) await updateMailbox(db, known.id, { imap, smtp, imapSecret, authservIds: [TRIAL_AUTHSERV_ID] });
    else {
      await insertMailbox(db, {
        address,
        displayName: 'Deskbell Support',
        status: 'active',
        imap,
        imapSecret,
        folder: 'INBOX',
        smtp,
        smtpSecret: null,
        schedule: '* * * * *',
        settleMark: 'keyword',
        historyStart: 'beginning',
        replyDomain: 'deskbell.test',
        defaultCustomerId: null,
        authservIds: [TRIAL_AUTHSERV_ID],
      });
    }
  } finally {
    await db.close();
  }
}
