import { CannotStart } from './cannot-start.ts';
import type { CliHost } from './cli/host.ts';
import type { Config } from './config.ts';
import { readConfig } from './config.ts';

const EXIT_CONFIGURATION = 2;

/**
 * The command line's host: opens desks, runs servers. Prints to the given streams only. What a verb stands on is loaded
 * when it is called.
 */
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
    openDesk: async () => (await import('./open-desk.ts')).openDesk(),
    start: run(async (config, signal) => {
      const { serve } = await import('./serve.ts');
      await serve({ config, print, withWeb: true, signal });
    }),
    worker: run(async (config, signal) => {
      if (config.mode.kind === 'trial') {
        throw new CannotStart(
          'DATABASE_URL is not set, and the trial has its worker inside.',
          'Use "deskbell start" for the trial, or set DATABASE_URL.',
          EXIT_CONFIGURATION,
        );
      }
      const { serve } = await import('./serve.ts');
      await serve({ config, print, withWeb: config.isPortGiven, signal });
    }),
    migrate: run(async (config) => {
      const { migrateDatabase } = await import('./check-schema.ts');
      await migrateDatabase(config, print);
    }),
    why: async (desk, reference) => (await import('./desk-answers.ts')).explainMail(desk, reference),
    ledger: async (desk) => (await import('./desk-answers.ts')).readLedger(desk),
  };
}
