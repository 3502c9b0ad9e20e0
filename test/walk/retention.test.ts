import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBlob, storeBlobs } from '../../src/blobs/store.ts';
import type { Db } from '../../src/db/client.ts';
import { inTransaction, openDb } from '../../src/db/client.ts';
import { explainMessages, explanationLines } from '../../src/inbound/explain.ts';
import { checkLedger } from '../../src/inbound/ledger.ts';
import { processMessage } from '../../src/inbound/process-operations.ts';
import { readRawMessage } from '../../src/inbound/raw-operations.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/crypto.ts';
import { silentLog } from '../../src/lib/log.ts';
import { openImap } from '../../src/mailboxes/imap.ts';
import { showMail } from '../../src/notifications/operations.ts';
import { dropUnreferencedBlobs } from '../../src/retention/blob-store.ts';
import { forgetOld } from '../../src/retention/forget.ts';
import { RETENTION } from '../../src/retention/kinds.ts';
import { showRetention } from '../../src/retention/operations.ts';
import { putSetting } from '../../src/settings/store.ts';
import type { ToggleId } from '../../src/settings/toggles.ts';
import { closeTicket, showTicket } from '../../src/tickets/operations.ts';
import { letter, openDesk, until } from './desk.ts';
import type { Desk } from './desk.ts';

// FEATURES W-01: retention per kind, in days, by toggle; for ever unless somebody says otherwise.
let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  desk.startWorker();
});
afterAll(() => desk.close());

const sweep = (clock = systemClock, signal = AbortSignal.timeout(20_000)) =>
  forgetOld({ db: desk.db, clock, log: silentLog }, signal);
const keep = (toggle: ToggleId, days: string) =>
  putSetting(desk.db, { toggle, layer: 'desk', layerId: 0 }, days, 'system:test');
/** A clock that is so many days ahead. */
const later = (days: number) => ({
  ...systemClock,
  now: () => new Date(Date.now() + days * 86_400_000),
});
const count = async (from: string): Promise<number> => {
  const [row] = await desk.db.sql<{ count: number }[]>`select count(*)::int as count from ${desk.db.sql(from)}`;
  return row?.count ?? 0;
};
const withFile = (from: string, file: string): Buffer =>
  letter(
    from,
    ['MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="b"'],
    ['--b', '', 'See the file.', '--b', 'Content-Disposition: attachment; filename="plan.txt"', '', file, '--b--'].join(
      '\r\n',
    ),
  );
async function openTicket(bytes: Buffer) {
  const taken = await desk.take(bytes);
  await desk.acknowledgement(taken.ticketId);
  const [row] = await desk.db.sql<{ number: number }[]>`select number from tickets where id = ${taken.ticketId}`;
  return { ...taken, number: row?.number ?? 0 };
}
const why = async (id: number) => (await explainMessages(desk.db, String(id))).flatMap(explanationLines).join('\n');
async function isClean(): Promise<boolean> {
  const { db, keys } = desk;
  return (await checkLedger({ db, keys, openSource: openImap }, AbortSignal.timeout(20_000))).isClean;
}

