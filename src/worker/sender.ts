import { setTimeout as wait } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import { listen } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';
import { backoffMs, sleep } from '../lib/abort.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Log } from '../lib/log.ts';
import { createWake } from '../lib/wake.ts';
import { providerMessageId } from '../mail/provider-id.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import type { Deliverer, Route } from '../notifications/deliver.ts';
import type { SmtpRoute } from '../notifications/transport-model.ts';
import { smtpAccount } from '../notifications/smtp-account.ts';
import { OUTBOX_CHANNEL } from '../notifications/store.ts';
import { unsubscribeHeaders } from '../notifications/unsubscribe.ts';
import { openSmtpRoute } from '../notifications/transport.ts';
import { replyAddress } from '../tickets/thread-token.ts';

export interface SenderDeps {
  readonly db: Db;
  readonly keys: Keys;
  readonly log: Log;
  readonly deliverer: Deliverer;
  /** Where the desk's pages are; null: nowhere that its customers reach. */
  readonly publicUrl: string | null;
  /** The mailboxes as last read; the sender follows changes. */
  readonly mailboxes: () => readonly Mailbox[];
  /** How many mails a minute each may send, as last read; 0: no limit. */
  readonly limits: () => ReadonlyMap<MailboxId, number>;
}

/** Messages claimed for one route at a time: enough to keep its connections busy, few enough to give back quickly. */
const MAX_IN_FLIGHT = 32;
const MAX_CONNECTIONS = 4;
/** NOTIFY wakes the sender at once; this is for the notification that was lost, and for what falls due. */
const POLL_MS = 2_000;
/** Of the 20 s that a stop may take: for what is on its way, and for each step of cutting it off. */
const STOP_MS = 8_000;
const CUT_MS = 4_000;

interface OpenRoute extends Omit<Route, 'smtp'> {
  /** null: it cannot be used as it is. */
  readonly smtp: SmtpRoute | null;
  /** Of what the route is made of: another value is another route. */
  readonly fingerprint: string;
  inFlight: number;
}

/** Sends what is due for every mailbox until the signal aborts; then lets what is on its way finish. */
export async function runSender(deps: SenderDeps, signal: AbortSignal): Promise<void> {
  const { db, log, deliverer } = deps;
  const routes = new Map<MailboxId, OpenRoute>();
  const wake = createWake();
  const underWay = new Set<Promise<void>>();
  void listen(db, OUTBOX_CHANNEL, () => wake.ring(), signal);

  for (let failures = 0; !signal.aborted;) {
    try {
      refreshRoutes(deps, routes);
      const free = new Map(
        [...routes.values()]
          .flatMap(({ smtp, ...route }) => (smtp === null ? [] : [{ ...route, smtp }]))
          .map((route) => ({
            route,
            room: MAX_IN_FLIGHT - route.inFlight,
            perMinute: deps.limits().get(route.mailboxId) ?? 0,
          }))
          // Half a load at a time: claiming one by one would cost a statement each.
          .filter(({ room }) => room >= MAX_IN_FLIGHT / 2)
          .map((one) => [one.route.mailboxId, one]),
      );
      const sending = free.size === 0 ? [] : await deliverer.deliverDue(free, signal);
      failures = 0;
      for (const { mailboxId, done } of sending) {
        const route = routes.get(mailboxId);
        if (route !== undefined) route.inFlight += 1;
        const ended = done
          .catch((error: unknown) => log.error('notification.failed', { err: error }))
          .finally(() => {
            underWay.delete(ended);
            if (route !== undefined) route.inFlight -= 1;
            if (route === undefined || route.inFlight === MAX_IN_FLIGHT / 2 || route.inFlight === 0) wake.ring();
          });
        underWay.add(ended);
      }
      const isMoreLikely = [...free].some(
        ([id, { room }]) => sending.filter((one) => one.mailboxId === id).length >= room,
      );
      if (!isMoreLikely) await wake.wait(POLL_MS, signal);
    } catch (error) {
      if (signal.aborted) break;
      log.error('sender.failed', { err: error });
      await sleep(100 + backoffMs(failures, 200, 5_000), signal);
      failures += 1;
    }
  }
  await settledWithin(underWay, STOP_MS);
  // Cut now: what is in its content becomes uncertain, and that has to be written down.
  const closing = [...routes.values()].flatMap(({ smtp }) => (smtp === null ? [] : [smtp.close()]));
  await settledWithin(closing, CUT_MS);
  await settledWithin(underWay, CUT_MS);
}

const settledWithin = (work: Iterable<Promise<void>>, ms: number) =>
  Promise.race([Promise.allSettled(work), wait(ms, undefined, { ref: false })]);

function refreshRoutes({ keys, log, mailboxes, publicUrl }: SenderDeps, routes: Map<MailboxId, OpenRoute>): void {
  const current = mailboxes();
  for (const mailbox of current) {
    const fingerprint = JSON.stringify([
      mailbox.smtp,
      mailbox.smtpSecret?.toString('base64'),
      mailbox.displayName,
      mailbox.hasPlusAddresses,
    ]);
    const open = routes.get(mailbox.id);
    if (open?.fingerprint === fingerprint) continue;
    void open?.smtp?.close();
    const { id: mailboxId, address, displayName, hasPlusAddresses } = mailbox;
    const replyTo = (messageId: string) => (hasPlusAddresses ? replyAddress(keys, address, messageId) : null);
    const unsubscribe = (messageId: string) =>
      unsubscribeHeaders(keys, messageId, replyTo(messageId) ?? address, publicUrl);
    const smtp = openRoute(keys, mailbox, log);
    const aliasOf = (reply: string) => providerMessageId(mailbox.smtp.host, reply);
    const ways = { replyTo, unsubscribe, aliasOf };
    routes.set(mailboxId, { mailboxId, address, displayName, ...ways, smtp, fingerprint, inFlight: 0 });
  }
  for (const [mailboxId, { smtp }] of routes) {
    if (current.some(({ id }) => id === mailboxId)) continue;
    routes.delete(mailboxId);
    void smtp?.close();
  }
}

/** A mailbox whose secret does not open keeps its mail waiting, and nobody else's. */
function openRoute(keys: Keys, mailbox: Mailbox, log: Log): SmtpRoute | null {
  try {
    return openSmtpRoute(smtpAccount(keys, mailbox), { maxConnections: MAX_CONNECTIONS });
  } catch (error) {
    log.error('route.unusable', { mailboxId: mailbox.id, err: error });
    return null;
  }
}
