import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import postgres from 'postgres';
import { inject } from 'vitest';
import { openDb, sqlState } from '../../src/db/client.ts';
import type { Db } from '../../src/db/client.ts';
import { startPostgres } from '../../src/trial/postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

/** A migrated database of one test file's own. */
export interface FreshDatabase {
  readonly url: string;
  readonly db: Db;
  drop(): Promise<void>;
}

/** A PostgreSQL of one test's own, for tests that stop it. It keeps its URL between starts. */
export interface Cluster {
  readonly url: string;
  start(): Promise<void>;
  kill(mode: 'immediate' | 'fast'): Promise<void>;
  remove(): Promise<void>;
}

export const TEMPLATE = 'deskbell_template';
const OBJECT_IN_USE = '55006';

/** A copy of the migrated template. Call it in `beforeAll`, and its `drop` in `afterAll`. */
export async function freshDatabase(maxConnections = 5): Promise<FreshDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = inject('postgresUrl');
  await asAdmin(admin, async (sql) => {
    for (;;) {
      try {
        return void (await sql`create database ${sql(name)} template ${sql(TEMPLATE)}`);
      } catch (error) {
        // Another file is copying it at this moment.
        if (sqlState(error) !== OBJECT_IN_USE) throw error;
        await wait(20);
      }
    }
  });
  const url = databaseUrl(admin, name);
  const db = openDb({ url, maxConnections, applicationName: name });
  const drop = async () => {
    await db.close();
    await asAdmin(admin, (sql) => sql`drop database if exists ${sql(name)} with (force)`);
  };
  return { url, db, drop };
}

/** Starts an empty PostgreSQL in a temporary folder. Durable, or an immediate stop loses what it has acknowledged. */
export async function startCluster(durable = true): Promise<Cluster> {
  const folder = await temporaryFolder();
  const options = { dataDir: join(folder, 'postgres'), durable };
  let running = await startPostgres(options);
  return {
    url: running.url,
    start: async () => void (running = await startPostgres({ ...options, port: running.port })),
    kill: (mode) => running.kill(mode),
    remove: async () => {
      await running.kill('immediate');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A folder that PostgreSQL may enter also when the tests run as root, and it therefore as somebody else. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'deskbell-'));
  await chmod(folder, 0o755);
  return folder;
}

/** The same server, another database. */
export function databaseUrl(url: string, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}

async function asAdmin(url: string, run: (sql: postgres.Sql) => PromiseLike<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    await run(sql);
  } finally {
    await sql.end();
  }
}