describe('what is kept', () => {
  test('is everything, for ever, unless somebody says otherwise', async () => {
    const { id } = await openTicket(withFile('ana@lantern.example', 'a plan'));
    const before = await Promise.all(['blobs', 'decisions', 'deliveries', 'audit_rows'].map(count));
    await sweep(later(30_000));
    expect(await Promise.all(['blobs', 'decisions', 'deliveries', 'audit_rows'].map(count))).toEqual(before);
    expect((await desk.done(readRawMessage, { message: id })).bytes.byteLength).toBeGreaterThan(0);
    const { rows } = await desk.done(showRetention, {});
    expect(rows.map(({ kind, days, due }) => [kind, days, due.count])).toEqual(
      RETENTION.map(({ id: kind }) => [kind, 0, 0]),
    );
  });

  test('mail as it came goes after its days; what waits for a person never does, and each says so', async () => {
    const done = await openTicket(letter('ana@lantern.example'));
    const held = await desk.withToggle('create_ticket_from_mail', 'off', () => desk.take(letter('bo@lantern.example')));
    await keep('keep_raw_mail_days', '30');
    await sweep(later(29));
    await desk.done(readRawMessage, { message: done.id });
    await sweep(later(31));
    await expect(desk.done(readRawMessage, { message: done.id })).rejects.toThrow(
      /raw_gone: .*its time to be kept was over/,
    );
    expect(await why(done.id)).toMatch(/raw {7}deleted on .*\(keep_raw_mail_days\)/);
    expect((await desk.done(readRawMessage, { message: held.id })).bytes.byteLength).toBeGreaterThan(0);
    await desk.done(processMessage, { message: held.id });
    expect(await isClean()).toBe(true);
    const [row] = await desk.db.sql<{ count: number }[]>`
      select count(*)::int as count from blob_chunks c where not exists (select 1 from blobs b where b.sha256 = c.sha256)`;
    expect(row).toEqual({ count: 0 });
  });

  test('files go when their ticket has been closed for so long; their names stay, and the ticket says when they went', async () => {
    const open = await openTicket(withFile('cleo@lantern.example', 'the plan of an open ticket'));
    const closed = await openTicket(withFile('cleo@lantern.example', 'the plan of a closed ticket'));
    await desk.done(closeTicket, { number: closed.number });
    await keep('keep_attachments_days', '10');
    await sweep(later(11));
    const fileOf = async (number: number) => {
      const { entries } = await desk.done(showTicket, { number });
      return entries[0]?.attachments[0];
    };
    expect(await fileOf(open.number)).toMatchObject({ fileName: 'plan.txt', goneAt: null });
    expect(await fileOf(closed.number)).toMatchObject({ fileName: 'plan.txt', goneAt: expect.stringContaining('T') });
    const shas = await desk.db.sql<{ sha256: Buffer; gone: boolean }[]>`
      select a.sha256, a.gone_at is not null as gone from attachments a join ticket_entries e on e.id = a.entry_id
      where e.ticket_id in ${desk.db.sql([open.ticketId ?? 0, closed.ticketId ?? 0])} order by a.id`;
    await expect(readBlob(desk.db, shas[0]?.sha256 as Buffer)).resolves.toBeInstanceOf(Buffer);
    await expect(readBlob(desk.db, shas[1]?.sha256 as Buffer)).rejects.toThrow('missing');
  });

  test('bytes that something else refers to stay until that goes too', async () => {
    const first = await openTicket(withFile('dora@lantern.example', 'the same plan twice'));
    const second = await openTicket(withFile('eve@lantern.example', 'the same plan twice'));
    await desk.done(closeTicket, { number: first.number });
    await keep('keep_attachments_days', '9');
    await sweep(later(12));
    const [row] = await desk.db.sql<{ sha256: Buffer }[]>`
      select a.sha256 from attachments a join ticket_entries e on e.id = a.entry_id where e.ticket_id = ${second.ticketId}`;
    await expect(readBlob(desk.db, row?.sha256 as Buffer)).resolves.toBeInstanceOf(Buffer);
    await desk.done(closeTicket, { number: second.number });
    await keep('keep_attachments_days', '8');
    await sweep(later(13));
    await expect(readBlob(desk.db, row?.sha256 as Buffer)).rejects.toThrow('missing');
  });

  test('decisions go, and why says since when; what became of the mail stays', async () => {
    const { id, number } = await openTicket(letter('fay@lantern.example'));
    await keep('keep_decisions_days', '5');
    await sweep(later(6));
    const said = await why(id);
    expect(said).toContain(`opened, ticket #${number} (rule new_ticket)`);
    expect(said).toMatch(/rules {5}which were asked was deleted on .*\(keep_decisions_days\)/);
    expect(said).toContain('notification ');
    expect(said).not.toContain('next attempt');
    expect(await isClean()).toBe(true);
  });

  test('attempts go once the fate of their mail is settled, and the outbox says so', async () => {
    const { ticketId } = await openTicket(letter('gil@lantern.example'));
    const mail = await until('the mail is sent', async () => {
      const [row] = await desk.db.sql<{ id: number }[]>`
        select id from notifications where ticket_id = ${ticketId} and state = 'sent'`;
      return row ?? null;
    });
    await keep('keep_deliveries_days', '5');
    await sweep(later(6));
    expect(await desk.done(showMail, { id: mail.id })).toMatchObject({ state: 'sent', attempts: 1, deliveries: [] });
  });

  test('the audit goes, but that something was deleted is in it', async () => {
    await keep('keep_audit_days', '5');
    await sweep(later(6));
    const rows = await desk.db.sql`select actor, operation, input from audit_rows where operation = 'retention.forget'
      and input ->> 'kind' = 'audit'`;
    expect(rows).toMatchObject([{ actor: 'system:retention', input: { kind: 'audit', keep_audit_days: 5 } }]);
    expect(await desk.db.sql`select 1 from audit_rows where operation = 'ticket.close'`).toHaveLength(0);
  });
});

