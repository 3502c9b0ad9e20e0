import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { openDb } from './db/client.ts';
import { migrate, pendingMigrations } from './db/migrate.ts';
import { startWeb } from './http/server.ts';
import type { TrialHint } from './http/overview.ts';
import type { Log } from './lib/log.ts';
import { createLog } from './lib/log.ts';
import { makeDataFolder, startTrial, TRIAL_ADDRESS, TRIAL_PASSWORD } from './trial/trial.ts';
import { TrialError } from './trial/trial-error.ts';
import { Replaced } from './worker/worker.ts';

/** A start that cannot be: what is wrong, and the mend. Exit code 2 for configuration, 3 for what is out of reach. */
export class CannotStart extends Error {
  readonly mend: string;
  readonly exitCode: 2 | 3;
  constructor(message: string, mend: string, exitCode: 2 | 3) {
    super(message);
    this.mend = mend;
    this.exitCode = exitCode;
  }
}

export interface ServeOptions {
  readonly config: Config;
  /** Prints for the person who started it. */
  readonly print: (line: string) => void;
  /** With web pages; a lone worker has them only where PORT was given. */
  readonly withWeb: boolean;
  readonly signal: AbortSignal;
}

const STOP_LIMIT_MS = 20_000;

/** Runs a desk (or one worker of it) until the signal aborts. @throws CannotStart */
export async function serve(options: ServeOptions): Promise<void> {
  const { config } = options;
  const { mode } = config;
  if (mode.kind === 'trial') await makeDataFolder(mode.dataDir).catch(explainTrial);
  const log = createLog(config.logLevel, mode.kind === 'trial' ? `${mode.dataDir}/deskbell.log` : 2);
  if (mode.kind === 'production') {
    if (mode.key === null) {
      throw new CannotStart(
        'DESKBELL_KEY is missing: mailbox passwords are stored encrypted with it.',
        'Make one with "openssl rand -base64 32", keep it safe, and set DESKBELL_KEY or DESKBELL_KEY_FILE.',
        2,
      );
    }
    const url = mode.databaseUrl.reveal();
    await requireSchema(url);
    await run({ url, key: mode.key, trial: null, stop: async () => {} }, log, options);
    return;
  }
  const trial = await startTrial(mode, log).catch(explainTrial);
  const { smtpPort, imapPort } = trial;
  const hint: TrialHint = { smtpPort, imapPort, password: TRIAL_PASSWORD, command: SAMPLE_COMMAND };
  const parts = { url: trial.databaseUrl, key: trial.key, trial: hint, stop: trial.stop };
  await run(parts, log, options);
}

interface Parts {
  readonly url: string;
  readonly key: Buffer;
  readonly trial: TrialHint | null;
  readonly stop: () => Promise<void>;
}

async function run(parts: Parts, log: Log, { config, print, withWeb, signal }: ServeOptions): Promise<void> {
  const app = createApp({
    databaseUrl: parts.url,
    masterKey: parts.key,
    log,
    workerName: parts.trial === null ? config.workerName : 'trial',
    timing: config.timing,
  });
  let giveUp: NodeJS.Timeout | undefined;
  const onStop = () => {
    giveUp = setTimeout(() => {
      log.error('stop.too_slow', { limitMs: STOP_LIMIT_MS });
      process.exit(70);
    }, STOP_LIMIT_MS).unref();
  };
  signal.addEventListener('abort', onStop, { once: true });
  try {
    // Ctrl-C may have come while the parts were starting.
    if (signal.aborted) return;
    const { host, port, isTrustedProxy } = config.web;
    const web = withWeb
      ? await startWeb({
          db: app.db,
          keys: app.keys,
          log,
          metrics: app.metrics,
          trial: parts.trial,
          host,
          port,
          isTrustedProxy,
        }).catch(explainPort(port))
      : null;
    try {
      log.info('desk.started', { mode: config.mode.kind, web: web?.url ?? null, worker: config.workerName });
      for (const line of invitation(config, parts.trial, web?.url ?? null)) print(line);
      // The trial's customers are on this machine, as its mail is.
      const publicUrl = config.publicUrl ?? (parts.trial === null ? null : (web?.url ?? null));
      await app.runWorker(signal, publicUrl).catch(explainReplaced);
    } finally {
      await web?.close();
    }
  } finally {
    await app.close();
    await parts.stop();
    clearTimeout(giveUp);
    log.info('desk.stopped');
  }
}

