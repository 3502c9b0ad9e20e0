import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../src/db/migrate.ts';
import { TEMPLATE, databaseUrl, startCluster } from './postgres.ts';

/** One PostgreSQL for the whole run, with a migrated template that each test file copies. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startCluster(false);
  const sql = postgres(cluster.url, { max: 1, onnotice: () => {} });
  await sql`create database ${sql(TEMPLATE)}`;
  await sql.end();
  await migrate(databaseUrl(cluster.url, TEMPLATE));
  project.provide('postgresUrl', cluster.url);
  return () => cluster.remove();
}
