import { FORETOLD } from '../../src/inbound/replay-owed.ts';
import { loadStaff } from '../../src/access/staff.ts';
import type { Db } from '../../src/db/client.ts';
import { inTransaction } from '../../src/db/client.ts';
import type { ContactId, CustomerId, InboundMessageId, MailboxId } from '../../src/db/ids.ts';
import { processBatch } from '../../src/inbound/process.ts';
import type { InboundDeps } from '../../src/inbound/process.ts';
import { createAuthenticate } from '../../src/inbound/prove.ts';
import { noCheckpoint } from '../../src/lib/checkpoint.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { deriveKeys, hmac } from '../../src/lib/crypto.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { ParsePool } from '../../src/mail/parse-pool.ts';
import { acceptBatch } from '../../src/mailboxes/accept.ts';
import { takeLease } from '../../src/mailboxes/lease-store.ts';
import { findGeneration, findMailbox, insertGeneration } from '../../src/mailboxes/store.ts';
import type { SettingChange } from '../../src/settings/resolve.ts';
import { clearSetting, putSetting } from '../../src/settings/store.ts';
import type { StreamMail, WrittenMail } from './mail-stream.ts';
import { STREAM_DESK, STREAM_MX, writeStream } from './mail-stream.ts';
import type { FreshDatabase } from './postgres.ts';
import { freshDatabase } from './postgres.ts';
import { address, seedContact, seedMailbox } from './seed.ts';

export const STREAM_KEYS = deriveKeys(Buffer.alloc(32, 9));

/** What became of a mail in a desk, in words that do not depend on the numbers of rows. */
export interface Fate {
  readonly verdict: string;
  readonly rule: string | null;
  readonly contacts: readonly string[];
  /** Recipients, and whether each is sent it. */
  readonly owed: readonly string[];
}

/** A desk that takes whole streams, with the product's own functions on a database of its own. */
export interface StreamDesk extends FreshDatabase {
  readonly mailboxId: MailboxId;
  readonly customerId: CustomerId;
  readonly contactId: ContactId;
  /** Mail of long ago, of which two tickets are closed by now. */
  readonly earlier: readonly WrittenMail[];
  put(changes: readonly SettingChange[]): Promise<void>;
  take(mails: readonly WrittenMail[]): Promise<readonly InboundMessageId[]>;
  fates(ids: readonly InboundMessageId[]): Promise<readonly Fate[]>;
  /** As it was when it was opened. */
  reset(): Promise<void>;
}

export async function openStreamDesk(parsePool: ParsePool): Promise<StreamDesk> {
  const database = await freshDatabase(3);
  const { db } = database;
  const mailboxId = await seedMailbox(db, STREAM_DESK);
  await db.sql`
    update mailboxes set authserv_ids = ${db.sql.json([STREAM_MX])}, has_plus_addresses = true where id = ${mailboxId}`;
  const [customer] = await db.sql<
    { id: CustomerId }[]
  >`insert into customers (name) values ('Lantern Works') returning id`;
  const { id: customerId } = customer as { id: CustomerId };
  await db.sql`insert into customer_domains (domain, customer_id) values ('lantern.example', ${customerId})`;
  const contactId = await seedContact(db, 'Ana Peralta', 'ana@lantern.example', 'ana.private@elsewhere.example');
  const idle = await seedContact(db, 'Ida Idle', 'idle@lantern.example');
  await db.sql`update contacts set customer_id = ${customerId}`;
  await db.sql`update contacts set status = 'deactivated' where id = ${idle}`;
  await db.sql`insert into tombstones (address_hash) values (${hmac(STREAM_KEYS.tombstone, ['gone@elsewhere.example'])})`;
  const lease = await takeLease(db, mailboxId, 'stream', 3_600_000);
  const mailbox = await findMailbox(db, address(STREAM_DESK));
  await inTransaction(db, (tx) =>
    insertGeneration(tx, { mailboxId, folder: 'INBOX', uidValidity: 1, baselineUid: 1, inheritedBelowUid: 0 }),
  );
  const folder = await findGeneration(db, mailboxId, 'INBOX', 1);
  if (lease === null || mailbox === null || folder === null) throw new Error('the desk is not there');
  const deps: InboundDeps = {
    db,
    keys: STREAM_KEYS,
    parsePool,
    clock: systemClock,
    log: silentLog,
    checkpoint: noCheckpoint,
    takeFresh: () => null,
    authenticate: createAuthenticate(() => Promise.resolve({ is: 'absent' })),
    attemptWaitsMs: [10, 10, 10],
    loadStaff,
  };
  let uid = 0;
  const take = async (mails: readonly WrittenMail[]): Promise<readonly InboundMessageId[]> => {
    const ids: InboundMessageId[] = [];
    for (const batch of batchesOf(mails)) {
      const fetched = batch.map(({ bytes, ageMinutes }) => {
        uid += 1;
        // Half a minute beside the border, so that no speed of the test matters.
        const internalDate = new Date(Date.now() - ageMinutes * 60_000 - 20_000);
        return { uid, internalDate, sizeBytes: bytes.byteLength, isHeadersOnly: false, bytes };
      });
      const accepted = await acceptBatch(db, lease, folder.id, fetched, noCheckpoint);
      ids.push(...accepted.map(({ id }) => id).toSorted((a, b) => a - b));
      await processBatch(deps, mailbox, lease, new Set(), new AbortController().signal);
    }
    return ids;
  };
  const earlier = writeStream(STREAM_KEYS, EARLIER);
  await take(earlier);
  await makeLongAgo(db);
  const reset = await keepState(db);
  return {
    ...database,
    mailboxId,
    customerId,
    contactId,
    earlier,
    take,
    async put(changes) {
      for (const { value, ...place } of changes) {
        if (value === null) await clearSetting(db, place);
        else await putSetting(db, place, value, 'system:test');
      }
    },
    fates: (ids) => fatesOf(db, ids),
    reset,
  };
}