async function requireSchema(url: string): Promise<void> {
  const db = openDb({ url, maxConnections: 1, applicationName: 'deskbell check' });
  try {
    const { missing, unknown } = await pendingMigrations(db);
    if (missing.length > 0) {
      throw new CannotStart(
        `The database has not been brought up to this version: ${missing.length} migrations are missing.`,
        'Run "npx deskbell migrate" once, then start again.',
        3,
      );
    }
    if (unknown.length > 0) {
      throw new CannotStart(
        `The database was migrated by a newer Deskbell (${unknown.join(', ')}).`,
        'Run that version here too.',
        3,
      );
    }
  } catch (error) {
    if (error instanceof CannotStart) throw error;
    throw new CannotStart(
      `The database cannot be reached: ${reasonOf(error)}.`,
      'Check DATABASE_URL, and that PostgreSQL runs there.',
      3,
    );
  } finally {
    await db.close();
  }
}

/** Brings the database up to this version. @throws CannotStart */
export async function migrateDatabase(config: Config, print: (line: string) => void): Promise<void> {
  if (config.mode.kind === 'trial') {
    throw new CannotStart(
      'DATABASE_URL is not set, and the trial brings its database up to date by itself.',
      'Set DATABASE_URL to the database to migrate, such as postgres://deskbell:...@db.example/deskbell.',
      2,
    );
  }
  const { applied } = await migrate(config.mode.databaseUrl.reveal()).catch((error: unknown) => {
    throw new CannotStart(
      `The migration stopped: ${reasonOf(error)}.`,
      'Nothing was changed by the one that failed; mend it and run it again.',
      3,
    );
  });
  print(applied === 0 ? 'The database is up to date.' : `${applied} migrations applied; the database is up to date.`);
}

const explainReplaced = (error: unknown): never => {
  if (!(error instanceof Replaced)) throw error;
  throw new CannotStart(
    `Stopped: ${error.message}.`,
    'Give each worker that runs at the same time its own WORKER_NAME.',
    2,
  );
};

const explainTrial = (error: unknown): never => {
  if (error instanceof TrialError) throw new CannotStart(error.message, error.mend, 2);
  throw error;
};

const explainPort = (port: number) => (error: unknown) => {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    throw new CannotStart(
      `Port ${port} for the web page is taken by another program.`,
      'Choose another with PORT, for example PORT=3100 npm start.',
      2,
    );
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    throw new CannotStart(
      `The web page cannot be served on that address: ${reasonOf(error)}.`,
      'Check HOST and PORT.',
      2,
    );
  }
  throw error;
};

const reasonOf = (error: unknown): string => {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || String(error);
};

const SAMPLE_COMMAND =
  'npx deskbell send --from ana@customer.example --subject "The lamp stays dark" --text "It worked until Monday."';

function invitation(config: Config, trial: TrialHint | null, url: string | null): readonly string[] {
  if (trial === null) {
    return [`Deskbell is running${url === null ? '' : `: ${url}`} (worker ${config.workerName}). Stop it with Ctrl-C.`];
  }
  const folder = config.mode.kind === 'trial' ? config.mode.dataDir : '';
  return [
    '',
    'Deskbell is running, as a trial: everything is on this machine.',
    '',
    `  overview          ${url ?? 'none'}`,
    `  support address   ${TRIAL_ADDRESS}`,
    `  SMTP              127.0.0.1:${trial.smtpPort}  takes mail for any address, no password`,
    `  IMAP              127.0.0.1:${trial.imapPort}  any address can log in, password "${TRIAL_PASSWORD}"`,
    `  data and log      ${folder}`,
    '',
    'Send a first mail, from another terminal in this folder:',
    '',
    `  ${trial.command}`,
    '',
    'Then: npx deskbell ticket list, npx deskbell --help. Stop with Ctrl-C.',
    '',
  ];
}
