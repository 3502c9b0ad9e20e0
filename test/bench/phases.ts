import type { BacklogFigures } from './backlog.ts';
import { fillMailbox, measureBacklog } from './backlog.ts';
import { measureIdle } from './idle.ts';
import { FULL, measureGrowth, SMALL, TENTH } from './growth.ts';
import type { LatencyFigures } from './latency.ts';
import { measureLatency } from './latency.ts';
import { measureNotifications } from './notifications.ts';
import { measureOneConnection } from './one-connection.ts';
import { measureParts } from './parts/measure-parts.ts';
import { generateLoad } from '../support/load.ts';
import type { Line } from './report.ts';
import type { BenchMailbox, Rig } from './rig.ts';
import { measureStart } from './start.ts';
import { measureWorstLines } from './worst-lines.ts';

export interface PhaseOptions {
  readonly messages: number;
  readonly isQuick: boolean;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** One thing that is measured. `figures` go into the file, `lines` to the screen. */
export interface Phase {
  readonly id: string;
  readonly about: string;
  /** Left out by --quick. */
  readonly isLong: boolean;
  /** Only when it is asked for by its name: it changes what all others would measure. */
  readonly isOwn?: true;
  measure(rig: Rig, options: PhaseOptions): Promise<{ readonly lines: readonly Line[]; readonly figures: object }>;
}

const PARTS_MESSAGES = 1_000;
/** LIMITS: six of ten messages open a ticket and are acknowledged. */
const ANSWERED = 0.6;
/** LIMITS' goals over its prototype: 2.2 of 1.57 ms with acknowledgements, and 1.43 without. */
const PROTOTYPE_MS = 1.57;
const WHOLE_RATIO = 2.2 / PROTOTYPE_MS;
const INGEST_RATIO = 1.43;
const ANSWERING: ReadonlySet<string> = new Set(['render', 'compose', 'send']);

/** What the parts cost in this run, with answers and without; null until they were measured. */
let partsMs: { readonly whole: number; readonly ingest: number } | null = null;

/** In this order: the parts have the machine to themselves, the backlog meets a process as cold as the prototype was. */
export const PHASES: readonly Phase[] = [
  {
    id: 'parts',
    about: "the prototype's parts",
    isLong: false,
    async measure({ dovecot, partsUrl, sink }, { signal }) {
      signal.throwIfAborted();
      const messages = [...generateLoad({ count: PARTS_MESSAGES, seed: 11 })];
      const parts = await measureParts({ messages, dovecot, pgUrl: partsUrl, sinkPort: sink.port });
      const sumOf = (share: number) =>
        Object.entries(parts).reduce((total, [id, ms]) => total + (ANSWERING.has(id) ? ms * share : ms), 0);
      const sum = sumOf(ANSWERED);
      partsMs = { whole: sum, ingest: sumOf(0) };
      const lines = Object.entries(parts).map(([id, ms]) => plain(id, ms, 'ms CPU'));
      return {
        lines: [...lines, plain('together, with 0.6 answers', sum, 'ms CPU')],
        figures: { parts, parts_sum: sum },
      };
    },
  },
  {
    id: 'backlog',
    about: 'a backlog with acknowledgements',
    isLong: false,
    async measure(rig, { messages, signal, say }) {
      const mailbox = await fillMailbox(rig, 'backlog', { count: messages, seed: 1 });
      const measured = await measureBacklog(rig, mailbox, messages, signal, say);
      return {
        lines: [
          atMost('CPU per message, Node and PostgreSQL', measured.cpuMsPerMessage, 'ms', 2.2),
          ...ratio(measured, partsMs?.whole, WHOLE_RATIO),
          ...costs(measured),
          atLeast('messages, to the last acknowledgement', measured.messagesPerSecond, '/s', 450),
          ...pace(measured, partsMs?.whole, 450),
          plain('messages, to the last ticket', measured.ingestPerSecond, '/s'),
          plain('acknowledgements', measured.acknowledgements, ''),
          atMost('peak RSS of the product', measured.peakRssMib, 'MiB', 400),
          atMost('event-loop delay while ingesting, p99', measured.loopDelayMs, 'ms', 25),
        ],
        figures: {
          cpu_ms_per_message: measured.cpuMsPerMessage,
          messages_per_second: measured.messagesPerSecond,
          rss_mib: measured.peakRssMib,
          event_loop_delay_p99_ms: measured.loopDelayMs,
          backlog: measured,
        },
      };
    },
  },
  {
    id: 'ingest',
    about: 'a backlog without acknowledgements, warm',
    isLong: false,
    async measure(rig, { messages, signal, say }) {
      await rig.setToggle('acknowledge', 'off');
      const mailbox = await fillMailbox(rig, 'ingest', { count: messages, seed: 2 });
      const measured = await measureBacklog(rig, mailbox, messages, signal, say);
      await rig.setToggle('acknowledge', 'on');
      return {
        lines: [
          atMost('CPU per message, Node and PostgreSQL', measured.cpuMsPerMessage, 'ms', 0.79 * 1.43),
          ...ratio(measured, partsMs?.ingest, INGEST_RATIO),
          ...costs(measured),
          plain('messages', measured.messagesPerSecond, '/s'),
        ],
        figures: { ingest: measured },
      };
    },
  },
  {
    id: 'lines',
    about: 'a megabyte of the worst line for each reader',
    isLong: false,
    async measure(_, { signal }) {
      const worst = await measureWorstLines(signal);
      return {
        lines: [...worst].map(([reader, ms]) => atMost(reader, ms, 'ms', 1_000)),
        figures: { worst_line_ms: Object.fromEntries(worst) },
      };
    },
  },
  {
    id: 'send',
    about: "one connection of the product's transport",
    isLong: false,
    async measure({ sink }, { signal }) {
      const perSecond = await measureOneConnection(sink.port, 2_000, signal);
      return {
        lines: [atLeast('messages over one SMTP connection', perSecond, '/s', 500)],
        figures: { one_connection_per_second: perSecond },
      };
    },
  },
  {
    id: 'notifications',
    about: '10,000 notifications: 500 answers, each to 20 people',
    isLong: false,
    async measure(rig, { isQuick, signal }) {
      const mailbox = await rig.addMailbox('notifying');
      const measured = await measureNotifications(rig, mailbox, isQuick ? 1_000 : 10_000, signal);
      return {
        lines: [
          // What one core may take for each at the 500 a second that one connection has to carry.
          atMost('CPU per notification, planned and sent', measured.cpuMsEach, 'ms', 1_000 / 500),
          plain('notifications, planned and sent', measured.perSecond, '/s'),
        ],
        figures: { notifications: measured },
      };
    },
  },
  {
    id: 'latency',
    about: 'latency at 15 messages a second',
    isLong: false,
    async measure(rig, { isQuick, signal }) {
      const mailbox = await rig.addMailbox('calm');
      const count = isQuick ? 100 : 400;
      const measured = await measureLatency(rig, mailbox, { count, perSecond: 15, seed: 3 }, signal);
      return {
        lines: [
          plain("the server's own floor, p50", measured.serverFloorMs.p50, 'ms'),
          plain("the server's own floor, p99", measured.serverFloorMs.p99, 'ms'),
          ...latencies(measured),
          atMost('delivery -> ticket over the floor, p99', measured.overFloorMs.p99, 'ms', 200),
          plain('ticket -> accepted by SMTP, p50', measured.ticketToAcceptedMs.p50, 'ms'),
          atMost('ticket -> accepted by SMTP, p99', measured.ticketToAcceptedMs.p99, 'ms', 300),
        ],
        figures: {
          delivery_to_ticket_ms: measured.deliveryToTicketMs,
          delivery_to_ticket_over_floor_ms: measured.overFloorMs,
          server_floor_ms: measured.serverFloorMs,
          ticket_to_accepted_ms: measured.ticketToAcceptedMs,
        },
      };
    },
  },
  {
    id: 'fair',
    about: 'a calm mailbox beside a backlog of another',
    isLong: true,
    async measure(rig, { messages, signal, say }) {
      const calm = await rig.addMailbox('fair');
      await calm.activate();
      await rig.desk.untilReady(signal);
      const loud = await fillMailbox(rig, 'loud', { count: messages, seed: 4 });
      const ingesting = measureBacklog(rig, loud, messages, signal, say);
      // Looked at below; until then a failure of it must not end the process.
      ingesting.catch(() => {});
      const measured = await measureLatency(rig, calm, { count: 40, perSecond: 10, seed: 5 }, signal);
      const backlog = await ingesting;
      return {
        lines: [
          plain('the backlog beside it', backlog.messagesPerSecond, '/s'),
          ...latencies(measured),
          plain('ticket -> accepted by SMTP, p50', measured.ticketToAcceptedMs.p50, 'ms'),
          atMost('ticket -> accepted by SMTP, p99', measured.ticketToAcceptedMs.p99, 'ms', 2_000),
        ],
        figures: { beside_a_backlog: measured },
      };
    },
  },
  {
    id: 'idle',
    about: 'nothing to do, 10 mailboxes',
    isLong: false,
    async measure(rig, { isQuick, signal }) {
      const [active] = await rig.db.sql<{ count: number }[]>`
        select count(*)::int as count from mailboxes where status = 'active'`;
      const more: BenchMailbox[] = [];
      for (let one = active?.count ?? 0; one < 10; one += 1) more.push(await rig.addMailbox(`idle${one}`));
      // A whole minute holds one of each mailbox's scheduled rounds.
      const measured = await measureIdle(rig, more, isQuick ? 15 : 60, signal);
      return {
        lines: [
          atMost('commits', measured.commitsPerSecond, '/s', 10),
          atMost('CPU of the product and PostgreSQL', percent(measured), '% of core', 2),
          plain('of it the product', measured.nodeShareOfCore * 100, '% of core'),
        ],
        figures: { idle: measured },
      };
    },
  },
  {
    id: 'start',
    about: 'npm start to the first poll',
    isLong: false,
    async measure({ folder }, { signal }) {
      const measured = await measureStart(folder, signal);
      return {
        lines: [
          atMost('npm start in an empty folder', measured.firstSeconds, 's', 3),
          atMost('npm start again', measured.againSeconds, 's', 3),
        ],
        figures: { start: measured },
      };
    },
  },
  {
    id: 'growth',
    about: 'a desk with a hundred times the past',
    isLong: true,
    isOwn: true,
    async measure(rig, { isQuick, signal, say }) {
      // The process is as warm, and the people of the load as known, in the first measurement as in the second.
      const options = { messages: 2_000, signal, say };
      const warm = await fillMailbox(rig, 'warm', { count: options.messages, seed: 6 });
      await measureBacklog(rig, warm, options.messages, signal, say);
      const past = await rig.addMailbox('past');
      const small = await measureGrowth(rig, past, SMALL, options);
      const full = await measureGrowth(rig, past, isQuick ? TENTH : FULL, options);
      const grown = (of: 'cpuMsPerMessage' | 'cpuMsPerSearch' | 'cpuMsPerList', says: string): readonly Line[] => [
        plain(`${says}, small`, small[of], 'ms'),
        plain(`${says}, full`, full[of], 'ms'),
        atMost(`${says}, full over small`, full[of] / small[of], 'x', 1.3),
      ];
      return {
        lines: [
          ...grown('cpuMsPerMessage', 'CPU per message'),
          ...grown('cpuMsPerSearch', 'CPU per search'),
          ...grown('cpuMsPerList', 'CPU per list'),
        ],
        figures: { growth: { small, full } },
      };
    },
  },
];

const plain = (says: string, value: number, unit: string): Line => ({ says, value, unit, goal: null });
const atMost = (says: string, value: number, unit: string, goal: number): Line => ({
  says,
  value,
  unit,
  goal: { is: 'at most', value: goal },
});
const atLeast = (says: string, value: number, unit: string, goal: number): Line => ({
  says,
  value,
  unit,
  goal: { is: 'at least', value: goal },
});

const costs = ({ nodeCpuMs, postgresCpuMs, messages }: BacklogFigures): readonly Line[] => [
  plain('of it Node', nodeCpuMs / messages, 'ms'),
  plain('of it PostgreSQL', postgresCpuMs / messages, 'ms'),
];

/** The cost beside the prototype's parts on this machine in this run: what a slower machine does not change. */
const ratio = ({ cpuMsPerMessage }: BacklogFigures, parts: number | undefined, goal: number): readonly Line[] =>
  parts === undefined
    ? []
    : [atMost("the same over the prototype's parts in this run", cpuMsPerMessage / parts, 'x', goal)];

/** The rate on a machine on which the parts cost what LIMITS' prototype cost. */
const pace = ({ messagesPerSecond }: BacklogFigures, parts: number | undefined, goal: number): readonly Line[] =>
  parts === undefined
    ? []
    : [atLeast("the same at the pace of LIMITS' machine", (messagesPerSecond * parts) / PROTOTYPE_MS, '/s', goal)];

const latencies = ({ deliveryToTicketMs }: LatencyFigures): readonly Line[] => [
  plain('delivery -> ticket, p50', deliveryToTicketMs.p50, 'ms'),
  plain('delivery -> ticket, p99', deliveryToTicketMs.p99, 'ms'),
];

const percent = (idle: { readonly nodeShareOfCore: number; readonly postgresShareOfCore: number }): number =>
  (idle.nodeShareOfCore + idle.postgresShareOfCore) * 100;
