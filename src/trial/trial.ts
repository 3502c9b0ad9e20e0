import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrialMode } from '../config.ts';
import { decodeKey } from '../config.ts';
import type { Log } from '../lib/log.ts';
import { startPostgres } from './postgres.ts';
import type { TrialContact } from './trial-contact.ts';
import { writeContact } from './trial-contact.ts';
import { TrialError } from './trial-error.ts';
import { lockDataFolder } from './trial-lock.ts';

/** A desk on this machine alone: its own PostgreSQL and its own mail server, kept in one folder. */
export interface Trial extends TrialContact {
  stop(): Promise<void>;
}

/**
 * Starts what the trial stands on, in `mode.dataDir`, which `makeDataFolder` has made. PostgreSQL comes up, and at
 * first makes its files, in processes of its own: what else takes time here is done beside that.
 *
 * @param meanwhile begun once the folder is ours and PostgreSQL at work, and done when this is; what it throws ends the start
 * @throws TrialError for all that the person who started it can mend
 */
export async function startTrial(mode: TrialMode, log: Log, meanwhile: () => Promise<unknown>): Promise<Trial> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).toReversed()) await one();
  };
  try {
    stops.push(await lockDataFolder(join(mode.dataDir, 'deskbell.pid')));
    const key = await readOrMakeKey(join(mode.dataDir, 'key'));
    // While modules are being loaded nothing else has its turn, so PostgreSQL is at work before that begins.
    const waiting = Promise.withResolvers<void>();
    const postgresFolder = join(mode.dataDir, 'postgres');
    const startingPostgres = startPostgres({ dataDir: postgresFolder, durable: true, onWaiting: waiting.resolve });
    startingPostgres.catch(waiting.reject);
    const starting = [
      startingPostgres.then((started) => {
        stops.push(() => started.stop());
        return started;
      }),
      waiting.promise.then(async () => {
        const { startMailServer } = await import('./mail-server.ts');
        const started = await startMailServer({ ...mode, dataDir: join(mode.dataDir, 'mail'), log });
        stops.push(() => started.close());
        return started;
      }),
      waiting.promise.then(() => import('./trial-database.ts')),
      waiting.promise.then(meanwhile),
    ] as const;
    // All have ended before anything is stopped again.
    await Promise.allSettled(starting);
    const [postgres, { smtpPort, imapPort }, { prepareDatabase }] = await Promise.all(starting);
    const contact = { databaseUrl: postgres.url, key, smtpPort, imapPort };
    await prepareDatabase(mode.dataDir, contact);
    await writeContact(mode.dataDir, contact);
    return { ...contact, stop };
  } catch (error) {
    await stop();
    throw error;
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
