import { CannotStart, reasonOf } from './cannot-start.ts';
import type { Config } from './config.ts';
import { openDb } from './db/client.ts';
import { migrate, pendingMigrations } from './db/migrate.ts';

/** Sees that the database is there and of this version. @throws CannotStart */
export async function requireSchema(url: string): Promise<void> {
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
