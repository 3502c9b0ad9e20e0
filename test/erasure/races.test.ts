import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeBlobs } from '../../src/blobs/store.ts';
import { holdOwners, holdPeople } from '../../src/contacts/address-store.ts';
import { addGroup, putIntoGroup } from '../../src/contacts/group-operations.ts';
import { findPersonId, lockOrder, lockPerson } from '../../src/contacts/lifecycle-store.ts';
import type { Tx } from '../../src/db/client.ts';
import { inTransaction } from '../../src/db/client.ts';
import type { ContactId, TicketId } from '../../src/db/ids.ts';
import { erasePerson } from '../../src/erasure/erase.ts';
import { deleteContact } from '../../src/erasure/operations.ts';
import { sha256 } from '../../src/lib/crypto.ts';
import { applyMute, findUnsubscribable } from '../../src/notifications/apply-mute.ts';
import { dropUnreferencedBlobs } from '../../src/retention/blob-store.ts';
import { openTicketByHand } from '../../src/tickets/open-operations.ts';
import { replyToTicket, showTicket } from '../../src/tickets/operations.ts';
import { addToTicket } from '../../src/tickets/participant-operations.ts';
import { addressOf, DESK, letter, openDesk, until } from '../walk/desk.ts';
import type { Desk } from '../walk/desk.ts';
import { whereWritten } from './dump.ts';

// P-07, two at once: whoever decides about mail of a person, or owes them mail, while they are deleted.

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  desk.startWorker();
});
afterAll(() => desk.close());

async function conversation(from: string) {
  const { ticketId } = await desk.take(letter(from));
  const { messageId: ours } = await desk.acknowledgement(ticketId);
  await until('it is known to be sent', async () =>
    (await desk.owed(ticketId)).every(({ state }) => state === 'sent') ? true : null,
  );
  const [row] = await desk.db.sql<{ number: number; id: ContactId }[]>`
    select number, requester_id as id from tickets where id = ${ticketId}`;
  if (row === undefined) throw new Error('no ticket');
  return { ticketId, ours, ...row };
}

/** Runs in a transaction, lets `meanwhile` begin, and commits when that waits for one of its locks. */
async function whileOpen<T>(run: (tx: Tx) => Promise<void>, meanwhile: () => Promise<T>): Promise<T> {
  let begun: Promise<T> | undefined;
  await inTransaction(desk.db, async (tx) => {
    await run(tx);
    const [me] = await tx.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
    begun = outside(meanwhile);
    begun.catch(() => {});
    await until('the other waits', async () => {
      const waiting = await tx.sql`
        select 1 from pg_stat_activity where ${me?.pid ?? 0} = any(pg_blocking_pids(pid)) and datname = current_database()`;
      return waiting.length > 0 ? true : null;
    });
  });
  if (begun === undefined) throw new Error('nothing was begun');
  return begun;
}

/** A transaction of its own, as another process would begin it. */
const outside = <T>(run: () => Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    queue.push(() => void run().then(resolve, reject));
  });
const queue: (() => void)[] = [];
const pump = setInterval(() => queue.splice(0).forEach((one) => one()), 5);
afterAll(() => clearInterval(pump));

async function erase(tx: Tx, address: string, withMessages = true): Promise<void> {
  const id = await findPersonId(tx, addressOf(address));
  const person = id === null ? null : await lockPerson(tx, id);
  if (person === null) throw new Error('nobody to erase');
  expect(await erasePerson(tx, desk.keys, person, withMessages)).toMatchObject({ ok: true });
}

test('a mail that is decided about while its sender is deleted waits, and is held', async () => {
  const { ticketId, ours } = await conversation('Ana Dorn <ana@race.example>');
  const taken = await whileOpen(
    (tx) => erase(tx, 'ana@race.example'),
    () => desk.take(letter('Ana Dorn <ana@race.example>', [`In-Reply-To: ${ours}`], 'One more word.')),
  );
  expect(taken).toMatchObject({ status: 'held', reason: 'deleted_contact' });
  const entries = await desk.db.sql`select author_name as name from ticket_entries where ticket_id = ${ticketId}`;
  expect(entries).toEqual([{ name: 'deleted contact' }]);
  // What came after is not what was erased: it is held as it came, and says from where.
  const found = await whereWritten(desk.db, ['ana@race.example', 'Ana Dorn']);
  expect(found.map((one) => one.slice(0, one.indexOf(':')))).toEqual(['blob_chunks.bytes', 'decisions.facts']);
});

