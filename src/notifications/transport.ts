import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { onAbort, openSmtpConnection, SMTP_TIMEOUTS } from './smtp-client.ts';
import type { SmtpTimeouts } from './smtp-client.ts';
import type { SmtpRefused } from './smtp-refusal.ts';
import { refusedByStopping, refusedWithoutReply } from './smtp-refusal.ts';
import { reset, submit } from './smtp-session.ts';
import type { SendOutcome, SmtpAccount, SmtpRoute } from './transport-model.ts';

export interface SmtpRouteOptions {
  /** Messages on their way at the same time, and connections in all; the others wait in the order they came. */
  readonly maxConnections?: number;
  readonly timeouts?: SmtpTimeouts;
}

interface Idle {
  readonly connection: SMTPConnection;
  /** Takes it out of the pool. */
  readonly remove: () => void;
}

const QUIT_MS = 1_000;
/** RELIABILITY SM4: connections that are left where the server says there are too many, for as long as the route lives. */
const NARROW = 2;

/** A few connections to one SMTP server, opened when there is mail and closed when there has been none for a while. */
export function openSmtpRoute(account: SmtpAccount, options: SmtpRouteOptions = {}): SmtpRoute {
  const { maxConnections = 4, timeouts = SMTP_TIMEOUTS } = options;
  const slots = createSlots(maxConnections);
  const closing = new AbortController();
  const busy = new Set<SMTPConnection>();
  let idle: Idle[] = [];

  function takeIdle(): SMTPConnection | null {
    const latest = idle.at(-1);
    latest?.remove();
    return latest?.connection ?? null;
  }

  function keepIdle(connection: SMTPConnection): void {
    if (connection.destroyed) return;
    if (closing.signal.aborted) return quit(connection);
    const remove = () => {
      clearTimeout(timer);
      connection.off('end', remove);
      idle = idle.filter((other) => other.connection !== connection);
    };
    const timer = setTimeout(() => {
      remove();
      quit(connection);
    }, timeouts.idleMs);
    connection.once('end', remove);
    idle.push({ connection, remove });
  }

  async function use<T>(connection: SMTPConnection, work: () => Promise<T>): Promise<T> {
    busy.add(connection);
    try {
      return await work();
    } finally {
      busy.delete(connection);
      keepIdle(connection);
    }
  }

  return {
    async send(mail, beforeContent, signal) {
      const signals = [signal, closing.signal];
      if (!(await slots.take(signals))) return refusedByStopping('connect');
      try {
        const pooled = takeIdle();
        if (pooled !== null) {
          const first = await use(pooled, () => submit(pooled, mail, beforeContent, timeouts, signals));
          if (!first.isStale) return first.outcome;
        }
        const opened = await openSmtpConnection(account, timeouts, signals);
        if (!opened.ok) {
          if (saysTooMany(opened.error)) slots.narrowTo(NARROW);
          return opened.error;
        }
        const fresh = opened.value;
        return (await use(fresh, () => submit(fresh, mail, beforeContent, timeouts, signals))).outcome;
      } finally {
        slots.give();
      }
    },
    underWay: () => slots.taken(),
    async probe(signal) {
      const opened = await openSmtpConnection(account, timeouts, [signal, closing.signal]);
      if (!opened.ok) return opened.error;
      // RSET instead of NOOP: SMTPConnection has no other verb without a meaning, and the server has to answer both.
      const isClear = await reset(opened.value, timeouts.resetMs);
      const reply = opened.value.lastServerResponse;
      quit(opened.value);
      return isClear ? accepted(reply) : refusedWithoutReply('mail', 'the server did not answer RSET');
    },
    async close() {
      closing.abort();
      for (const { connection, remove } of idle) {
        remove();
        quit(connection);
      }
      const cut = setTimeout(() => busy.forEach((connection) => connection.close()), timeouts.closeMs);
      await slots.allGiven();
      clearTimeout(cut);
    },
  };
}

const accepted = (reply: string | false): SendOutcome => ({ is: 'accepted', reply: reply === false ? '' : reply });

/** Says QUIT and leaves; does not wait for a server that has no answer. */
function quit(connection: SMTPConnection): void {
  if (connection.destroyed) return;
  const timer = setTimeout(() => connection.close(), QUIT_MS);
  connection.once('end', () => clearTimeout(timer));
  connection.quit();
}

/** A server that takes no more connections says 421 before it is said anything, or says so in words. */
const saysTooMany = ({ stage, code, enhanced, text }: SmtpRefused): boolean =>
  (stage === 'greeting' && (code === 421 || enhanced === '4.7.0')) ||
  (code !== null && /too many (?:\w+ ){0,3}(?:connections|sessions)|connection limit|concurren/i.test(text));

interface Slots {
  /** Waits for its turn, in order; false when a signal aborts first. */
  take(signals: readonly AbortSignal[]): Promise<boolean>;
  give(): void;
  taken(): number;
  /** From now on no more than so many; those that are taken are given back first. */
  narrowTo(count: number): void;
  allGiven(): Promise<void>;
}

function createSlots(most: number): Slots {
  let limit = most;
  let taken = 0;
  const queue = new Set<() => void>();
  let onAllGiven = () => {};
  return {
    take(signals) {
      if (signals.some(({ aborted }) => aborted)) return Promise.resolve(false);
      if (taken < limit) {
        taken += 1;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const settle = (isTaken: boolean) => {
          queue.delete(turn);
          forget();
          resolve(isTaken);
        };
        const turn = () => settle(true);
        const forget = onAbort(signals, () => settle(false));
        queue.add(turn);
      });
    },
    give() {
      const [next] = queue;
      if (next !== undefined && taken <= limit) return next();
      taken -= 1;
      if (taken === 0) onAllGiven();
    },
    taken: () => taken,
    narrowTo(count) {
      limit = Math.min(limit, count);
    },
    allGiven() {
      if (taken === 0) return Promise.resolve();
      return new Promise((resolve) => {
        onAllGiven = resolve;
      });
    },
  };
}
