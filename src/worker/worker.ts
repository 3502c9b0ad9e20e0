import { randomUUID } from 'node:crypto';
import type { Db } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';
import { backoffMs, sleep } from '../lib/abort.ts';
import type { Checkpoint } from '../lib/checkpoint.ts';
import type { Clock } from '../lib/clock.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Log } from '../lib/log.ts';
import { loadStaff } from '../access/staff.ts';
import { createAuthenticate } from '../inbound/prove.ts';
import type { TxtResolver } from '../mail/dkim.ts';
import { createParsePool } from '../mail/parse-pool.ts';
import { openImap } from '../mailboxes/imap.ts';
import type { Lease } from '../mailboxes/lease-store.ts';
import { findFreeMailboxes, LeaseLost, releaseLease, renewLease, takeLease } from '../mailboxes/lease-store.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import { raiseBreakers } from '../notifications/breaker.ts';
import { createDeliverer } from '../notifications/deliver.ts';
import { tellFolded } from '../notifications/digests.ts';
import { beginWork, endWork, reclaimAbandoned, reportAlive, requeueUncertain } from '../notifications/outbox-store.ts';
import { limitsOf } from '../notifications/route-limit.ts';
import { NOTIFICATION_RULES } from '../notifications/rules.ts';
import { settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { runAlarms } from './alarms.ts';
import { createLiveTemplates } from '../notifications/templates/live.ts';
import { runMailbox } from './mailbox-loop.ts';
import type { WorkerMetrics } from './metrics.ts';
import { runOutboxCare } from './outbox-care.ts';
import { runRetention } from './retention.ts';
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
  /** Where the desk's customers reach its pages; null: nowhere. */
  readonly publicUrl: string | null;
  /** Asked for the keys of DKIM signatures. */
  readonly resolver: TxtResolver;
}

const LOOK_FOR_MAILBOXES_MS = 3_000;
const MAINTENANCE_MS = 5_000;
/** The holder stops by its own clock this long before the lease ends, however the database fares. */
const LEASE_MARGIN = 1 / 6;
const RENEW_AGAIN_MS = 1_000;

/** Another worker of the same name has begun: names are for one after another, not for two at once. */
export class Replaced extends Error {
  constructor(name: string) {
    super(`another worker has started under the name ${name}, so this one has ended`);
  }
}

