import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { drizzle } from 'drizzle-orm/postgres-js';
import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { backoffMs } from '../lib/abort.ts';

/** The tagged template of postgres.js, with its helpers. `timestamptz` is a Date, `bigint` a number, `bytea` a Buffer. */
export type Sql = postgres.ISql;
export type TransactionSql = postgres.TransactionSql;
/** Drizzle without relations: builders and `execute`. Its `transaction` is refused: `inTransaction` is the one way. */
export type Orm = PostgresJsDatabase;

/** One pool with two views on it: raw SQL for the hot paths, drizzle elsewhere. Unusable inside a transaction of its own. */
export interface Db {
  readonly sql: Sql;
  readonly orm: Orm;
  readonly url: string;
  /** Waits up to 5 s for what runs, then cuts. */
  close(): Promise<void>;
}

/** The same two views inside one transaction; dead once it has ended. */
export interface Tx {
  readonly sql: TransactionSql;
  readonly orm: Orm;
}

/** What a store function takes when it does not matter whether a transaction is open. */
export type Queryable = Db | Tx;

export interface DbOptions {
  readonly url: string;
  readonly maxConnections: number;
  readonly applicationName: string;
  /** 10 s when absent; 0 for no limit. */
  readonly statementTimeoutMs?: number;
}

interface RunningTransaction {
  readonly db: Db;
  isRunning: boolean;
}

const STATEMENT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 5_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_S = 10;
const CLOSE_TIMEOUT_S = 5;
const MAX_TRANSACTION_RETRIES = 5;

const pools = new WeakMap<Db, postgres.Sql>();
const runningTransaction = new AsyncLocalStorage<RunningTransaction>();

/** Opens a pool. Connects at the first statement, and again whenever connections were lost. */
export function openDb(options: DbOptions): Db {
  const pool = postgres(options.url, poolOptions(options));
  const refuseInTransaction = () => {
    const running = runningTransaction.getStore();
    if (running?.isRunning === true && running.db === db)
      throw new Error(
        'the pool was used inside a transaction of its own: use the Tx, or it waits for itself when the pool is full',
      );
  };
  const sql = new Proxy(pool, {
    apply: (target, self, args) => (refuseInTransaction(), Reflect.apply(target, self, args)),
    get: (target, key) => (refuseInTransaction(), Reflect.get(target, key)),
  });
  const orm = ormOver(pool, (...args) => sql.unsafe(...args));
  const db: Db = { sql, orm, url: options.url, close: () => pool.end({ timeout: CLOSE_TIMEOUT_S }) };
  pools.set(db, pool);
  return db;
}

/**
 * Runs `run` in a READ COMMITTED transaction and commits, or rolls back what threw. All of `run` is repeated, up to
 * 5 times, after a deadlock or a serialization failure. A lost connection rejects: the commit may have happened.
 */
export async function inTransaction<T>(db: Db, run: (tx: Tx) => Promise<T>): Promise<T> {
  const pool = pools.get(db);
  if (pool === undefined) throw new Error('inTransaction: not a Db of openDb');
  const outer = runningTransaction.getStore();
  if (outer?.isRunning === true && outer.db === db) throw new Error('a transaction was begun inside a transaction');
  for (let retries = 0; ; retries++) {
    const running: RunningTransaction = { db, isRunning: true };
    try {
      const done = await runningTransaction.run(running, () =>
        pool.begin(async (sql) => ({ value: await run(txOver(pool, sql)) })),
      );
      return done.value;
    } catch (error) {
      const state = sqlState(error);
      if (retries >= MAX_TRANSACTION_RETRIES || (state !== '40001' && state !== '40P01')) throw error;
    } finally {
      running.isRunning = false;
    }
    await wait(backoffMs(retries, 10, 250));
  }
}

/** Runs `run` inside the transaction; what it throws takes back what it did, and no more. */
export async function inSavepoint<T>(tx: Tx, run: (tx: Tx) => Promise<T>): Promise<T> {
  const done = await tx.sql.savepoint(async (sql) => ({ value: await run({ sql, orm: tx.orm }) }));
  return done.value;
}

/**
 * A cursor is one statement to PostgreSQL, however long whoever reads it takes over a piece: for a full pipe, or somebody
 * who leafs through it. Longer than this nobody keeps the rows of the past from being cleared away.
 */
const SNAPSHOT_TIMEOUT = '1h';

/** Runs `run` on the database as it is at one moment, whatever others write meanwhile; `run` writes nothing. */
export async function inSnapshot<T>(db: Db, run: (tx: Tx) => Promise<T>): Promise<T> {
  const pool = pools.get(db);
  if (pool === undefined) throw new Error('inSnapshot: not a Db of openDb');
  const done = await pool.begin('isolation level repeatable read read only', async (sql) => {
    await sql`
      select set_config('statement_timeout', ${SNAPSHOT_TIMEOUT}, true),
        set_config('idle_in_transaction_session_timeout', ${SNAPSHOT_TIMEOUT}, true)`;
    return { value: await run(txOver(pool, sql)) };
  });
  return done.value;
}

