import { CannotStart } from './cannot-start.ts';
import type { ProductionMode, TrialMode } from './config.ts';
import type { Log } from './lib/log.ts';
import { createLog } from './lib/log.ts';
import type { Ground, ServeOptions } from './run-desk.ts';
import { makeDataFolder, startTrial } from './trial/trial.ts';
import { TrialError } from './trial/trial-error.ts';

/** Runs a desk (or one worker of it) until the signal aborts. @throws CannotStart */
export async function serve(options: ServeOptions): Promise<void> {
  const { signal } = options;
  const { mode, logLevel } = options.config;
  if (mode.kind === 'trial') await makeDataFolder(mode.dataDir).catch(explainTrial);
  const log = createLog(logLevel, mode.kind === 'trial' ? `${mode.dataDir}/deskbell.log` : 2);
  const ground = mode.kind === 'trial' ? await makeGround(mode, log, signal) : await findGround(mode);
  if (ground === null) return;
  const { runDesk } = await loadDesk();
  await runDesk(ground, log, options);
}

/** Most of the product, and its mail templates. Loaded here and not above: a first trial makes its database meanwhile. */
async function loadDesk() {
  const [desk, { templateLibrary }] = [await import('./run-desk.ts'), await import('./notifications/templates.ts')];
  templateLibrary();
  return desk;
}

/** @returns null: it was stopped before there was one */
async function makeGround(mode: TrialMode, log: Log, signal: AbortSignal): Promise<Ground | null> {
  try {
    const trial = await startTrial(mode, log, loadDesk);
    return { ...trial, trial };
  } catch (error) {
    if (!signal.aborted) return explainTrial(error);
    // Ctrl-C reaches the programs of PostgreSQL too that make its files: that they ended is what was asked for.
    log.info('desk.stopped', { err: error });
    return null;
  }
}

/** A database that is there already. */
async function findGround({ databaseUrl, key }: ProductionMode): Promise<Ground> {
  if (key === null) {
    throw new CannotStart(
      'DESKBELL_KEY is missing: mailbox passwords are stored encrypted with it.',
      'Make one with "openssl rand -base64 32", keep it safe, and set DESKBELL_KEY or DESKBELL_KEY_FILE.',
      2,
    );
  }
  const url = databaseUrl.reveal();
  const { requireSchema } = await import('./check-schema.ts');
  await requireSchema(url);
  return { databaseUrl: url, key, trial: null, stop: async () => {} };
}

const explainTrial = (error: unknown): never => {
  if (error instanceof TrialError) throw new CannotStart(error.message, error.mend, 2);
  throw error;
};
