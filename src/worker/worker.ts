import { randomUUID } from 'node:crypto';
import type { Db } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';
import { backoffMs, sleep } from '../lib/abort.ts';
import type { Checkpoint } from '../lib/checkpoint.ts';
import type { Clock } from '../lib/clock.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Log } from '../lib/log.ts';
import { createParsePool } from '../mail/parse-pool.ts';
import { openImap } from '../mailboxes/imap.ts';
import type { Lease } from '../mailboxes/lease-store.ts';
import { findFreeMailboxes, LeaseLost, releaseLease, renewLease, takeLease } from '../mailboxes/lease-store.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import { createDeliverer } from '../notifications/deliver.ts';
import { forgetWorkers, reclaimAbandoned, reportAlive, requeueUncertain } from '../notifications/outbox-store.ts';
import { NOTIFICATION_RULES } from '../notifications/rules.ts';
import { loadTemplates } from '../notifications/templates.ts';
import { runMailbox } from './mailbox-loop.ts';
import type { WorkerMetrics } from './metrics.ts';
import { runSender } from './sender.ts';

export interface WorkerDeps {
  /** For everything but leases. */
  readonly db: Db;
  /** A connection of its own: a renewal never waits behind a batch (RELIABILITY PG6). */
  readonly leaseDb: Db;
  readonly keys: Keys;
  readonly log: Log;
  readonly clock: Clock;
  readonly checkpoint: Checkpoint;
  readonly name: string;
  readonly timing: {
    readonly attemptWaitsMs: readonly number[];
    readonly uncertainWaitMs: number;
    readonly deadWorkerMs: number;
    readonly leaseMs: number;
  };
  readonly metrics: WorkerMetrics;
}

const LOOK_FOR_MAILBOXES_MS = 3_000;
const MAINTENANCE_MS = 5_000;
/** The holder stops by its own clock this long before the lease ends, however the database fares. */
const LEASE_MARGIN = 1 / 6;

/** Reads every mailbox it can get the lease of, and sends what is due, until the signal aborts. */
export async function runWorker(deps: WorkerDeps, signal: AbortSignal): Promise<void> {
  const { db, keys, log, clock, checkpoint, metrics, timing } = deps;
  const instance = randomUUID();
  const parsePool = createParsePool();
  const running = new Map<MailboxId, RunningMailbox>();
  let mailboxes: readonly Mailbox[] = [];
  const deliverer = createDeliverer({
    db,
    templates: loadTemplates(),
    clock,
    log,
    checkpoint,
    instance,
    uncertainWaitMs: timing.uncertainWaitMs,
    onOutcome: metrics.onAttempt,
  });
  const mailboxDeps = {
    db,
    keys,
    parsePool,
    clock,
    log,
    checkpoint,
    attemptWaitsMs: timing.attemptWaitsMs,
    openSource: openImap,
    onAccepted: metrics.onAccepted,
    onDecided: metrics.onDecided,
  };

  const supervise = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted;) {
      try {
        mailboxes = await listMailboxes(db);
        stopChanged(running, mailboxes);
        const free = await findFreeMailboxes(db, deps.name);
        for (const mailbox of mailboxes) {
          if (free.has(mailbox.id) && !running.has(mailbox.id)) await tryToRun(mailbox);
        }
        failures = 0;
        await sleep(LOOK_FOR_MAILBOXES_MS, signal);
      } catch (error) {
        log.error('worker.supervise_failed', { err: error });
        await sleep(100 + backoffMs(failures, 200, 5_000), signal);
        failures += 1;
      }
    }
  };

  const tryToRun = async (mailbox: Mailbox): Promise<void> => {
    const lease = await takeLease(deps.leaseDb, mailbox.id, deps.name, timing.leaseMs);
    if (lease === null) return;
    log.info('lease.taken', { mailboxId: mailbox.id, epoch: lease.epoch });
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const keeping = keepLease(deps, lease, stop, either);
    const ended = runMailbox(mailboxDeps, mailbox, lease, either)
      .catch((error: unknown) => {
        if (error instanceof LeaseLost) log.warn('lease.lost', { mailboxId: mailbox.id, epoch: lease.epoch });
        else log.error('mailbox.failed', { mailboxId: mailbox.id, err: error });
      })
      .finally(async () => {
        stop.abort();
        await keeping;
        await releaseLease(deps.leaseDb, lease).catch(() => {});
        running.delete(mailbox.id);
      });
    running.set(mailbox.id, { fingerprint: JSON.stringify(mailbox), stop, ended });
  };

  const maintain = async (): Promise<void> => {
    // Claims of an earlier process of this name are nobody's any more.
    await forgetWorkers(db, deps.name, instance).catch(() => {});
    const resends = NOTIFICATION_RULES.map(({ kind, resendsWhenUncertain }) => ({
      kind,
      resends: resendsWhenUncertain,
    }));
    while (!signal.aborted) {
      try {
        await reportAlive(db, instance, deps.name);
        const { requeued, uncertain } = await reclaimAbandoned(db, timing.deadWorkerMs, timing.uncertainWaitMs);
        const again = await requeueUncertain(db, resends);
        if (requeued + uncertain + again > 0) log.warn('outbox.reclaimed', { requeued, uncertain, again });
      } catch (error) {
        log.error('worker.maintenance_failed', { err: error });
      }
      // Well before anybody could take this worker for dead.
      await sleep(Math.min(MAINTENANCE_MS, timing.deadWorkerMs / 3), signal);
    }
  };

  await reportAlive(db, instance, deps.name);
  await Promise.all([
    supervise(),
    maintain(),
    runSender({ db, keys, log, deliverer, mailboxes: () => mailboxes }, signal),
  ]);
  await Promise.allSettled([...running.values()].map(({ ended }) => ended));
  await parsePool.close();
  await forgetWorkers(db, deps.name, null).catch(() => {});
}

interface RunningMailbox {
  readonly fingerprint: string;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** A mailbox that was paused, removed or changed is let go; if it is to go on, it begins anew with what it is now. */
function stopChanged(running: ReadonlyMap<MailboxId, RunningMailbox>, mailboxes: readonly Mailbox[]): void {
  for (const [id, { fingerprint, stop }] of running) {
    const current = mailboxes.find((mailbox) => mailbox.id === id);
    if (current?.status !== 'active' || JSON.stringify(current) !== fingerprint) stop.abort();
  }
}

/** Renews the lease three times in its life; stops the mailbox when that fails, or when the time is up by our own clock. */
async function keepLease(deps: WorkerDeps, lease: Lease, stop: AbortController, signal: AbortSignal): Promise<void> {
  const { leaseMs } = deps.timing;
  let goodUntil = deps.clock.monotonicMs() + leaseMs * (1 - LEASE_MARGIN);
  while (!signal.aborted) {
    await sleep(leaseMs / 3, signal);
    if (signal.aborted) return;
    const began = deps.clock.monotonicMs();
    const renewed = await Promise.race([
      renewLease(deps.leaseDb, lease, leaseMs).catch(() => null),
      sleep(Math.max(0, goodUntil - began), signal).then(() => null),
    ]);
    if (renewed === true) goodUntil = began + leaseMs * (1 - LEASE_MARGIN);
    if (renewed === false || deps.clock.monotonicMs() >= goodUntil) {
      deps.log.warn('lease.gone', { mailboxId: lease.mailboxId, epoch: lease.epoch });
      stop.abort();
    }
  }
}
