import { afterAll, beforeAll, expect, test } from 'vitest';
import { records } from '../../src/db/records.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

const HALF = '\ud83d';

test.each([
  ['a NUL is left out', 'a\0b', 'ab'],
  ['half a surrogate pair becomes the replacement character', `a${HALF}b`, 'a\ufffdb'],
  ['a whole pair stays', 'a\u{1f4a1}b', 'a\u{1f4a1}b'],
  ['words that look like an escape stay', 'a\\u0000 \\\\u0000 \\ud83d b', 'a\\u0000 \\\\u0000 \\ud83d b'],
  ['a backslash before a NUL stays', 'a\\\0b', 'a\\b'],
])('of what others say, %s', async (_, said, stored) => {
  const { db } = database;
  const [row] = await db.sql<{ text: string; json: { said: string } }[]>`
    select r.said as text, ${db.sql.json({ said })}::jsonb as json
    from json_to_recordset(${records(db, [{ said }])}) as r(said text)`;
  expect(row).toEqual({ text: stored, json: { said: stored } });
  const [plain] = await db.sql<{ text: string }[]>`select ${said}::text as text`;
  expect(plain?.text).toBe(stored);
});