const plain = {
  isAskers: false,
  kind: 'letter',
  proof: 'pass',
  about: null,
  how: 'token',
  ageMinutes: 0,
  endsBatch: true,
} as const;
/** Of Ana, of Bo, of Cleo, and of Olga, who came to the desk's staff later. */
const EARLIER: readonly StreamMail[] = [0, 1, 4, 7].map((from) => ({ ...plain, from }));

async function makeLongAgo(db: Db): Promise<void> {
  await db.sql`update inbound_messages set received_at = received_at - interval '60 days', done_at = done_at - interval '60 days'`;
  await db.sql`update decisions set decided_at = decided_at - interval '60 days'`;
  await db.sql`delete from budgets`;
  await db.sql`delete from mail_rhythms`;
  await db.sql`
    update tickets set status = 'closed', closed_at = now() - case id % 2 when 0 then 20.5 else 40.5 end * interval '1 day'
    where id in (select id from tickets order by id limit 2)`;
  await db.sql`
    insert into suppressions (address, reason, created_at)
    values ('dora@elsewhere.example', 'bounced: 5.1.1', now() - interval '50 days'),
      ('eli@gmail.com', 'complained: abuse', now() - interval '50 days')`;
  await db.sql`
    insert into ticket_participants (ticket_id, contact_id, role)
    select t.id, a.contact_id, 'cc' from contact_addresses a, (select max(id) as id from tickets) t
    where a.address in ('bo@lantern.example', 'cleo@elsewhere.example')`;
  // Told of the last ticket: a stranger, somebody of a known company whom nobody knows, and a group.
  await db.sql`
    insert into ticket_addresses (ticket_id, address)
    select max(id), unnest(array['dora@elsewhere.example', 'new@lantern.example']) from tickets`;
  const [group] = await db.sql<{ id: number }[]>`insert into notification_groups (name) values ('Night') returning id`;
  const { id: groupId } = group as { id: number };
  await db.sql`insert into group_addresses (group_id, address) values (${groupId}, 'eli@gmail.com')`;
  await db.sql`
    insert into group_contacts (group_id, contact_id)
    select ${groupId}, contact_id from contact_addresses where address = 'idle@lantern.example'`;
  await db.sql`insert into ticket_groups (ticket_id, group_id) select max(id), ${groupId} from tickets`;
  await db.sql`
    insert into operators (address, name, role)
    values ('olga@desk-staff.example', 'Olga', 'agent'), ('reader@desk-staff.example', 'Rea', 'read_only')`;
}

function* batchesOf(mails: readonly WrittenMail[]): Generator<readonly WrittenMail[]> {
  let batch: WrittenMail[] = [];
  for (const mail of mails) {
    batch.push(mail);
    if (!mail.endsBatch) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function fatesOf(db: Db, ids: readonly InboundMessageId[]): Promise<readonly Fate[]> {
  const rows = await db.sql<({ id: InboundMessageId } & Fate)[]>`
    select m.id, coalesce(m.verdict, m.status || ': ' || m.reason) as verdict, m.rule,
      array(select a.address from events e join contact_addresses a on a.contact_id = e.contact_id
        where e.inbound_id = m.id and e.kind = 'contact_created' order by 1) as contacts,
      array(select n.kind || ' ' || n.recipient || case n.state when 'suppressed' then ' not sent' else '' end
        from events e join notifications n on n.event_id = e.id
          where e.inbound_id = m.id and n.kind = any(${[...FORETOLD]}::text[]) order by 1) as owed
    from inbound_messages m where m.id = any(${[...ids]}::bigint[]) order by m.id`;
  return rows.map(({ verdict, rule, contacts, owed }) => ({ verdict, rule, contacts, owed }));
}

/** Keeps a copy of every row and every counter. @returns what brings them back */
async function keepState(db: Db): Promise<() => Promise<void>> {
  const tables = await db.sql<{ name: string; columns: string[] }[]>`
    select table_name as name, array_agg(column_name::text) filter (where is_generated = 'NEVER') as columns
    from information_schema.columns where table_schema = 'public' group by 1 order by 1`;
  const sequences = await db.sql<{ name: string; value: number; isCalled: boolean }[]>`
    select sequencename as name, coalesce(last_value, start_value) as value, last_value is not null as "isCalled"
    from pg_sequences where schemaname = 'public'`;
  const filled: (typeof tables)[number][] = [];
  await db.sql`create schema kept`;
  for (const table of tables) {
    const { name, columns } = table;
    const { count } = await db.sql`create table kept.${db.sql(name)} as select ${db.sql(columns)} from ${db.sql(name)}`;
    if (count > 0) filled.push(table);
  }
  return () =>
    inTransaction(db, async ({ sql }) => {
      await sql`set local session_replication_role = replica`;
      await sql`truncate ${sql(tables.map(({ name }) => name))} cascade`;
      for (const { name, columns } of filled) {
        await sql`
          insert into ${sql(name)} (${sql(columns)}) overriding system value
          select ${sql(columns)} from kept.${sql(name)}`;
      }
      for (const { name, value, isCalled } of sequences) await sql`select setval(${name}, ${value}, ${isCalled})`;
    });
}