/**
 * Listens on a connection of its own until the signal aborts; listens again by itself after a lost connection.
 * Resolves when it first listens (a server that is down is waited for), or when the signal aborts before that.
 *
 * @param onNotify called with the payload; with null after a gap, in which notifications were lost
 */
export function listen(
  db: Db,
  channel: string,
  onNotify: (payload: string | null) => void,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const client = postgres(db.url, poolOptions({ url: db.url, maxConnections: 1, applicationName: 'deskbell listen' }));
  return new Promise((resolve) => {
    let hasListened = false;
    const onListening = () => {
      if (hasListened && !signal.aborted) onNotify(null);
      hasListened = true;
      resolve();
    };
    const onPayload = (payload: string) => {
      if (!signal.aborted) onNotify(payload);
    };
    signal.addEventListener('abort', () => void client.end({ timeout: 0 }).then(resolve), { once: true });
    // A refusal is only the first of its attempts: it connects again, with backoff, and then calls onListening.
    client.listen(channel, onPayload, onListening).catch(() => {});
  });
}

/** The SQLSTATE of an error or of one of its causes; null when PostgreSQL did not say it. */
export function sqlState(error: unknown): string | null {
  return findCode(error, (code) => /^(?!E)[0-9A-Z]{5}$/.test(code));
}

/**
 * Was the connection at fault, not the statement? Then the same may succeed later; a commit under way may have happened.
 * A pool that we closed ourselves is no such trouble: it stays closed.
 */
export function isConnectionTrouble(error: unknown): boolean {
  return findCode(error, (code) => CONNECTION_TROUBLE.test(code)) !== null;
}

/** postgres.js' own, the network's, PostgreSQL's: 57P0x stopping or starting, 08 connection, 53300 too many, 25P03 idle too long. */
const CONNECTION_TROUBLE =
  /^(CONNECTION_(CLOSED|DESTROYED)|CONNECT_TIMEOUT|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|57P0[1235]|08\w{3}|53300|25P03)$/;

/**
 * Is the database unable to serve anybody just now: gone, full, read-only, or at odds with itself? Then it is not the
 * fault of what was asked, and the same succeeds later. RELIABILITY PG1 to PG5.
 */
export function isDatabaseTrouble(error: unknown): boolean {
  return isConnectionTrouble(error) || findCode(error, (code) => DATABASE_TROUBLE.test(code)) !== null;
}

/** 53 resources, 58 the system below, 55P03 a lock not had, 25006 a standby, 40 deadlocks after their retries. */
const DATABASE_TROUBLE = /^(53\w{3}|58\w{3}|55P03|25006|40001|40P01)$/;

function findCode(error: unknown, isIt: (code: string) => boolean): string | null {
  let current = error;
  for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth++) {
    if ('code' in current && typeof current.code === 'string' && isIt(current.code)) return current.code;
    current = 'cause' in current ? current.cause : null;
  }
  return null;
}

function txOver(pool: postgres.Sql, sql: TransactionSql): Tx {
  let orm: Orm | null = null;
  // Built when asked for: the hot paths speak SQL only.
  return { sql, get orm() { return (orm ??= ormOver(pool, sql.unsafe)); } }; // prettier-ignore
}

/** Drizzle rewrites the type parsers of the client it is given, so it is given a face with parsers of its own. */
function ormOver(pool: postgres.Sql, unsafe: postgres.Sql['unsafe']): Orm {
  const face: Readonly<Record<string | symbol, unknown>> = { options: { parsers: {}, serializers: {} }, unsafe };
  return drizzle({
    client: new Proxy(pool, {
      get: (_, key) => {
        if (key in face || typeof key === 'symbol') return face[key];
        throw new Error(`drizzle asked for ${key} of the client: transactions are begun by inTransaction`);
      },
    }),
  });
}

function poolOptions(options: DbOptions) {
  return {
    max: options.maxConnections,
    connect_timeout: CONNECT_TIMEOUT_S,
    backoff: (retries: number) => Math.min(0.05 * 2 ** retries, 1),
    onnotice: () => {},
    types: TYPES,
    connection: {
      application_name: options.applicationName,
      statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    },
  };
}

/** PostgreSQL's text has no NUL and no half of a surrogate pair; what other machines say has both. */
const TYPES = {
  bigint: { to: 20, from: [20], parse: Number, serialize: String },
  text: { to: 25, from: [25], parse: String, serialize: (value: unknown) => String(value).replaceAll('\0', '') },
  json: { to: 114, from: [114, 3802], parse: (text: string): unknown => JSON.parse(text), serialize: storableJson },
};

/** JSON as PostgreSQL takes it. Half a surrogate pair is the only one that JSON.stringify escapes (ECMA-262 25.5.2.3). */
function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (!text.includes('\\u')) return text;
  return text.replace(
    /(\\\\)|\\u(0000|d[89a-f][\da-f]{2})/gi,
    (escape, backslash: string | undefined, code: string | undefined) =>
      backslash !== undefined ? escape : code === '0000' ? '' : '\\ufffd',
  );
}