/** Reads every mailbox it can get the lease of, and sends what is due, until the signal aborts. */
export async function runWorker(deps: WorkerDeps, stopping: AbortSignal): Promise<void> {
  const { db, keys, log, clock, checkpoint, metrics, timing } = deps;
  const instance = randomUUID();
  const replaced = new AbortController();
  const signal = AbortSignal.any([stopping, replaced.signal]);
  const parsePool = createParsePool();
  const running = new Map<MailboxId, RunningMailbox>();
  let mailboxes: readonly Mailbox[] = [];
  let limits: ReadonlyMap<MailboxId, number> = new Map();
  const templates = createLiveTemplates();
  const deliverer = createDeliverer({
    db,
    templates,
    clock,
    log,
    checkpoint,
    instance,
    uncertainWaitMs: timing.uncertainWaitMs,
    keys,
    publicUrl: deps.publicUrl,
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
    freshBudget: { bytesHeld: 0 },
    onAccepted: metrics.onAccepted,
    onDecided: metrics.onDecided,
    loadStaff,
    authenticate: createAuthenticate(deps.resolver),
  };

  const supervise = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted;) {
      try {
        const [found, settings] = [await listMailboxes(db), settingsOf(await loadSettings(db, [], []))];
        // Both at once: the sender is to know of no route whose limit it does not know.
        limits = limitsOf(
          settings,
          found.map(({ id }) => id),
        );
        mailboxes = found;
        stopChanged(running, mailboxes);
        const free = await findFreeMailboxes(db, deps.name);
        for (const mailbox of mailboxes) {
          if (!free.has(mailbox.id) || running.has(mailbox.id)) continue;
          await tryToRun(mailbox).catch((error: unknown) =>
            log.warn('lease.not_taken', { mailboxId: mailbox.id, err: error }),
          );
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
    const resends = NOTIFICATION_RULES.map(({ kind, resendsWhenUncertain }) => ({
      kind,
      resends: resendsWhenUncertain,
    }));
    // Seen three times in the time after which others would take us for dead.
    const everyMs = Math.min(MAINTENANCE_MS, timing.deadWorkerMs / 3);
    let aliveSince = clock.monotonicMs();
    let lastAlive = aliveSince;
    while (!signal.aborted) {
      try {
        if ((await reportAlive(db, instance, deps.name)) === 'replaced') {
          log.error('worker.replaced', { name: deps.name });
          replaced.abort();
          return;
        }
        const now = clock.monotonicMs();
        // After a silence of our own, or of the database, the others may only have been as silent as we were.
        if (now - lastAlive > 3 * everyMs) aliveSince = now;
        lastAlive = now;
        const mayJudge = now - aliveSince >= timing.deadWorkerMs;
        const deadAfterMs = mayJudge ? timing.deadWorkerMs : null;
        await templates.refresh(db, log);
        const { requeued, uncertain } = await reclaimAbandoned(db, deadAfterMs, timing.uncertainWaitMs);
        const again = await requeueUncertain(db, resends);
        if (requeued + uncertain + again > 0) log.warn('outbox.reclaimed', { requeued, uncertain, again });
      } catch (error) {
        log.error('worker.maintenance_failed', { err: error });
      }
      await sleep(everyMs, signal);
    }
  };

  // Not in `maintain`: however many wait to be told, and whoever holds their mail, this worker is seen at work.
  const tell = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const told = await tellFolded(db, keys, log, signal);
        if (told.digests + told.unfolded + told.refused > 0) log.info('outbox.told_together', { ...told });
        if ((await raiseBreakers(db, keys)) > 0) log.warn('breaker.opened', {});
      } catch (error) {
        log.error('worker.telling_failed', { err: error });
      }
      await sleep(MAINTENANCE_MS, signal);
    }
  };

  await beginWork(db, instance, deps.name);
  await templates.refresh(db, log);
  await Promise.all([
    supervise(),
    maintain(),
    tell(),
    runSender(
      { db, keys, log, deliverer, publicUrl: deps.publicUrl, mailboxes: () => mailboxes, limits: () => limits },
      signal,
    ),
    runOutboxCare({ db, keys, log, uncertainWaitMs: timing.uncertainWaitMs, mailboxes: () => mailboxes }, signal),
    runRetention({ db, clock, log }, signal),
    runAlarms({ db, keys, clock, log }, signal),
  ]);
  await Promise.allSettled([...running.values()].map(({ ended }) => ended));
  await parsePool.close();
  await endWork(db, instance).catch(() => {});
  if (replaced.signal.aborted) throw new Replaced(deps.name);
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

/**
 * Renews the lease three times in its life, more often after a failure; stops the mailbox when it is lost, or when its
 * time is up by our own clock, however the database fares.
 */
async function keepLease(deps: WorkerDeps, lease: Lease, stop: AbortController, signal: AbortSignal): Promise<void> {
  const { leaseMs } = deps.timing;
  const { monotonicMs } = deps.clock;
  const lifeMs = leaseMs * (1 - LEASE_MARGIN);
  let goodUntil = monotonicMs() + lifeMs;
  let waitMs = leaseMs / 3;
  while (!signal.aborted) {
    await sleep(Math.min(waitMs, Math.max(0, goodUntil - monotonicMs())), signal);
    if (signal.aborted) return;
    const began = monotonicMs();
    const renewed = await Promise.race([
      renewLease(deps.leaseDb, lease, leaseMs).catch(() => null),
      sleep(Math.max(0, goodUntil - began), signal).then(() => null),
    ]);
    if (renewed === true) goodUntil = began + lifeMs;
    waitMs = renewed === true ? leaseMs / 3 : RENEW_AGAIN_MS;
    if (renewed === false || monotonicMs() >= goodUntil) {
      deps.log.warn('lease.gone', { mailboxId: lease.mailboxId, epoch: lease.epoch });
      stop.abort();
    }
  }
}
