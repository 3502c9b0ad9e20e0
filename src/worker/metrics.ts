import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Db } from '../db/client.ts';
import type { BatchPlan } from '../inbound/batch-plan.ts';
import type { AttemptOutcome, ClaimedNotification } from '../notifications/outbox-store.ts';
import { readGauges } from './health-store.ts';

/** Node measures the time from look to look, so that of a loop at rest it finds this much. */
const LOOP_LOOK_MS = 20;

/** Numbers for Prometheus: counters of this process, and gauges read from the database when asked. */
export interface WorkerMetrics {
  readonly onAccepted: (count: number) => void;
  readonly onDecided: (plan: BatchPlan) => void;
  readonly onAttempt: (outcome: AttemptOutcome, claimed: ClaimedNotification) => void;
  /** The text format of Prometheus 0.0.4. */
  readonly render: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

export function createMetrics(db: Db): WorkerMetrics {
  const register = new Registry();
  const registers = [register];
  const accepted = new Counter({ name: 'deskbell_messages_accepted_total', help: 'Messages made ours', registers });
  const decided = new Counter({
    name: 'deskbell_messages_decided_total',
    help: 'Messages by verdict, or by the reason they are held',
    labelNames: ['verdict'],
    registers,
  });
  const attempts = new Counter({
    name: 'deskbell_delivery_attempts_total',
    help: 'Attempts to send, by outcome',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const accepting = new Histogram({
    name: 'deskbell_delivery_seconds',
    help: 'From owing a mail to the server taking it',
    buckets: [0.1, 0.3, 1, 2, 5, 15, 60, 300, 3600],
    labelNames: ['kind'],
    registers,
  });
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name, help, labelNames: [...labelNames], registers });
  const gauges = {
    received: gauge('deskbell_inbound_backlog', 'Messages that wait to be understood'),
    receivedAge: gauge('deskbell_inbound_oldest_seconds', 'Age of the oldest of them'),
    attention: gauge('deskbell_inbound_attention', 'Messages that wait for a person', ['status', 'reason']),
    attentionAge: gauge('deskbell_inbound_attention_oldest_seconds', 'Age of the oldest of them', ['status', 'reason']),
    due: gauge('deskbell_outbox_backlog', 'Notifications that wait to be sent'),
    dueAge: gauge('deskbell_outbox_oldest_due_seconds', 'How long the oldest due one has waited'),
    unsure: gauge('deskbell_outbox_uncertain', 'Notifications whose fate is unknown'),
    gaps: gauge('deskbell_ingest_gaps', 'UIDs that vanished before they were fetched', ['mailbox']),
    watched: gauge('deskbell_mailbox_watched', '1 while the mailbox is being watched', ['mailbox']),
    checkedAge: gauge('deskbell_mailbox_checked_seconds', 'Since its UIDs were last compared', ['mailbox']),
    loopDelay: gauge('deskbell_event_loop_delay_p99_seconds', 'Delay of the event loop since the last scrape'),
    rss: gauge('deskbell_resident_memory_bytes', 'Resident memory of this process'),
  };
  const delay = monitorEventLoopDelay({ resolution: LOOP_LOOK_MS });
  delay.enable();

  return {
    onAccepted: (count) => accepted.inc(count),
    onDecided: (plan) => {
      for (const { verdict, reason, status } of plan.finished)
        decided.inc({ verdict: verdict ?? `${status}:${reason}` });
    },
    onAttempt: ({ state }, { kind, createdAt }) => {
      attempts.inc({ kind, outcome: state });
      if (state === 'sent') accepting.observe({ kind }, Math.max(0, Date.now() - createdAt.getTime()) / 1000);
    },
    async render() {
      const read = await readGauges(db);
      gauges.received.set(read.received);
      gauges.receivedAge.set(read.receivedAgeSeconds);
      gauges.due.set(read.due);
      gauges.dueAge.set(read.dueAgeSeconds);
      gauges.unsure.set(read.uncertain);
      gauges.attention.reset();
      gauges.attentionAge.reset();
      for (const { status, reason, count, age } of read.attention) {
        gauges.attention.set({ status, reason }, count);
        gauges.attentionAge.set({ status, reason }, age);
      }
      for (const { address: mailbox, gaps, isWatched, checkedSeconds } of read.mailboxes) {
        gauges.gaps.set({ mailbox }, gaps);
        gauges.watched.set({ mailbox }, isWatched ? 1 : 0);
        if (checkedSeconds !== null) gauges.checkedAge.set({ mailbox }, checkedSeconds);
      }
      gauges.loopDelay.set(Math.max(0, delay.percentile(99) / 1e9 - LOOP_LOOK_MS / 1000));
      delay.reset();
      gauges.rss.set(process.memoryUsage.rss());
      return { contentType: register.contentType, text: await register.metrics() };
    },
  };
}
