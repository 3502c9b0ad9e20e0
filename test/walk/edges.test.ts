import { afterEach, expect, test } from 'vitest';
import { noCheckpoint } from '../../src/lib/checkpoint.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createParsePool } from '../../src/mail/parse-pool.ts';
import { loadStaff } from '../../src/access/staff.ts';
import { openImap } from '../../src/mailboxes/imap.ts';
import { takeLease } from '../../src/mailboxes/lease-store.ts';
import { listMailboxes } from '../../src/mailboxes/store.ts';
import { runMailbox } from '../../src/worker/mailbox-loop.ts';
import { mailOf } from '../mail/fixture.ts';
import { describeDovecot } from '../support/describe-dovecot.ts';
import { startDovecot } from '../support/dovecot.ts';
import type { Dovecot } from '../support/dovecot.ts';
import { DESK, letter, openDesk, TIMING, until } from './desk.ts';
import type { Desk, DeskOptions } from './desk.ts';

/** DESIGN 4: what a desk takes of one message. */
const TOO_MUCH_BYTES = 50 * 1024 * 1024;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function open(options?: DeskOptions): Promise<Desk> {
  const desk = await openDesk(options);
  closing.push(() => desk.close());
  return desk;
}

async function entriesOf(desk: Desk, ticketId: number | null) {
  return desk.db.sql<{ text: string; flags: readonly string[]; files: readonly string[] | null }[]>`
    select e.text, e.flags, (select array_agg(a.file_name) from attachments a where a.entry_id = e.id) as files
    from ticket_entries e where e.ticket_id = ${ticketId} order by e.id`;
}

const untilWatched = (desk: Desk) =>
  until('the mailbox is watched', async () => {
    const [row] = await desk.db.sql<{ state: string }[]>`select state from mailbox_health where checked_at is not null`;
    return row?.state === 'watching' ? true : null;
  });

test('mail that was there before the desk is not ingested', async () => {
  const desk = await open({ historyStart: 'baseline' });
  await desk.mail.deliver(DESK, letter('old@customer.example'));
  desk.startWorker();
  await untilWatched(desk);
  expect(await desk.take(letter('new@customer.example'))).toMatchObject({ verdict: 'opened' });
  expect(await desk.countTaken()).toBe(1);
});

test('a mail that is too much for the parser each time becomes a ticket with the raw message, and holds up nobody', async () => {
  const desk = await open();
  // Six megabytes of text, for a parser that may have 24 of memory.
  const fields = [
    'From: eve@hostile.example',
    'Date: Sat, 21 Nov 2026 10:00:00 +0000',
    'Content-Type: text/plain; charset=iso-8859-1',
  ];
  const body = 'word\r\n'.repeat(1_000_000);
  await desk.mail.deliver(DESK, mailOf(fields, body));
  await desk.mail.deliver(DESK, letter('ana@customer.example'));
  await desk.mail.deliver(DESK, mailOf(['Received: by another.example', ...fields], body));
  await readHere(desk, { heapMb: 24 });
  const rows = await until(
    'all three are decided about',
    async () => {
      const found = await desk.db.sql<{ verdict: string; rule: string; attempts: number; ticketId: number }[]>`
      select verdict, rule, attempts, ticket_id as "ticketId" from inbound_messages where status = 'done' order by id`;
      return found.length === 3 ? found : null;
    },
    90_000,
  );
  expect(rows).toMatchObject([
    { verdict: 'opened', rule: 'unreadable', attempts: 3 },
    { verdict: 'opened', rule: 'new_ticket', attempts: 1 },
    { verdict: 'duplicate', rule: 'unreadable', ticketId: rows[0]?.ticketId },
  ]);
  const entries = await entriesOf(desk, rows[0]?.ticketId ?? null);
  expect(entries).toMatchObject([{ files: ['message.eml'] }]);
  expect(entries[0]?.text).toContain('more memory');
}, 100_000);

