import { setTimeout as wait } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import { listen } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';
import { backoffMs, sleep } from '../lib/abort.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Log } from '../lib/log.ts';
import { createWake } from '../lib/wake.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import type { Deliverer, Route } from '../notifications/deliver.ts';
import { smtpAccount } from '../notifications/smtp-account.ts';
import { OUTBOX_CHANNEL } from '../notifications/store.ts';
import { openSmtpRoute } from '../notifications/transport.ts';

export interface SenderDeps {
  readonly db: Db;
  readonly keys: Keys;
  readonly log: Log;
  readonly deliverer: Deliverer;
  /** The mailboxes as last read; the sender follows changes. */
  readonly mailboxes: () => readonly Mailbox[];
}

/** Messages claimed for one route at a time: enough to keep its connections busy, few enough to give back quickly. */
const MAX_IN_FLIGHT = 24;
const MAX_CONNECTIONS = 4;
/** NOTIFY wakes the sender at once; this is for the notification that was lost, and for what falls due. */
const POLL_MS = 1_000;
/** Of the 20 s that a stop may take. */
const STOP_MS = 12_000;

interface OpenRoute extends Route {
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
          .map((route) => ({ route, room: MAX_IN_FLIGHT - route.inFlight }))
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
  await Promise.race([Promise.allSettled(underWay), wait(STOP_MS)]);
  await Promise.allSettled([...routes.values()].map(({ smtp }) => smtp.close()));
}

function refreshRoutes({ keys, log, mailboxes }: SenderDeps, routes: Map<MailboxId, OpenRoute>): void {
  const current = mailboxes();
  for (const mailbox of current) {
    const fingerprint = JSON.stringify([mailbox.smtp, mailbox.smtpSecret?.toString('base64'), mailbox.displayName]);
    const open = routes.get(mailbox.id);
    if (open?.fingerprint === fingerprint) continue;
    void open?.smtp.close();
    const smtp = openSmtpRoute(smtpAccount(keys, mailbox), { maxConnections: MAX_CONNECTIONS });
    const { id: mailboxId, address, displayName } = mailbox;
    routes.set(mailboxId, { mailboxId, address, displayName, smtp, fingerprint, inFlight: 0 });
    log.debug('route.opened', { mailboxId });
  }
  for (const [mailboxId, { smtp }] of routes) {
    if (current.some(({ id }) => id === mailboxId)) continue;
    routes.delete(mailboxId);
    void smtp.close();
  }
}
