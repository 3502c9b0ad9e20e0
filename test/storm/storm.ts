import { setTimeout as wait } from 'node:timers/promises';
import { addOperator } from '../../src/access/operations.ts';
import { checkLedger } from '../../src/inbound/ledger.ts';
import { openImap } from '../../src/mailboxes/imap.ts';
import { kindsOf } from '../../src/notifications/folds.ts';
import type { Desk } from '../walk/desk.ts';
import { DESK, dmarc, letter, proven, until } from '../walk/desk.ts';

/** RELIABILITY G10 in numbers: how much mail of one sender, how many forged senders, how many honest ones. */
export interface StormSize {
  readonly flood: number;
  /** Half of them fail their domain, half have no proof; two mails each. */
  readonly forged: number;
  readonly others: number;
}

/** What came of it. */
export interface StormReport {
  readonly mails: number;
  readonly mailsPerSecond: number;
  readonly floodTickets: number;
  readonly floodHeld: number;
  readonly floodAcknowledged: number;
  readonly failedAcknowledged: number;
  readonly unprovenAcknowledged: number;
  readonly mostOfADomain: number;
  readonly acknowledged: number;
  readonly alarmEvents: number;
  readonly operatorMails: number;
  readonly rawKept: number;
  readonly ledgerBreaches: readonly string[];
  readonly otherTickets: number;
  readonly othersP95Seconds: number;
}

const PUMP = 'pump@station.example';
const DOMAINS = 50;
/** Delivered and not decided about: the storm blows as hard as the desk takes it, and not harder. */
const MAX_UNDER_WAY = 200;
const PATIENCE_MS = 3_600_000;

/** One mail of the storm, and who sends it. */
interface StormMail {
  readonly of: 'flood' | 'failed' | 'unproven' | 'other';
  readonly bytes: Buffer;
  readonly subject: string;
}

/** Blows mail at a desk whose worker is not running yet, until all is decided and sent. */
export async function runStorm(desk: Desk, size: StormSize, say: (line: string) => void): Promise<StormReport> {
  await desk.done(addOperator, { address: 'olga@staff.example', name: 'Olga', role: 'admin' });
  const worker = desk.startWorker();
  const deliveredAt = new Map<string, number>();
  const began = performance.now();
  let delivered = 0;
  const total = size.flood + 2 * size.forged + size.others;
  for (const { of, bytes, subject } of storm(size)) {
    if (of === 'other') deliveredAt.set(subject, Date.now());
    await desk.mail.deliver(DESK, bytes);
    delivered += 1;
    if (delivered % 50 === 0) await untilDecided(desk, delivered - MAX_UNDER_WAY);
    if (delivered % 1000 === 0) say(`${delivered} of ${total} mails`);
  }
  await untilDecided(desk, delivered);
  const seconds = (performance.now() - began) / 1000;
  say('all is decided about; the outbox empties');
  await until(
    'all that is owed is sent',
    async () => {
      const rows = await desk.db.sql`
        select 1 from notifications where state in ('queued', 'sending', 'submitting', 'deferred') limit 1`;
      return rows.length === 0 ? true : null;
    },
    PATIENCE_MS,
  );
  await worker.stop();
  const latencies = await latenciesOf(desk, deliveredAt);
  return {
    mails: total,
    mailsPerSecond: total / seconds,
    ...(await count(desk)),
    ledgerBreaches: await breachesOf(desk),
    otherTickets: latencies.length,
    othersP95Seconds: latencies[Math.ceil(latencies.length * 0.95) - 1] ?? Infinity,
  };
}

/** All of it, mixed as evenly as it goes. */
function* storm({ flood, forged, others }: StormSize): Generator<StormMail> {
  const most = Math.max(flood, 2 * forged, others);
  const isTurn = (turn: number, of: number) => Math.floor(((turn + 1) * of) / most) > Math.floor((turn * of) / most);
  let [forgeries, letters] = [0, 0];
  for (let turn = 0; turn < most; turn += 1) {
    if (isTurn(turn, flood)) yield mail('flood', letter(PUMP, [`Subject: Alarm ${turn}`]), `Alarm ${turn}`);
    if (isTurn(turn, 2 * forged)) {
      const sender = Math.floor(forgeries / 2);
      const domain = `victims${sender % DOMAINS}.example`;
      const subject = `Win ${forgeries}`;
      const bytes = letter(`v${sender}@${domain}`, [`Subject: ${subject}`]);
      const isFailed = sender % 2 === 0;
      const stamped = isFailed ? Buffer.concat([Buffer.from(`${dmarc('fail', domain)}\r\n`), bytes]) : bytes;
      yield mail(isFailed ? 'failed' : 'unproven', stamped, subject);
      forgeries += 1;
    }
    if (isTurn(turn, others)) {
      const subject = `Honest ${letters}`;
      yield mail('other', proven(`ana@honest${letters}.example`, [`Subject: ${subject}`]), subject);
      letters += 1;
    }
  }
}

