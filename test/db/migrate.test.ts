import { readdir } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openDb } from '../../src/db/client.ts';
import type { Db } from '../../src/db/client.ts';
import { migrate, pendingMigrations } from '../../src/db/migrate.ts';
import { databaseUrl } from '../support/postgres.ts';

let admin: Db;
const name = `migrate_${randomBytes(6).toString('hex')}`;
beforeAll(async () => {
  admin = openDb({ url: inject('postgresUrl'), maxConnections: 1, applicationName: 'migrate test' });
  await admin.sql`create database ${admin.sql(name)}`;
});
afterAll(async () => {
  await admin.sql`drop database ${admin.sql(name)} with (force)`;
  await admin.close();
});

test('an empty database lacks everything; of three that migrate it at once one does; then it lacks nothing, until it is newer', async () => {
  const url = databaseUrl(inject('postgresUrl'), name);
  const db = openDb({ url, maxConnections: 1, applicationName: 'migrate test' });
  const ours = (await readdir('drizzle', { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const names = ours.map((entry) => entry.name).sort();
  expect(await pendingMigrations(db)).toEqual({ missing: names, unknown: [] });

  const applied = await Promise.all([migrate(url), migrate(url), migrate(url)]);
  expect(applied.map((each) => each.applied).filter((count) => count > 0)).toEqual([names.length]);
  expect(await pendingMigrations(db)).toEqual({ missing: [], unknown: [] });
  expect(await migrate(url)).toEqual({ applied: 0 });

  await db.sql`insert into drizzle.__drizzle_migrations (hash, created_at, name) values ('', 0, '29990101000000_later')`;
  await expect(migrate(url)).rejects.toThrow(/another version of Deskbell \(29990101000000_later\)/);
  expect(await pendingMigrations(db)).toEqual({ missing: [], unknown: ['29990101000000_later'] });
  await db.close();
});

test.each([
  ['out of reach', { port: '1' }, /^database 127\.0\.0\.1:1\/postgres: it cannot be reached \(.*ECONNREFUSED/],
  ['refused', { password: 'hunter2' }, /password authentication failed/],
  ['not there', { pathname: '/nowhere' }, /database "nowhere" does not exist/],
])('a database that is %s is named without its password', async (_, change, sentence) => {
  const url = Object.assign(new URL(inject('postgresUrl')), change);
  const failure = await migrate(url.href).catch((error: Error) => error.message);
  expect(failure).toMatch(sentence);
  expect(failure).not.toContain(url.password);
});
