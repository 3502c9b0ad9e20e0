import { Worker } from 'node:worker_threads';
import { bytesOf, chunksOf, LARGE_BYTES, pack } from './parse-chunks.ts';
import type { ParseReply, ParseWorkerData } from './parse-worker.ts';
import type { ParsedMessage } from './parsed-message.ts';

/** Why a message could not be parsed: it took too long, too much memory, or killed its thread otherwise. */
export interface ParseFailure {
  readonly failed: 'timeout' | 'memory' | 'crashed';
}

export interface ParsePoolOptions {
  readonly threads?: number;
  /** For each message by itself. */
  readonly deadlineMs?: number;
  /** How long work waits behind a chunk before another thread starts. */
  readonly helpAfterMs?: number;
  /** Of each thread; buffers lie outside (DESIGN 5.10). */
  readonly heapMb?: number;
}

export interface ParsePool {
  /**
   * Parses messages off the main thread. The answer has one row for each message, in the order given. The buffers stay
   * the caller's, but for a large one with `mayTakeLarge`: it may be detached, and is empty then. Rejects when the signal aborts, the pool is closed or a thread cannot be started.
   */
  readonly parse: (
    batch: readonly Buffer[],
    signal: AbortSignal,
    mayTakeLarge?: boolean,
  ) => Promise<readonly (ParsedMessage | ParseFailure)[]>;
  readonly close: () => Promise<void>;
}

/** One thread keeps up with everything but mail that is slow to read; another costs half a second of CPU, and 60 MB. */
const HELP_AFTER_MS = 1_000;
/** A helper that had nothing to do for so long goes. */
const HELPER_IDLE_MS = 30_000;
/** Fewer messages than these are not worth a second thread. */
const MIN_CHUNK_MESSAGES = 8;
/** A process that was stopped and goes on finds every deadline passed: the thread gets this long to prove itself. */
const GRACE_MS = 500;
/** What a mail leaves behind dies young: a small nursery frees its buffers early, and keeps 60 MB for each thread from being taken. */
const YOUNG_MB = 12;
const START_DEADLINE_MS = 60_000;
const NOT_BEGUN = -1n;
const NS_PER_MS = 1_000_000n;

interface Chunk {
  readonly messages: readonly Buffer[];
  /** Of all of them; a message that was handed over has no length any more. */
  readonly bytes: number;
  readonly mayTakeLarge: boolean;
  readonly signal: AbortSignal;
  readonly done: (results: readonly (ParsedMessage | ParseFailure)[]) => void;
  readonly broken: (error: unknown) => void;
  /** By index; a message with a failure is left out when the chunk runs again. */
  readonly failures: Map<number, ParseFailure>;
}

interface Thread {
  readonly worker: Worker;
  readonly counters: BigInt64Array;
  /** When it was last given a chunk, or had done one. */
  changedAt: number;
  running: { readonly chunk: Chunk; readonly indexes: readonly number[]; timer: NodeJS.Timeout } | null;
}

