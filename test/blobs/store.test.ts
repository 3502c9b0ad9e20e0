import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBlob, storeBlobs } from '../../src/blobs/store.ts';
import { inTransaction } from '../../src/db/client.ts';
import { sha256 } from '../../src/lib/crypto.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

const blobOf = (bytes: Buffer) => ({ sha256: sha256(bytes), bytes });
const store = (...blobs: readonly Buffer[]) => inTransaction(database.db, (tx) => storeBlobs(tx, blobs.map(blobOf)));

describe('blobs', () => {
  test.each([0, 1, 6_000, 524_288, 524_289, 3_000_000])('%i bytes come back as they were', async (size) => {
    const bytes = randomBytes(size);
    await store(bytes);
    expect((await readBlob(database.db, sha256(bytes))).equals(bytes)).toBe(true);
  });

  test('many of all sizes in one transaction, some twice', async () => {
    const all = Array.from({ length: 60 }, (_, n) => randomBytes(n * 9_001));
    await store(...all, ...all.slice(0, 10));
    for (const bytes of all) expect((await readBlob(database.db, sha256(bytes))).equals(bytes)).toBe(true);
  });

  test('two transactions that store the same wait for each other and both succeed', async () => {
    const all = Array.from({ length: 20 }, () => randomBytes(50_000));
    await Promise.all([store(...all), store(...all.toReversed())]);
    expect((await readBlob(database.db, sha256(all[7] as Buffer))).equals(all[7] as Buffer)).toBe(true);
  });

  test('a rolled back one leaves nothing', async () => {
    const bytes = randomBytes(1_000_000);
    await inTransaction(database.db, async (tx) => {
      await storeBlobs(tx, [blobOf(bytes)]);
      throw new Error('no');
    }).catch(() => {});
    await expect(readBlob(database.db, sha256(bytes))).rejects.toThrow('missing or damaged');
  });

  test('a damaged one is not handed out', async () => {
    const bytes = randomBytes(10_000);
    await store(bytes);
    await database.db
      .sql`update blob_chunks set bytes = set_byte(bytes, 5, 1 + get_byte(bytes, 5) % 200) where sha256 = ${sha256(bytes)}`;
    await expect(readBlob(database.db, sha256(bytes))).rejects.toThrow('missing or damaged');
  });
});