describe('the sweep', () => {
  test('is once a day, unless somebody chooses other days', async () => {
    const { id } = await openTicket(letter('hal@lantern.example'));
    await keep('keep_raw_mail_days', '50');
    await sweep(later(49.9));
    await sweep(later(50.2));
    await desk.done(readRawMessage, { message: id });
    await sweep(later(51));
    await expect(desk.done(readRawMessage, { message: id })).rejects.toThrow('raw_gone');
    const another = await openTicket(letter('hal@lantern.example'));
    await desk.db.sql`
      update inbound_messages set received_at = now() - interval '10 days', done_at = now() - interval '10 days'
      where id = ${another.id}`;
    await desk.db.sql`update retention_sweeps set swept_at = now() - interval '1 minute' where kind = 'raw_mail'`;
    await keep('keep_raw_mail_days', '9');
    await sweep();
    await expect(desk.done(readRawMessage, { message: another.id })).rejects.toThrow('raw_gone');
  });

  test('of two workers at once one deletes, and a stopped one leaves nothing half done', async () => {
    const { id } = await openTicket(letter('ida@lantern.example'));
    await keep('keep_raw_mail_days', '70');
    const stopped = new AbortController();
    stopped.abort();
    await sweep(later(71), stopped.signal);
    await desk.done(readRawMessage, { message: id });
    await Promise.all([sweep(later(71)), sweep(later(71))]);
    await expect(desk.done(readRawMessage, { message: id })).rejects.toThrow('raw_gone');
    expect(await isClean()).toBe(true);
  });
});

describe('bytes that are deleted while a batch stores the same', () => {
  const bytes = Buffer.from('the same bytes');
  const name = sha256(bytes);
  /** Another process's. */
  let other: Db;
  beforeAll(() => void (other = openDb({ url: desk.url, maxConnections: 2, applicationName: 'other' })));
  afterAll(() => other.close());
  const store = (...all: readonly Buffer[]) =>
    inTransaction(other, (tx) =>
      storeBlobs(
        tx,
        all.map((one) => ({ sha256: sha256(one), bytes: one })),
      ),
    );

  test('stay, when the batch was first: what it refers to is seen once it has ended', async () => {
    await store(bytes);
    const { id } = await openTicket(letter('jo@lantern.example'));
    let deleting = Promise.resolve(-1);
    await inTransaction(desk.db, async (tx) => {
      await storeBlobs(tx, [{ sha256: name, bytes }]);
      deleting = inTransaction(other, (theirs) => dropUnreferencedBlobs(theirs, [name]));
      await untilSomebodyWaits();
      await tx.sql`
        insert into attachments (entry_id, position, file_name, content_type, is_inline, size_bytes, sha256)
        select entry_id, 77, 'a', 'text/plain', false, ${bytes.length}, ${name} from inbound_messages where id = ${id}`;
    });
    expect(await deleting).toBe(0);
    expect((await readBlob(desk.db, name)).equals(bytes)).toBe(true);
    await desk.db.sql`delete from attachments where position = 77`;
  });

  test('are stored anew, when the deletion was first', async () => {
    await store(bytes);
    let storing = Promise.resolve();
    await inTransaction(desk.db, async (tx) => {
      expect(await dropUnreferencedBlobs(tx, [name])).toBe(bytes.length);
      storing = store(Buffer.from('others'), bytes);
      await untilSomebodyWaits();
    });
    await storing;
    expect((await readBlob(desk.db, name)).equals(bytes)).toBe(true);
  });

  const untilSomebodyWaits = () =>
    until('somebody waits for the lock', async () => {
      const rows = await other.sql`
        select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      return rows.length > 0 ? true : null;
    });
});