test('a mail of somebody that is being written is erased with them: who deletes waits', async () => {
  const { id, ticketId } = await conversation('Bea Dorn <bea@race.example>');
  await whileOpen(
    async (tx) => {
      expect([...(await holdOwners(tx, [addressOf('bea@race.example')]))]).toEqual([id]);
      await tx.sql`
        insert into ticket_entries (ticket_id, kind, visibility, author, author_name, text)
        values (${ticketId}, 'note', 'operators', ${`contact:${id}`}, 'Bea Dorn', 'Bea Dorn of bea@race.example wrote.')`;
    },
    () => desk.done(deleteContact, { contact: id, confirm: 'bea@race.example', withMessages: true }),
  );
  expect(await whereWritten(desk.db, ['bea@race.example', 'Bea Dorn'])).toEqual([]);
});

test('an answer that an operator writes while they are deleted goes to nobody, and does not name them', async () => {
  const { number, ticketId } = await conversation('Cleo Dorn <cleo@race.example>');
  await whileOpen(
    (tx) => erase(tx, 'cleo@race.example', false),
    () => desk.done(replyToTicket, { number, text: 'Good news.' }),
  );
  expect((await desk.owed(ticketId)).at(-1)).toMatchObject({
    recipient: 'deleted contact',
    state: 'suppressed',
    reason: 'the contact was deleted',
  });
  const found = await whereWritten(desk.db, ['cleo@race.example', 'Cleo Dorn']);
  expect(found.filter((one) => !one.startsWith('blob_chunks.'))).toEqual([]);
  expect((await desk.done(showTicket, { number })).participants).toEqual([]);
});

test('who asks on a page to hear less while they are deleted is named in no record, and nothing is muted', async () => {
  const { number, ticketId } = await conversation('Eli Dorn <eli@race.example>');
  await desk.done(replyToTicket, { number, text: 'Good news.' });
  const [sent] = await desk.db.sql<{ publicId: string }[]>`
    select public_id as "publicId" from notifications where ticket_id = ${ticketId} and kind = 'agent_replied'`;
  const mail = await findUnsubscribable(desk.db, sent?.publicId ?? null);
  if (mail === null) throw new Error('no mail says how to get less of it');
  await until('it is known to be sent', async () =>
    (await desk.owed(ticketId)).every(({ state }) => state === 'sent') ? true : null,
  );
  await whileOpen(
    (tx) => erase(tx, 'eli@race.example'),
    () => inTransaction(desk.db, (tx) => applyMute(tx, mail, 'ticket', 'page')),
  );
  expect(await whereWritten(desk.db, ['eli@race.example', 'Eli Dorn'])).toEqual([]);
  expect(await desk.db.sql`select 1 from mutes where ticket_id = ${ticketId}`).toHaveLength(0);
});

test('whoever is put on a ticket while they are deleted is refused, and named nowhere', async () => {
  const { number } = await conversation('Hal Dorn <hal@race.example>');
  await conversation('Ida Dorn <ida@race.example>');
  const refused = await whileOpen(
    (tx) => erase(tx, 'ida@race.example'),
    () => desk.done(addToTicket, { number, watchers: ['ida@race.example'] }).catch(String),
  );
  expect(refused).toContain('There is no contact ida@race.example');
  expect(await whereWritten(desk.db, ['Ida Dorn'])).toEqual([]);
});

test('whoever is put into a group while they are deleted is not in it, by name or address', async () => {
  await conversation('Lu Dorn <lu@race.example>');
  await desk.done(addGroup, { name: 'Late shift' });
  const refused = await whileOpen(
    (tx) => erase(tx, 'lu@race.example'),
    () => desk.done(putIntoGroup, { group: 'Late shift', members: ['lu@race.example'] }).catch(String),
  );
  expect(refused).toContain('address_erased');
  expect(await desk.db.sql`select 1 from group_addresses union all select 1 from group_contacts`).toHaveLength(0);
});

test('a ticket opened for somebody while they are deleted is refused', async () => {
  const { id } = await conversation('Jo Dorn <jo@race.example>');
  const opened = await whileOpen(
    (tx) => erase(tx, 'jo@race.example'),
    () => desk.done(openTicketByHand, { for: id, subject: 'Timer', text: 'Hello.' }).catch(String),
  );
  expect(opened).toContain('was deleted');
});

