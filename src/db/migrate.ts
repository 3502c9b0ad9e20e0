import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import postgres from 'postgres';
import { isConnectionTrouble } from './client.ts';
import type { Db, Sql } from './client.ts';

/** The migrations of this version against those of the database: up to date when both lists are empty. */
export interface SchemaGap {
  /** Not applied yet, oldest first. */
  readonly missing: readonly string[];
  /** Applied by a newer version than this one. */
  readonly unknown: readonly string[];
}

const MIGRATIONS = { migrationsFolder: fileURLToPath(new URL('../../drizzle', import.meta.url)) };
/** Any number that nobody else locks in our database. */
const LOCK = 5_275_231_402;

/**
 * Brings the schema up to this version, all migrations in one transaction. Safe at the same time from many processes:
 * one migrates, the others wait and find nothing to do. Throws when the database is out of reach or newer than we are.
 *
 * @param url without a statement timeout: a migration may be long
 */
export async function migrate(url: string): Promise<{ readonly applied: number }> {
  const sql = postgres(url, {
    max: 1,
    max_lifetime: null,
    connect_timeout: 10,
    onnotice: () => {},
    connection: { application_name: 'deskbell migrate' },
  });
  try {
    await sql`set statement_timeout = 0`;
    await sql`select pg_advisory_lock(${LOCK})`;
    const { missing, unknown } = await schemaGap(sql);
    if (unknown.length > 0) throw new Error(`it was migrated by another version of Deskbell (${unknown.join(', ')})`);
    if (missing.length > 0) await runMigrations(drizzle({ client: sql }), MIGRATIONS);
    return { applied: missing.length };
  } catch (error) {
    throw new Error(`database ${nameOf(url)}: ${reasonOf(error)}`, { cause: error });
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** What separates the database's schema from this version's. A worker does not start on a gap. */
export function pendingMigrations(db: Db): Promise<SchemaGap> {
  return schemaGap(db.sql);
}

async function schemaGap(sql: Sql): Promise<SchemaGap> {
  const ours = readMigrationFiles(MIGRATIONS).map((migration) => migration.name);
  const [table] = await sql<{ isThere: boolean }[]>`
    select to_regclass('drizzle.__drizzle_migrations') is not null as "isThere"`;
  const rows = table?.isThere
    ? await sql<{ name: string }[]>`select name from drizzle.__drizzle_migrations order by id`
    : [];
  const theirs = rows.map((row) => row.name);
  return {
    missing: ours.filter((name) => !theirs.includes(name)),
    unknown: theirs.filter((name) => !ours.includes(name)),
  };
}

/** Host, port and database of a URL: what may be printed. */
function nameOf(url: string): string {
  const { host, pathname } = new URL(url);
  return host + pathname;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!isConnectionTrouble(error)) return error.message;
  // Of an AggregateError, one for each address of the host, the message is empty.
  return `it cannot be reached (${error.message || ('code' in error ? String(error.code) : error.name)})`;
}