const mail = (of: StormMail['of'], bytes: Buffer, subject: string): StormMail => ({ of, bytes, subject });

async function untilDecided(desk: Desk, count: number): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await wait(50)) {
    const [row] = await desk.db.sql<{ count: number }[]>`
      select count(*)::int as count from inbound_messages where status <> 'received'`;
    if ((row?.count ?? 0) >= count) return;
  }
  throw new Error(`after ${PATIENCE_MS / 60_000} minutes ${count} mails are not decided about`);
}

type Counted = Omit<StormReport, 'mails' | 'mailsPerSecond' | 'ledgerBreaches' | 'otherTickets' | 'othersP95Seconds'>;

async function count({ db }: Desk): Promise<Counted> {
  const staffs = [...kindsOf('alarms', 'staff_notices'), 'staff_digest'];
  const [row] = await db.sql<Counted[]>`
    with sent as (
      select recipient, split_part(recipient, '@', 2) as domain, e.inbound_id from notifications n
      join events e on e.id = n.event_id
      where n.kind in ('ticket_opened', 'late_receipt') and n.state not in ('suppressed', 'cancelled')
    ), proofs as (
      select s.*, d.facts #>> '{authentication,verdict}' as verdict from sent s
      join decisions d on d.inbound_id = s.inbound_id
    )
    select
      (select count(*)::int from tickets t join contact_addresses a on a.contact_id = t.requester_id
        where a.address = ${PUMP}) as "floodTickets",
      (select count(*)::int from inbound_messages where status = 'held' and reason = 'flood') as "floodHeld",
      (select count(*)::int from sent where recipient = ${PUMP}) as "floodAcknowledged",
      (select count(*)::int from proofs where verdict = 'fail') as "failedAcknowledged",
      (select count(*)::int from proofs where verdict = 'none' and recipient <> ${PUMP}) as "unprovenAcknowledged",
      (select coalesce(max(n), 0)::int from (select count(*) as n from sent group by domain) d) as "mostOfADomain",
      (select count(*)::int from sent) as acknowledged,
      (select count(*)::int from events where kind in ('flood_began', 'breaker_opened')) as "alarmEvents",
      (select count(*)::int from notifications
        where kind = any(${staffs}::text[]) and state not in ('suppressed', 'folded')) as "operatorMails",
      (select count(*)::int from inbound_messages m
        where m.raw_gone_at is null and exists (select 1 from blobs b where b.sha256 = m.raw_sha256)) as "rawKept"`;
  if (row === undefined) throw new Error('nothing was counted');
  return row;
}

async function breachesOf({ db, keys }: Desk): Promise<readonly string[]> {
  const report = await checkLedger({ db, keys, openSource: openImap }, AbortSignal.timeout(300_000));
  return [
    ...report.invariants.flatMap(({ id, breaches }) => breaches.map((breach) => `${id}: ${breach}`)),
    ...report.mailboxes.flatMap(({ problem, unaccounted }) => [
      ...(problem === null ? [] : [problem]),
      ...unaccounted.map((uid) => `UID ${uid} is not accounted for`),
    ]),
  ];
}

/** From the delivery of each honest mail to its ticket, in seconds, the quickest first. */
async function latenciesOf({ db }: Desk, deliveredAt: ReadonlyMap<string, number>): Promise<readonly number[]> {
  const rows = await db.sql<{ subject: string; at: Date }[]>`
    select m.done_at as at, t.subject from tickets t join inbound_messages m on m.ticket_id = t.id
    where t.subject like 'Honest %' order by t.id`;
  return rows
    .flatMap(({ subject, at }) => {
      const from = deliveredAt.get(subject);
      return from === undefined ? [] : [(at.getTime() - from) / 1000];
    })
    .toSorted((a, b) => a - b);
}
