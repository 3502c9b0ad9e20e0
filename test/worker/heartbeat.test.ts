import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { inTransaction } from '../../src/db/client.ts';
import { deriveKeys } from '../../src/lib/crypto.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createOwing } from '../notifications/owed.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { seedMailbox } from '../support/seed.ts';
import { TIMING, until } from '../walk/desk.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase(4);
});
afterAll(() => database.drop());

// N-06: whoever is taken for dead loses what they are sending, and such mail is uncertain for ever.
test('a worker is seen at work however long it takes to tell people what waited for them', async () => {
  const { db, url } = database;
  const masterKey = randomBytes(32);
  const mailboxId = await seedMailbox(db);
  await db.sql`update mailboxes set status = 'paused'`;
  const owe = await createOwing(db, deriveKeys(masterKey), mailboxId);
  const waiting = await owe('folded', { kind: 'contact_replied', hoursAgo: 1 });
  await db.sql`update notifications set kind = 'contact_replied' where id = ${waiting.id}`;
  const app = createApp({
    databaseUrl: url,
    masterKey,
    log: silentLog,
    workerName: 'w1',
    timing: { ...TIMING, deadWorkerMs: 600 },
  });
  const stopping = new AbortController();
  const [held, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  // Somebody else is at the very mail that is to be told.
  const holding = inTransaction(db, async (tx) => {
    await tx.sql`select 1 from notifications where id = ${waiting.id} for update`;
    held.resolve();
    await over.promise;
  });
  await held.promise;
  const ended = app.runWorker(stopping.signal, null);
  try {
    await until(
      'it is seen while the sweep waits',
      async () => {
        const rows = await db.sql`
        select 1 from workers w join pg_stat_activity a on w.seen_at > a.query_start + interval '600 milliseconds'
        where a.datname = current_database() and a.wait_event_type = 'Lock'`;
        return rows.length > 0 ? true : null;
      },
      10_000,
    );
  } finally {
    over.resolve();
    stopping.abort();
    await Promise.all([holding, ended]);
    await app.close();
  }
});