/** The reading half of a worker, with a parser that may have less than the product's. */
async function readHere(desk: Desk, limits: Parameters<typeof createParsePool>[0]): Promise<void> {
  const { db, keys } = desk;
  const [mailbox] = await listMailboxes(db);
  const lease = mailbox === undefined ? null : await takeLease(db, mailbox.id, 'here', TIMING.leaseMs * 10);
  if (mailbox === undefined || lease === null) throw new Error('no mailbox to read');
  const parsePool = createParsePool(limits);
  const stopping = new AbortController();
  const deps = { db, keys, parsePool, clock: systemClock, log: silentLog, checkpoint: noCheckpoint };
  const ended = runMailbox(
    {
      ...deps,
      attemptWaitsMs: TIMING.attemptWaitsMs,
      freshBudget: { bytesHeld: 0 },
      openSource: openImap,
      onAccepted: () => {},
      onDecided: () => {},
      loadStaff,
      authenticate: async () => ({ verdict: 'none', says: 'nobody asks' }),
    },
    mailbox,
    lease,
    stopping.signal,
  );
  closing.push(async () => {
    stopping.abort();
    await ended;
    await parsePool.close();
  });
}

describeDovecot('against Dovecot', () => {
  async function openOnDovecot(): Promise<{ readonly desk: Desk; readonly dovecot: Dovecot }> {
    const dovecot = await startDovecot();
    closing.push(() => dovecot.stop());
    await dovecot.addUser(DESK, 'a password');
    const desk = await open({ imap: { port: dovecot.port, password: 'a password' } });
    desk.startWorker();
    return { desk, dovecot };
  }

  test('a folder that is numbered anew makes no second entries', async () => {
    const { desk, dovecot } = await openOnDovecot();
    for (const who of ['ana', 'bo', 'cleo']) await dovecot.deliver(DESK, letter(`${who}@customer.example`));
    await desk.untilTaken(2);
    await until('all three are done', async () => {
      const rows = await desk.db.sql`select 1 from inbound_messages where status = 'done'`;
      return rows.length === 3 ? true : null;
    });
    await dovecot.doveadm('mailbox', 'update', '-u', DESK, '--uid-validity', '424242', 'INBOX');
    await dovecot.killImapProcesses();
    await dovecot.deliver(DESK, letter('dora@customer.example'));
    const verdicts = await until('all is read again', async () => {
      const rows = await desk.db.sql<{ verdict: string }[]>`
        select m.verdict from inbound_messages m join mailbox_folders f on f.id = m.folder_id
        where f.uid_validity = 424242 and m.status = 'done' order by m.uid`;
      return rows.length === 4 ? rows.map(({ verdict }) => verdict) : null;
    });
    expect(verdicts).toEqual(['duplicate', 'duplicate', 'duplicate', 'opened']);
    expect(await desk.db.sql`select 1 from ticket_entries`).toHaveLength(4);
  });

  test('a message over the limit becomes a ticket of its header, and is not answered', async () => {
    const { desk, dovecot } = await openOnDovecot();
    const head = letter('ana@customer.example', ['Subject: The whole archive']);
    await dovecot.deliver(DESK, Buffer.concat([head, Buffer.alloc(TOO_MUCH_BYTES, 'too much \r\n')]));
    const taken = await desk.untilTaken(0);
    expect(taken).toMatchObject({ verdict: 'opened' });
    expect(await desk.db.sql`select subject from tickets where id = ${taken.ticketId}`).toMatchObject([
      { subject: 'The whole archive' },
    ]);
    expect(await entriesOf(desk, taken.ticketId)).toMatchObject([
      { flags: expect.arrayContaining(['incomplete']), files: null },
      { text: expect.stringMatching(/^This mail is larger than the desk takes: only its header is here\./) },
    ]);
    expect(await desk.owed(taken.ticketId)).toMatchObject([
      { state: 'suppressed', reason: 'the message was not read whole' },
    ]);
  });
});