/** Threads that parse mail under a time and a memory limit. They start with the first work and hold no process open. */
export function createParsePool(options: ParsePoolOptions = {}): ParsePool {
  const { threads = 2, deadlineMs = 5_000, helpAfterMs = HELP_AFTER_MS, heapMb = 256 } = options;
  const queue: Chunk[] = [];
  const pool = new Set<Thread>();
  let isClosed = false;
  let look: NodeJS.Timeout | undefined;
  let retiring: NodeJS.Timeout | undefined;

  const startThread = (): Thread => {
    const progress = new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT);
    const workerData: ParseWorkerData = { progress };
    const worker = new Worker(new URL('./parse-worker.ts', import.meta.url), {
      workerData,
      name: 'parse',
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_MB },
    });
    const thread: Thread = { worker, counters: new BigInt64Array(progress), changedAt: 0, running: null };
    worker.on('message', (reply: ParseReply) => finish(thread, reply));
    worker.on('error', (error) => lose(thread, isOutOfMemory(error) ? 'memory' : 'crashed', error));
    worker.on('exit', (code) => lose(thread, 'crashed', new Error(`parse thread ended with code ${code}`)));
    worker.unref();
    pool.add(thread);
    return thread;
  };

  const dispatch = (): void => {
    while (queue.length > 0 && !isClosed) {
      const idle = [...pool].find((thread) => thread.running === null);
      if (idle === undefined && !mayStart()) return;
      const isLargeRunning = [...pool].some(({ running }) => running !== null && isLarge(running.chunk));
      const next = queue.findIndex((chunk) => !isLargeRunning || !isLarge(chunk));
      if (next === -1) return;
      const [chunk] = queue.splice(next, 1);
      if (chunk !== undefined && !chunk.signal.aborted) run(idle ?? startThread(), chunk);
    }
  };

  /** Whether another thread may start now; where it is only too early, it is asked again in time. */
  const mayStart = (): boolean => {
    if (pool.size === 0) return true;
    if (pool.size >= threads) return false;
    const leftMs = helpAfterMs - Math.min(...[...pool].map(({ changedAt }) => performance.now() - changedAt));
    if (leftMs <= 0) return true;
    clearTimeout(look);
    look = setTimeout(dispatch, leftMs);
    return false;
  };

  const retireHelpers = (): void => {
    retiring = undefined;
    for (const thread of pool) {
      if (pool.size === 1 || thread.running !== null) continue;
      if (performance.now() - thread.changedAt >= HELPER_IDLE_MS && pool.delete(thread)) void thread.worker.terminate();
    }
  };

  const run = (thread: Thread, chunk: Chunk): void => {
    thread.changedAt = performance.now();
    const indexes = [...chunk.messages.keys()].filter((index) => !chunk.failures.has(index));
    Atomics.store(thread.counters, 1, process.hrtime.bigint());
    Atomics.store(thread.counters, 0, NOT_BEGUN);
    thread.running = { chunk, indexes, timer: setTimeout(() => watch(thread, null), deadlineMs) };
    thread.worker.ref();
    const request = pack(
      indexes.flatMap((index) => chunk.messages[index] ?? []),
      chunk.mayTakeLarge,
    );
    thread.worker.postMessage(request, [request.packed]);
  };

  /** @param suspected the index that was found over its time at the last look */
  const watch = (thread: Thread, suspected: bigint | null): void => {
    const { running } = thread;
    if (running === null) return;
    const index = Atomics.load(thread.counters, 0);
    const elapsedMs = Number((process.hrtime.bigint() - Atomics.load(thread.counters, 1)) / NS_PER_MS);
    const leftMs = (index === NOT_BEGUN ? START_DEADLINE_MS : deadlineMs) - elapsedMs;
    if (leftMs <= 0 && suspected === index) return lose(thread, 'timeout', new Error('parse thread did not start'));
    const isSuspect = leftMs <= 0;
    running.timer = setTimeout(() => watch(thread, isSuspect ? index : null), isSuspect ? GRACE_MS : leftMs);
  };

  const finish = (thread: Thread, { parsed }: ParseReply): void => {
    const { running } = thread;
    if (running === null) return;
    release(thread);
    thread.changedAt = performance.now();
    if (pool.size > 1) retiring ??= setTimeout(retireHelpers, HELPER_IDLE_MS).unref();
    // What a large message took of its thread's memory comes back only with its end.
    if (isLarge(running.chunk) && pool.delete(thread)) void thread.worker.terminate();
    const byIndex = new Map<number, ParsedMessage | ParseFailure>(running.chunk.failures);
    for (const [place, message] of parsed.entries()) byIndex.set(running.indexes[place] ?? -1, message);
    running.chunk.done(
      running.chunk.messages.map(
        (_, index): ParsedMessage | ParseFailure => byIndex.get(index) ?? { failed: 'crashed' },
      ),
    );
    dispatch();
  };

  /** A dead thread is replaced when there is work; its chunk runs again, first, without the message that killed it. */
  const lose = (thread: Thread, failed: ParseFailure['failed'], error: unknown): void => {
    if (!pool.delete(thread)) return;
    const { running } = thread;
    release(thread);
    void thread.worker.terminate();
    if (running !== null) {
      const { chunk, indexes } = running;
      const place = Number(Atomics.load(thread.counters, 0));
      const guilty = indexes[place];
      if (place === Number(NOT_BEGUN)) chunk.broken(error);
      else {
        // Behind the last message it died of handing over the results: then each is tried, and may fail, by itself.
        if (guilty !== undefined) chunk.failures.set(guilty, { failed });
        if (guilty === undefined && chunk.messages.length > 1) queue.unshift(...singly(chunk));
        else if (guilty === undefined) chunk.done([{ failed }]);
        else if (chunk.failures.size < chunk.messages.length) queue.unshift(chunk);
        else chunk.done(chunk.messages.map((_, index) => chunk.failures.get(index) ?? { failed }));
      }
    }
    dispatch();
  };

  const close = async (): Promise<void> => {
    isClosed = true;
    clearTimeout(look);
    clearTimeout(retiring);
    const error = new Error('the parse pool is closed');
    for (const chunk of queue.splice(0)) chunk.broken(error);
    await Promise.all(
      [...pool].map(async (thread) => {
        pool.delete(thread);
        thread.running?.chunk.broken(error);
        release(thread);
        await thread.worker.terminate();
      }),
    );
  };

  const parse = async (
    batch: readonly Buffer[],
    signal: AbortSignal,
    mayTakeLarge = false,
  ): Promise<readonly (ParsedMessage | ParseFailure)[]> => {
    signal.throwIfAborted();
    if (isClosed) throw new Error('the parse pool is closed');
    const parts = chunksOf(batch, Math.max(MIN_CHUNK_MESSAGES, Math.ceil(batch.length / threads)));
    const results = parts.map((messages) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly (ParsedMessage | ParseFailure)[]>();
      queue.push({
        messages,
        bytes: bytesOf(messages),
        signal,
        mayTakeLarge,
        done: resolve,
        broken: reject,
        failures: new Map(),
      });
      return promise;
    });
    dispatch();
    return (await unlessAborted(Promise.all(results), signal)).flat();
  };

  return { parse, close };
}

function release(thread: Thread): void {
  clearTimeout(thread.running?.timer);
  thread.running = null;
  thread.worker.unref();
}

const isLarge = ({ bytes }: Chunk): boolean => bytes > LARGE_BYTES;

/** The messages of a chunk as chunks of their own that settle it together. */
function singly(chunk: Chunk): readonly Chunk[] {
  const parts = chunk.messages.map((message, index) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly (ParsedMessage | ParseFailure)[]>();
    const failure = chunk.failures.get(index);
    if (failure !== undefined) resolve([failure]);
    const part: Chunk = {
      ...chunk,
      messages: [message],
      bytes: message.length,
      failures: new Map(),
      done: resolve,
      broken: reject,
    };
    return { part, promise, isOpen: failure === undefined };
  });
  Promise.all(parts.map((part) => part.promise)).then((results) => chunk.done(results.flat()), chunk.broken);
  return parts.filter((part) => part.isOpen).map(({ part }) => part);
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