test('a person with somebody merged is locked in one order by mail and by operators', async () => {
  const { id: root } = await conversation('kim@race.example');
  const [older] = await desk.db.sql<{ id: ContactId }[]>`select min(id) as id from contacts where id <> ${root}`;
  if (older === undefined) throw new Error('nobody else');
  await desk.db.sql`update contacts set merged_into_id = ${root} where id = ${older.id}`;
  const order = await inTransaction(desk.db, async (tx) => {
    const rows = await tx.sql<
      { id: ContactId }[]
    >`select id from contacts where id in (${root}, ${older.id}) order by ${lockOrder(tx)}`;
    return [rows.map(({ id }) => id), (await lockPerson(tx, root))?.ids, [...(await holdPeople(tx, [older.id]))]];
  });
  expect(order).toEqual([
    [root, older.id],
    [root, older.id],
    [root, older.id],
  ]);
  await desk.db.sql`update contacts set merged_into_id = null where id = ${older.id}`;
});

test('twice at once they are deleted once', async () => {
  const { id } = await conversation('dora@race.example');
  const once = () => desk.done(deleteContact, { contact: id, confirm: 'dora@race.example' });
  const both = await Promise.allSettled([once(), once()]);
  expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(String(both.find((one) => one.status === 'rejected')?.reason)).toContain('contact_deleted');
});

test('many mails of somebody at once with their deletion leave nobody behind', async () => {
  const { id, ours, ticketId } = await conversation('Eva Dorn <eva@race.example>');
  const known = await desk.countTaken();
  const letters = Array.from({ length: 20 }, () =>
    letter('Eva Dorn <eva@race.example>', [`In-Reply-To: ${ours}`], 'And another word.'),
  );
  const [deleted] = await Promise.all([
    desk.done(deleteContact, { contact: id, confirm: 'eva@race.example', withMessages: true }),
    ...letters.map((bytes) => desk.mail.deliver(DESK, bytes)),
  ]);
  expect(deleted).toMatchObject({ id, tombstones: 1 });
  await until('all are decided about', async () => {
    const [row] = await desk.db.sql<{ count: number }[]>`
      select count(*)::int as count from inbound_messages where status <> 'received'`;
    return (row?.count ?? 0) >= known + letters.length ? true : null;
  });
  expect(await namesOf(ticketId)).toEqual(['deleted contact']);
  expect(await desk.db.sql`select 1 from contact_addresses where address = 'eva@race.example'`).toHaveLength(0);
});

const namesOf = async (ticketId: TicketId | null) => {
  const rows = await desk.db.sql<{ name: string }[]>`
    select distinct author_name as name from ticket_entries where ticket_id = ${ticketId}`;
  return rows.map(({ name }) => name);
};

test('bytes that somebody is about to refer to are not deleted; those of nobody are', async () => {
  const [shared, alone] = [Buffer.from('shared bytes'), Buffer.from('lonely bytes')];
  await inTransaction(desk.db, (tx) =>
    storeBlobs(
      tx,
      [shared, alone].map((bytes) => ({ sha256: sha256(bytes), bytes })),
    ),
  );
  const { id } = await conversation('finn@race.example');
  await whileOpen(
    async (tx) => {
      await storeBlobs(tx, [{ sha256: sha256(shared), bytes: shared }]);
      await tx.sql`update contacts set picture_sha256 = ${sha256(shared)}, picture_type = 'image/png' where id = ${id}`;
    },
    () => inTransaction(desk.db, (tx) => dropUnreferencedBlobs(tx, [sha256(shared), sha256(alone)])),
  );
  const rows = await desk.db.sql<{ text: string }[]>`
    select convert_from(bytes, 'UTF8') as text from blob_chunks where sha256 in (${sha256(shared)}, ${sha256(alone)})`;
  expect(rows).toEqual([{ text: 'shared bytes' }]);
});

test('bytes that are deleted while somebody stores them anew are there', async () => {
  const bytes = Buffer.from('bytes that come back');
  const blob = { sha256: sha256(bytes), bytes };
  await inTransaction(desk.db, (tx) => storeBlobs(tx, [blob]));
  await whileOpen(
    async (tx) => void (await dropUnreferencedBlobs(tx, [blob.sha256])),
    () => inTransaction(desk.db, (tx) => storeBlobs(tx, [blob])),
  );
  const rows = await desk.db.sql`select 1 from blob_chunks where sha256 = ${blob.sha256}`;
  expect(rows).toHaveLength(1);
});

test('whoever deletes bytes knows every column that refers to some', async () => {
  const rows = await desk.db.sql<{ place: string }[]>`
    select table_name || '.' || column_name as place from information_schema.columns
    where table_schema = 'public' and column_name like '%sha256' and table_name not in ('blobs', 'blob_chunks') order by 1`;
  expect(rows.map(({ place }) => place)).toEqual([
    'attachments.sha256',
    'contacts.picture_sha256',
    'inbound_messages.raw_sha256',
  ]);
});
