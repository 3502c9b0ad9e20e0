import type { OperationDeps } from './access/operation.ts';
import type { Desk, HostTrouble } from './cli/host.ts';
import type { Config } from './config.ts';
import { readConfig } from './config.ts';
import { openDb } from './db/client.ts';
import { pendingMigrations } from './db/migrate.ts';
import { systemClock } from './lib/clock.ts';
import { deriveKeys } from './lib/crypto.ts';
import type { Result } from './lib/result.ts';
import { err, ok } from './lib/result.ts';
import { openImap } from './mailboxes/imap.ts';
import { createOwe } from './notifications/owe.ts';
import { openSmtpRoute } from './notifications/transport.ts';
import { findTrial } from './trial/trial-contact.ts';

/** Opens the desk that the environment names: a running trial, or a database. */
export async function openDesk(): Promise<Result<Desk, HostTrouble>> {
  const config = readConfig();
  if (!config.ok)
    return err({
      kind: 'configuration',
      message: config.error.join('\n'),
      mend: 'Mend these variables and try again.',
    });
  const place = await findPlace(config.value);
  if (!place.ok) return place;
  const { url, key, trial } = place.value;
  const db = openDb({ url, maxConnections: 4, applicationName: 'deskbell cli' });
  try {
    const { missing } = await pendingMigrations(db);
    if (missing.length > 0) {
      await db.close();
      return err({
        kind: 'configuration',
        message: 'The database has not been brought up to this version.',
        mend: 'Run "npx deskbell migrate" once.',
      });
    }
  } catch (error) {
    await db.close();
    return err(unreachableDesk(trial !== null, error));
  }
  const keys = deriveKeys(key);
  const deps: OperationDeps = {
    db,
    keys,
    owe: createOwe(keys),
    openSource: openImap,
    openSmtpRoute: (account) => openSmtpRoute(account),
    clock: systemClock,
    publicUrl: config.value.publicUrl ?? (trial === null ? null : trialUrl(config.value)),
  };
  return ok({ db, deps, trial, close: () => db.close() });
}

/** Where the trial's page is, unless it was started with another PORT than this. */
const trialUrl = ({ web: { host, port } }: Config): string => `http://${host}:${port}`;

interface Place {
  readonly url: string;
  readonly key: Buffer;
  readonly trial: Desk['trial'];
}

async function findPlace({ mode }: Config): Promise<Result<Place, HostTrouble>> {
  if (mode.kind === 'trial') {
    const trial = await findTrial(mode.dataDir);
    return trial === null
      ? err(unreachableDesk(true, null))
      : ok({ url: trial.databaseUrl, key: trial.key, trial: { smtpPort: trial.smtpPort, imapPort: trial.imapPort } });
  }
  if (mode.key !== null) return ok({ url: mode.databaseUrl.reveal(), key: mode.key, trial: null });
  return err({
    kind: 'configuration',
    message: 'DESKBELL_KEY is missing: mailbox passwords are stored encrypted with it.',
    mend: 'Set DESKBELL_KEY or DESKBELL_KEY_FILE to the key the desk runs with.',
  });
}

const unreachableDesk = (isTrial: boolean, error: unknown): HostTrouble =>
  isTrial
    ? {
        kind: 'unreachable',
        message: 'No trial is running in this folder.',
        mend: 'Start it with "npm start" in another terminal; set DATA_DIR if its data is elsewhere, or DATABASE_URL for a real desk.',
      }
    : {
        kind: 'unreachable',
        message: `The database cannot be reached: ${error instanceof Error ? error.message || error.name : String(error)}.`,
        mend: 'Check DATABASE_URL, and that PostgreSQL runs there.',
      };
