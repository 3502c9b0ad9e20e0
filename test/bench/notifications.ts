import { perform } from '../../src/access/operation.ts';
import type { OperationDeps } from '../../src/access/operation.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { sleep } from '../../src/lib/abort.ts';
import { openImap } from '../../src/mailboxes/imap.ts';
import { createOwe } from '../../src/notifications/owe.ts';
import { openSmtpRoute } from '../../src/notifications/transport.ts';
import { replyToTicket } from '../../src/tickets/operations.ts';
import type { BenchMailbox, Rig } from './rig.ts';

export interface NotificationFigures {
  readonly notifications: number;
  /** Of the product, of the process that plans, and of PostgreSQL, for each that was planned and sent. */
  readonly cpuMsEach: number;
  readonly perSecond: number;
}

/** D13 allows 20 recipients of an event: so many are owed the same words, event by event. */
const RECIPIENTS = 20;
const TICKETS = 100;

/** Owes the answers of operators to the 20 people who take part in each of 100 tickets, until so many are owed, and waits until all are sent. */
export async function measureNotifications(
  rig: Rig,
  mailbox: BenchMailbox,
  count: number,
  signal: AbortSignal,
): Promise<NotificationFigures> {
  const { db, keys, desk } = rig;
  await mailbox.activate();
  await desk.untilReady(signal);
  const numbers = await seedTickets(rig, mailbox);
  const deps: OperationDeps = {
    db,
    keys,
    owe: createOwe(keys),
    openSource: openImap,
    openSmtpRoute,
    clock: systemClock,
    publicUrl: null,
  };
  const cpu = async () => desk.cpuMs() + (await rig.postgresCpuMs()) + process.cpuUsage().user / 1_000;
  const attemptsBefore = await countAttempts(rig);
  const [before, began] = [await cpu(), performance.now()];
  const events = Math.ceil(count / RECIPIENTS);
  for (let event = 0; event < events; event += 1) {
    signal.throwIfAborted();
    const text = `Answer ${event}: please hold the round button for three seconds until the light is green.`;
    const done = await perform(deps, { is: 'system', name: 'bench' }, replyToTicket, {
      number: numbers[event % numbers.length],
      text,
    });
    if (!done.ok) throw new Error(`an answer of the bench was refused: ${done.error.message}`);
  }
  const wanted = events * RECIPIENTS;
  while ((await countAttempts(rig)) - attemptsBefore < wanted || (await countSent(rig, mailbox)) < wanted) {
    await sleep(100, signal);
  }
  signal.throwIfAborted();
  const seconds = (performance.now() - began) / 1_000;
  return { notifications: wanted, cpuMsEach: ((await cpu()) - before) / wanted, perSecond: wanted / seconds };
}

async function seedTickets({ db }: Rig, mailbox: BenchMailbox): Promise<readonly number[]> {
  await db.sql`
    with people as (
      insert into contacts (customer_id, first_name, last_name, created_by)
      select id, 'Person', n::text, 'operator' from customers, generate_series(1, ${RECIPIENTS}) as n where is_unassigned
      returning id, last_name
    )
    insert into contact_addresses (address, contact_id, is_primary)
    select 'person' || last_name || '@notified.example', id, true from people`;
  const tickets = await db.sql<{ number: number }[]>`
    with people as (
      select c.id, c.customer_id, c.last_name from contacts c join contact_addresses a on a.contact_id = c.id
      where a.address like '%@notified.example'
    ), opened as (
      insert into tickets (mailbox_id, requester_id, customer_id, subject)
      select ${mailbox.id}, id, customer_id, 'The lamp stays dark' from people, generate_series(1, ${TICKETS})
      where last_name = '1' returning id, number
    ), taking_part as (
      insert into ticket_participants (ticket_id, contact_id, role)
      select t.id, p.id, case p.last_name when '1' then 'requester' else 'watcher' end from opened t, people p
    )
    select number from opened order by number`;
  return tickets.map(({ number }) => number);
}

/** So many attempts were ever written down; asked often, for it costs nothing. */
async function countAttempts({ db }: Rig): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select coalesce(pg_sequence_last_value('deliveries_id_seq'), 0)::int as count`;
  return row?.count ?? 0;
}

async function countSent({ db }: Rig, mailbox: BenchMailbox): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from notifications where mailbox_id = ${mailbox.id} and state = 'sent'`;
  return row?.count ?? 0;
}
