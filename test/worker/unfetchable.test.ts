import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MailboxId } from '../../src/db/ids.ts';
import { noCheckpoint } from '../../src/lib/checkpoint.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Lease } from '../../src/mailboxes/lease-store.ts';
import { takeLease } from '../../src/mailboxes/lease-store.ts';
import type { Mailbox } from '../../src/mailboxes/model.ts';
import type { MailSource } from '../../src/mailboxes/source.ts';
import { listMailboxes } from '../../src/mailboxes/store.ts';
import { createFetchTroubles } from '../../src/worker/fetch-troubles.ts';
import { openReader } from '../../src/worker/reader.ts';
import type { FreshDatabase } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { seedMailbox } from '../support/seed.ts';

let database: FreshDatabase;
let mailbox: Mailbox;
let lease: Lease;
beforeAll(async () => {
  database = await freshDatabase();
  const id: MailboxId = await seedMailbox(database.db);
  mailbox = { ...((await listMailboxes(database.db))[0] as Mailbox), historyStart: 'beginning' };
  lease = (await takeLease(database.db, id, 'test', 600_000)) as Lease;
});
afterAll(() => database.drop());

/** A server with five messages that hands out all but one of them: for that it says NO, or hands out nothing. */
function serverWithout(broken: number, how: 'says no' | 'hands out nothing'): MailSource {
  const sizeOf = (uid: number) => ({ uid, sizeBytes: 20, internalDate: new Date() });
  return {
    folder: { path: 'INBOX', uidValidity: 1, uidNext: 6, messageCount: 5, isReadOnly: false, canStoreKeywords: true },
    async *uids(fromUid) {
      yield [1, 2, 3, 4, 5].filter((uid) => uid >= fromUid);
    },
    sizes: async (uids) => uids.map(sizeOf),
    async fetch(uids) {
      if (how === 'says no' && uids.includes(broken)) throw new Error('NO [SERVERBUG] internal error');
      return uids
        .filter((uid) => uid !== broken)
        .map((uid) => ({ ...sizeOf(uid), bytes: Buffer.from(`Subject: ${uid}\r\n\r\n${how}`) }));
    },
    download: async () => null,
    fetchHeaders: async () => null,
    settle: async () => {},
    waitForNews: async () => 'timeout',
    close: async () => {},
  };
}

test.each(['says no', 'hands out nothing'] as const)(
  'a message for which the server %s does not stop those behind it, and the books name it',
  async (how) => {
    const { db } = database;
    await db.sql`truncate inbound_messages, mailbox_gaps, mailbox_folders cascade`;
    const troubles = createFetchTroubles(() => 0);
    const signal = new AbortController().signal;
    let unaccounted = -1;
    // Each failure ends the connection; the next one goes on.
    for (let connection = 0; connection < 10 && unaccounted < 0; connection += 1) {
      const deps = {
        db,
        log: silentLog,
        checkpoint: noCheckpoint,
        waitForRoom: async () => {},
        onAccepted: () => {},
        troubles,
      };
      const reader = await openReader(deps, mailbox, lease, serverWithout(2, how));
      ({ unaccounted } = await reader.catchUp(true, signal).catch(() => ({ unaccounted: -1 })));
    }
    const rows = await db.sql<{ uid: number }[]>`select uid from inbound_messages order by uid`;
    expect(rows.map(({ uid }) => uid)).toEqual([1, 3, 4, 5]);
    expect(await db.sql`select uid, kind from mailbox_gaps`).toMatchObject([{ uid: 2, kind: 'unfetchable' }]);
    expect(unaccounted).toBe(1);
  },
);
