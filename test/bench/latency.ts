import { ImapFlow } from 'imapflow';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../support/random.ts';
import { generateLoad } from '../support/load.ts';
import type { BenchMailbox, Rig } from './rig.ts';

/** Milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

export interface LatencyFigures {
  readonly messages: number;
  /** From the file in the server's folder to the server's word to a bare client: no reader can be faster. */
  readonly serverFloorMs: Percentiles;
  readonly deliveryToTicketMs: Percentiles;
  /**
   * What the desk adds: the difference of the two above. Not message by message, for the server tells each connection
   * in a window of its own.
   */
  readonly overFloorMs: Percentiles;
  readonly ticketToAcceptedMs: Percentiles;
}

const PATIENCE_MS = 120_000;

/** New mails one by one at random moments, `perSecond` on average; each opens a ticket and is acknowledged. */
export async function measureLatency(
  rig: Rig,
  mailbox: BenchMailbox,
  options: { readonly count: number; readonly perSecond: number; readonly seed: number },
  signal: AbortSignal,
): Promise<LatencyFigures> {
  const { dovecot, desk } = rig;
  await mailbox.activate();
  await desk.untilReady(signal);
  const bare = await watchBare(dovecot.port, mailbox);
  const random = createRandom(options.seed);
  const delivered = new Map<string, number>();
  try {
    const load = { count: options.count, seed: options.seed, replies: 0, senders: 1_000_000, to: mailbox.address };
    for (const { bytes, messageId } of generateLoad({ ...load, startAt: new Date() })) {
      await dovecot.deliver(mailbox.address, bytes);
      delivered.set(messageId ?? '', Date.now());
      await sleep((-Math.log(1 - random.next()) * 1000) / options.perSecond, null, { signal });
    }
    const done = await untilAcknowledged(rig, mailbox, options.count, signal);
    const order = [...delivered.keys()];
    const rows = done.map((one) => {
      const deliveredAt = delivered.get(one.messageId) ?? Number.NaN;
      const toldAt = bare.toldAt[order.indexOf(one.messageId)] ?? Number.NaN;
      return { ...one, deliveredAt, toldAt };
    });
    const serverFloorMs = percentiles(rows.map((row) => row.toldAt - row.deliveredAt));
    const deliveryToTicketMs = percentiles(rows.map((row) => row.committedAt - row.deliveredAt));
    return {
      messages: rows.length,
      serverFloorMs,
      deliveryToTicketMs,
      overFloorMs: {
        p50: deliveryToTicketMs.p50 - serverFloorMs.p50,
        p99: deliveryToTicketMs.p99 - serverFloorMs.p99,
      },
      ticketToAcceptedMs: percentiles(rows.map((row) => row.acceptedAt - row.committedAt)),
    };
  } finally {
    await bare.close();
  }
}

/** A client that does nothing but IDLE on the same folder. */
async function watchBare(port: number, { address }: BenchMailbox) {
  const auth = { user: address, pass: 'bench' };
  const client = new ImapFlow({ host: '127.0.0.1', port, secure: false, doSTARTTLS: false, auth, logger: false });
  await client.connect();
  await client.mailboxOpen('INBOX', { readOnly: true });
  const toldAt: number[] = [];
  client.on('exists', ({ count, prevCount }: { count: number; prevCount: number }) => {
    for (let one = prevCount; one < count; one += 1) toldAt.push(Date.now());
  });
  void client.idle().catch(() => {});
  return { toldAt, close: async () => client.close() };
}

interface Acknowledged {
  readonly messageId: string;
  readonly committedAt: number;
  readonly acceptedAt: number;
}

async function untilAcknowledged(
  { db, sink }: Rig,
  mailbox: BenchMailbox,
  count: number,
  signal: AbortSignal,
): Promise<readonly Acknowledged[]> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const [row] = await db.sql<{ sent: number }[]>`
      select count(*)::int as sent from notifications where mailbox_id = ${mailbox.id} and state = 'sent'`;
    if ((row?.sent ?? 0) >= count) break;
    if (performance.now() > deadline) throw new Error(`${row?.sent ?? 0} of ${count} acknowledgements went out`);
    await sleep(200, null, { signal });
  }
  const acceptedAt = new Map((await sink.accepted()).map(({ messageId, atMs }) => [messageId, atMs]));
  const rows = await db.sql<{ messageId: string; answer: string; committedAt: number }[]>`
    select e.message_id as "messageId", n.message_id as answer,
      extract(epoch from pg_xact_commit_timestamp(e.xmin))::float8 * 1000 as "committedAt"
    from ticket_entries e join inbound_messages m on m.id = e.inbound_id
    join notifications n on n.ticket_id = e.ticket_id
    where m.mailbox_id = ${mailbox.id}`;
  return rows.map(({ messageId, answer, committedAt }) => ({
    messageId,
    committedAt,
    acceptedAt: acceptedAt.get(answer) ?? Number.NaN,
  }));
}

/** @throws when a moment is missing: then something was measured that did not happen */
function percentiles(values: readonly number[]): Percentiles {
  if (values.length === 0 || values.some(Number.isNaN)) throw new Error('a moment of a message is missing');
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
