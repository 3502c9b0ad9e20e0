import { createApp } from './app.ts';
import { CannotStart, reasonOf } from './cannot-start.ts';
import type { Config } from './config.ts';
import type { TrialHint } from './http/overview.ts';
import { startWeb } from './http/server.ts';
import type { Log } from './lib/log.ts';
import { TRIAL_ADDRESS, TRIAL_PASSWORD } from './trial/trial-database.ts';
import { Replaced } from './worker/worker.ts';

export interface ServeOptions {
  readonly config: Config;
  /** Prints for the person who started it. */
  readonly print: (line: string) => void;
  /** With web pages; a lone worker has them only where PORT was given. */
  readonly withWeb: boolean;
  readonly signal: AbortSignal;
}

/** What a desk stands on. */
export interface Ground {
  readonly databaseUrl: string;
  readonly key: Buffer;
  /** Where the trial's mail server listens; null in production. */
  readonly trial: { readonly smtpPort: number; readonly imapPort: number } | null;
  readonly stop: () => Promise<void>;
}

const STOP_LIMIT_MS = 20_000;
const SAMPLE_COMMAND =
  'npx deskbell send --from ana@customer.example --subject "The lamp stays dark" --text "It worked until Monday."';

/** Runs a desk (or one worker of it) on its ground until the signal aborts, and stops the ground. @throws CannotStart */
export async function runDesk(ground: Ground, log: Log, options: ServeOptions): Promise<void> {
  const { config, print, withWeb, signal } = options;
  const trial: TrialHint | null =
    ground.trial === null ? null : { ...ground.trial, password: TRIAL_PASSWORD, command: SAMPLE_COMMAND };
  const app = createApp({
    databaseUrl: ground.databaseUrl,
    masterKey: ground.key,
    log,
    workerName: trial === null ? config.workerName : 'trial',
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
          trial,
          host,
          port,
          isTrustedProxy,
        }).catch(explainPort(port))
      : null;
    try {
      log.info('desk.started', { mode: config.mode.kind, web: web?.url ?? null, worker: config.workerName });
      for (const line of invitation(config, trial, web?.url ?? null)) print(line);
      // The trial's customers are on this machine, as its mail is.
      const publicUrl = config.publicUrl ?? (trial === null ? null : (web?.url ?? null));
      await app.runWorker(signal, publicUrl).catch(explainReplaced);
    } finally {
      await web?.close();
    }
  } finally {
    await app.close();
    await ground.stop();
    clearTimeout(giveUp);
    log.info('desk.stopped');
  }
}

const explainReplaced = (error: unknown): never => {
  if (!(error instanceof Replaced)) throw error;
  throw new CannotStart(
    `Stopped: ${error.message}.`,
    'Give each worker that runs at the same time its own WORKER_NAME.',
    2,
  );
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
