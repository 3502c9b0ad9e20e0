import type { OperationDeps } from './access/operation.ts';
import type { CliHost, Desk, HostTrouble } from './cli/host.ts';
import type { Config } from './config.ts';
import { readConfig } from './config.ts';
import { openDb } from './db/client.ts';
import { pendingMigrations } from './db/migrate.ts';
import { explainMessages, explanationLines } from './inbound/explain.ts';
import { checkLedger, ledgerLines } from './inbound/ledger.ts';
import { systemClock } from './lib/clock.ts';
import { deriveKeys } from './lib/crypto.ts';
import type { Result } from './lib/result.ts';
import { err, ok } from './lib/result.ts';
import { openImap } from './mailboxes/imap.ts';
import { createOwe } from './notifications/owe.ts';
import { openSmtpRoute } from './notifications/transport.ts';
import { CannotStart, migrateDatabase, serve } from './serve.ts';
import { findTrial } from './trial/trial.ts';

const EXIT_CONFIGURATION = 2;
const LEDGER_LIMIT_MS = 300_000;

/** The command line's host: opens desks, runs servers. Prints to the given streams only. */
export function createHost(print: (line: string) => void, complain: (line: string) => void): CliHost {
  const run = (work: (config: Config, signal: AbortSignal) => Promise<void>) => async (): Promise<number> => {
    const config = readConfig();
    if (!config.ok) {
      for (const problem of config.error) complain(problem);
      return EXIT_CONFIGURATION;
    }
    const stop = new AbortController();
    const onSignal = () => stop.abort();
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal);
    try {
      await work(config.value, stop.signal);
      return 0;
    } catch (error) {
      if (!(error instanceof CannotStart)) throw error;
      complain(error.message);
      complain(error.mend);
      return error.exitCode;
    } finally {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('SIGHUP', onSignal);
    }
  };

  return {
    openDesk,
    start: run((config, signal) => serve({ config, print, withWeb: true, signal })),
    worker: run((config, signal) => {
      if (config.mode.kind === 'trial') {
        throw new CannotStart(
          'DATABASE_URL is not set, and the trial has its worker inside.',
          'Use "deskbell start" for the trial, or set DATABASE_URL.',
          EXIT_CONFIGURATION,
        );
      }
      return serve({ config, print, withWeb: config.isPortGiven, signal });
    }),
    migrate: run((config) => migrateDatabase(config, print)),
    async why(desk, reference) {
      const found = await explainMessages(desk.db, reference);
      if (found.length === 0) {
        return reference === 'held' ? { lines: ['No message waits for a person.'], json: [], exitCode: 0 } : null;
      }
      return { lines: found.flatMap((one) => [...explanationLines(one), '']), json: found, exitCode: 0 };
    },
    async ledger({ db: { url }, deps: { keys } }) {
      // The books of a large desk take longer than any other statement may.
      const applicationName = 'deskbell ledger';
      const db = openDb({ url, maxConnections: 1, applicationName, statementTimeoutMs: LEDGER_LIMIT_MS });
      const limit = AbortSignal.timeout(LEDGER_LIMIT_MS);
      const report = await checkLedger({ db, keys, openSource: openImap }, limit).finally(() => db.close());
      return { lines: ledgerLines(report), json: report, exitCode: report.isClean ? 0 : 1 };
    },
  };
}

async function openDesk(): Promise<Result<Desk, HostTrouble>> {
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
