import { schedule } from 'node-cron';
import type { Db } from '../db/client.ts';
import { isDatabaseTrouble } from '../db/client.ts';
import type { BatchPlan } from '../inbound/batch-plan.ts';
import type { InboundDeps, UnfinishedAttempts } from '../inbound/process.ts';
import { processBatch } from '../inbound/process.ts';
import { findNextDue } from '../inbound/store.ts';
import { backoffMs, sleep } from '../lib/abort.ts';
import type { AcceptedMessage } from '../mailboxes/accept.ts';
import type { Lease } from '../mailboxes/lease-store.ts';
import { LeaseLost } from '../mailboxes/lease-store.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import { imapAccount } from '../mailboxes/model.ts';
import type { MailSource, OpenSource, SourceRefusal } from '../mailboxes/source.ts';
import { putHealthCheck, putHealthState } from '../mailboxes/store.ts';
import { createWake } from '../lib/wake.ts';
import type { Wake } from '../lib/wake.ts';
import { createFetchTroubles } from './fetch-troubles.ts';
import type { FetchTroubles } from './fetch-troubles.ts';
import { createFreshBytes } from './fresh-bytes.ts';
import type { FreshBudget, FreshBytes } from './fresh-bytes.ts';
import { openReader } from './reader.ts';

export interface MailboxDeps extends Omit<InboundDeps, 'takeFresh'> {
  readonly openSource: OpenSource;
  /** Shared by all mailboxes of the process. */
  readonly freshBudget: FreshBudget;
  readonly onAccepted: (count: number) => void;
  readonly onDecided: (plan: BatchPlan) => void;
}

/** The whole difference between server and table, not only what lies above the last UID. RELIABILITY D2. */
const WHOLE_EVERY_MS = 15 * 60_000;
const RECONNECT_BASE_MS = 1_000;
const RECONNECT_CAP_MS = 60_000;
/** RELIABILITY IM8: a wrong password tried too often locks the account. */
const LOGIN_BASE_MS = 300_000;
const LOGIN_CAP_MS = 3_600_000;
const IDLE_LOOK_MS = 30_000;

/**
 * Reads and understands one mailbox for as long as its lease is held: two loops side by side, so that the next mail is
 * fetched while the last one is understood. Ends when the signal aborts.
 *
 * @throws LeaseLost when somebody else holds the mailbox
 */
export async function runMailbox(
  deps: MailboxDeps,
  mailbox: Mailbox,
  lease: Lease,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const run: Run = {
    deps,
    mailbox,
    lease,
    fresh: createFreshBytes(deps.freshBudget),
    troubles: createFetchTroubles(deps.clock.monotonicMs),
    work: createWake(),
    signal: AbortSignal.any([signal, over.signal]),
  };
  const ends = [readLoop(run), processLoop(run)].map((loop) => loop.finally(() => over.abort()));
  const [first] = (await Promise.allSettled(ends)).flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  run.fresh.clear();
  if (first !== undefined && !signal.aborted) throw first;
}

/** One mailbox under one lease. */
interface Run {
  readonly deps: MailboxDeps;
  readonly mailbox: Mailbox;
  readonly lease: Lease;
  readonly fresh: FreshBytes;
  readonly troubles: FetchTroubles;
  /** Rung when there is something to understand. */
  readonly work: Wake;
  readonly signal: AbortSignal;
}

async function processLoop({ deps, mailbox, lease, fresh, work, signal }: Run): Promise<void> {
  const inbound: InboundDeps = { ...deps, takeFresh: fresh.take };
  const unfinished: UnfinishedAttempts = new Set();
  for (let failures = 0; !signal.aborted;) {
    try {
      const { claimed } = await processBatch(inbound, mailbox, lease, unfinished, signal);
      failures = 0;
      if (claimed > 0) continue;
      const next = await findNextDue(deps.db, mailbox.id);
      const untilNext = next === null ? IDLE_LOOK_MS : next.getTime() - deps.clock.now().getTime();
      await work.wait(Math.min(Math.max(untilNext, 50), IDLE_LOOK_MS), signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof LeaseLost) throw error;
      deps.log.error('mailbox.process_failed', { mailboxId: mailbox.id, err: error });
      await sleep(backoffMs(failures, 200, 10_000) + 50, signal);
      failures += 1;
    }
  }
}

