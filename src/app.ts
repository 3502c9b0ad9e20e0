import type { Timing } from './config.ts';
import type { Db } from './db/client.ts';
import { openDb } from './db/client.ts';
import type { Checkpoint } from './lib/checkpoint.ts';
import { noCheckpoint } from './lib/checkpoint.ts';
import { systemClock } from './lib/clock.ts';
import type { Keys } from './lib/crypto.ts';
import { deriveKeys } from './lib/crypto.ts';
import type { Log } from './lib/log.ts';
import { dnsTxtResolver } from './inbound/resolver.ts';
import type { TxtResolver } from './mail/dkim.ts';
import { cachedTxtResolver } from './mail/txt-cache.ts';
import type { WorkerMetrics } from './worker/metrics.ts';
import { createMetrics } from './worker/metrics.ts';
import { runWorker } from './worker/worker.ts';

/** One process of a desk: a database, keys, and a worker that may be run. */
export interface App {
  readonly db: Db;
  readonly keys: Keys;
  readonly metrics: WorkerMetrics;
  /**
   * Reads and sends until the signal aborts; ends within 20 s of that.
   *
   * @param publicUrl where the desk's customers reach its pages; null: nowhere
   */
  runWorker(signal: AbortSignal, publicUrl: string | null): Promise<void>;
  close(): Promise<void>;
}

export interface AppOptions {
  readonly databaseUrl: string;
  /** 32 bytes. */
  readonly masterKey: Buffer;
  readonly log: Log;
  readonly workerName: string;
  readonly timing: Timing;
  /** The crash campaign's; the product has none. */
  readonly checkpoint?: Checkpoint;
  /** Who is asked for the keys of DKIM signatures: the system's DNS unless given. */
  readonly resolver?: TxtResolver;
}

/** At most this many connections a process, with one more for leases and one that listens (RELIABILITY G7: 16). */
const MAX_CONNECTIONS = 10;

/** Constructs the parts of a process. Connects to nothing yet. */
export function createApp(options: AppOptions): App {
  const {
    databaseUrl: url,
    log,
    workerName: name,
    timing,
    checkpoint = noCheckpoint,
    resolver = cachedTxtResolver(dnsTxtResolver(), systemClock),
  } = options;
  const db = openDb({ url, maxConnections: MAX_CONNECTIONS, applicationName: `deskbell ${name}` });
  const leaseDb = openDb({ url, maxConnections: 1, applicationName: `deskbell leases ${name}` });
  const keys = deriveKeys(options.masterKey);
  const metrics = createMetrics(db);
  return {
    db,
    keys,
    metrics,
    runWorker: (signal, publicUrl) =>
      runWorker(
        { db, leaseDb, keys, log, clock: systemClock, checkpoint, name, timing, metrics, resolver, publicUrl },
        signal,
      ),
    close: async () => {
      await Promise.all([db.close(), leaseDb.close()]);
    },
  };
}
