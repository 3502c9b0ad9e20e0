import { setTimeout as sleep } from 'node:timers/promises';
import { generateLoad } from '../support/load.ts';
import type { LoadOptions } from '../support/load.ts';
import type { BenchMailbox, Rig } from './rig.ts';

/** What a backlog cost and how long it took. */
export interface BacklogFigures {
  readonly messages: number;
  readonly acknowledgements: number;
  /** From the first message that is ours to the last acknowledgement that the sink took, or the last ticket. */
  readonly seconds: number;
  readonly messagesPerSecond: number;
  /** From the first message that is ours to the last that is decided. */
  readonly ingestPerSecond: number;
  readonly nodeCpuMs: number;
  readonly postgresCpuMs: number;
  readonly cpuMsPerMessage: number;
  readonly peakRssMib: number;
  readonly loopDelayMs: number;
}

const POLL_MS = 250;
/** Nothing decided for so long: the desk stands still. */
const STALL_MS = 60_000;

/** A mailbox that is full before anybody looks at it. */
export async function fillMailbox(rig: Rig, name: string, load: LoadOptions): Promise<BenchMailbox> {
  const mailbox = await rig.addMailbox(name);
  const startAt = new Date(Date.now() - (load.count ?? 0) * 1_000);
  await rig.dovecot.deliverMany(mailbox.address, generateLoad({ ...load, to: mailbox.address, startAt }));
  // So that the server knows its mail before the clock runs.
  await rig.dovecot.doveadm('mailbox', 'status', '-u', mailbox.address, 'messages', 'INBOX');
  return mailbox;
}

/** Asked at the end only: what looks at everything would count as the product's own work. */
async function isOver({ sql }: Rig['db'], { id }: BenchMailbox): Promise<boolean> {
  const [row] = await sql<{ isOver: boolean }[]>`
    select not exists (select 1 from inbound_messages where mailbox_id = ${id} and status = 'received')
      and not exists (select 1 from notifications where mailbox_id = ${id}
        and state in ('queued', 'deferred', 'sending', 'submitting')) as "isOver"`;
  return row?.isOver === true;
}

/** Lets the desk loose on a full mailbox, until everything in it is decided and everything owed is sent. */
export async function measureBacklog(
  rig: Rig,
  mailbox: BenchMailbox,
  messages: number,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<BacklogFigures> {
  const { db, desk } = rig;
  await desk.untilReady(signal);
  await desk.loopDelayMs();
  const before = { node: desk.cpuMs(), postgres: await rig.postgresCpuMs() };
  await mailbox.activate();
  let said = performance.now();
  let last = { count: 0, at: said };
  for (;;) {
    await sleep(POLL_MS, null, { signal });
    const [row] = await db.sql<{ received: number; sent: number }[]>`
      select received, (select last_value from deliveries_id_seq)::int as sent
      from (select coalesce(max(uid), 0)::int as received from inbound_messages m
        where m.folder_id = (select id from mailbox_folders where mailbox_id = ${mailbox.id})) r`;
    if ((row?.received ?? 0) >= messages && (await isOver(db, mailbox))) break;
    desk.mustRun();
    const count = (row?.received ?? 0) + (row?.sent ?? 0);
    if (count !== last.count) last = { count, at: performance.now() };
    if (performance.now() - last.at > STALL_MS)
      throw new Error(`the desk stands still at ${row?.received ?? 0} messages`);
    if (performance.now() - said < 5_000) continue;
    said = performance.now();
    say(`${row?.received ?? 0} of ${messages} taken, ${Math.round(desk.rssMib())} MiB`);
  }
  const nodeCpuMs = desk.cpuMs() - before.node;
  const postgresCpuMs = (await rig.postgresCpuMs()) - before.postgres;
  const loopDelayMs = await desk.loopDelayMs();
  const [times] = await db.sql<{ acknowledgements: number; ingest: number; whole: number; done: number }[]>`
    select (select count(*)::int from notifications where mailbox_id = ${mailbox.id} and state = 'sent') as acknowledgements,
      extract(epoch from max(done_at) - min(received_at))::float8 as ingest,
      extract(epoch from greatest(max(done_at), (select max(sent_at) from notifications where mailbox_id = ${mailbox.id}))
        - min(received_at))::float8 as whole,
      count(*) filter (where status = 'done')::int as done
    from inbound_messages where mailbox_id = ${mailbox.id}`;
  if (times === undefined || times.done !== messages)
    throw new Error(`${times?.done ?? 0} of ${messages} messages are done: the load has nothing that is held`);
  return {
    messages,
    acknowledgements: times.acknowledgements,
    seconds: times.whole,
    messagesPerSecond: messages / times.whole,
    ingestPerSecond: messages / times.ingest,
    nodeCpuMs,
    postgresCpuMs,
    cpuMsPerMessage: (nodeCpuMs + postgresCpuMs) / messages,
    peakRssMib: desk.peakRssMib(),
    loopDelayMs,
  };
}