async function readLoop(run: Run): Promise<void> {
  const { deps, mailbox, signal } = run;
  await reportState(deps.db, mailbox, 'connecting', null);
  for (let failures = 0; !signal.aborted; failures += 1) {
    const trouble = await readUntilTrouble(run, () => (failures = 0));
    if (signal.aborted) return;
    deps.log.warn('mailbox.trouble', { mailboxId: mailbox.id, step: trouble.step, why: trouble.reason });
    await reportState(deps.db, mailbox, 'trouble', trouble);
    await sleep(waitAfter(trouble, failures), signal);
  }
}

/** What ended a connection, or kept it from beginning. */
type Trouble = Omit<SourceRefusal, 'step'> & { readonly step: SourceRefusal['step'] | 'connection' | 'database' };

function waitAfter({ step, retryAfterMs }: Trouble, failures: number): number {
  const wait =
    step === 'login'
      ? LOGIN_BASE_MS / 2 + backoffMs(failures, LOGIN_BASE_MS / 2, LOGIN_CAP_MS)
      : 100 + backoffMs(failures, RECONNECT_BASE_MS, RECONNECT_CAP_MS);
  return Math.max(wait, retryAfterMs ?? 0);
}

async function readUntilTrouble(run: Run, onWatching: () => void): Promise<Trouble> {
  const { deps, mailbox, signal } = run;
  let source: MailSource | null = null;
  try {
    const opened = await deps.openSource(imapAccount(deps.keys, mailbox), signal);
    if (!opened.ok) return opened.error;
    source = opened.value;
    await watch(run, source, onWatching);
    return connectionTrouble('connection', new Error('the watch ended'));
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    return connectionTrouble(isDatabaseTrouble(error) ? 'database' : 'connection', error);
  } finally {
    await source?.close().catch(() => {});
  }
}

const connectionTrouble = (step: 'connection' | 'database', error: unknown): Trouble => ({
  step,
  reason: error instanceof Error ? error.message : String(error),
  advice: 'It is tried again by itself.',
  retryAfterMs: null,
});

/** Lists, takes, waits, and begins again, until the connection breaks or the signal aborts. */
async function watch(run: Run, source: MailSource, onWatching: () => void): Promise<void> {
  const { deps, mailbox, lease, fresh, troubles, work, signal } = run;
  const { db, log, checkpoint, clock } = deps;
  const onAccepted = (accepted: readonly AcceptedMessage[]) => {
    for (const { id, bytes } of accepted) fresh.put(id, bytes);
    deps.onAccepted(accepted.length);
    work.ring();
  };
  const readerDeps = { db, log, checkpoint, waitForRoom: fresh.waitForRoom, troubles, onAccepted };
  const reader = await openReader(readerDeps, mailbox, lease, source);
  await reportState(db, mailbox, 'watching', null);
  await reader.settleRest();
  // A connection may have broken between a commit and its answer: what it accepted waits unannounced.
  work.ring();
  let wholeAt = -Infinity;
  let poll = new AbortController();
  const timetable = schedule(mailbox.schedule, () => poll.abort(), { timezone: 'UTC' });
  try {
    while (!signal.aborted) {
      const isWhole = clock.monotonicMs() - wholeAt >= WHOLE_EVERY_MS;
      const balance = await reader.catchUp(isWhole, signal);
      if (isWhole) wholeAt = clock.monotonicMs();
      onWatching();
      await putHealthCheck(db, mailbox.id, isWhole ? balance : null);
      poll = new AbortController();
      await source.waitForNews(WHOLE_EVERY_MS, AbortSignal.any([signal, poll.signal]));
    }
  } finally {
    await timetable.destroy();
  }
}

async function reportState(
  db: Db,
  mailbox: Mailbox,
  state: 'connecting' | 'watching' | 'trouble',
  trouble: Trouble | null,
): Promise<void> {
  // Health is for the eye: trouble with the database shows itself elsewhere.
  await putHealthState(db, mailbox.id, state, trouble?.reason ?? null, trouble?.advice ?? null).catch(() => {});
}
