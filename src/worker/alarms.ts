import type { Db, Queryable } from '../db/client.ts';
import { inTransaction, isConnectionTrouble } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';
import { isOverdue } from '../inbound/held.ts';
import { sleep } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Log } from '../lib/log.ts';
import { bodyText } from '../mail/compose.ts';
import { takeBudget } from '../notifications/budget-store.ts';
import { raiseEvents } from '../notifications/raise.ts';
import type { Settings } from '../settings/resolve.ts';
import { resolveToggle, settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { alarmKey, endAlarms, listSickMailboxes, listTold, listWaitingMail, takeAlarm } from './alarm-store.ts';
import type { SickMailbox, WaitingMail } from './alarm-store.ts';

export interface AlarmDeps {
  readonly db: Db;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Log;
}

const EVERY_MS = 60_000;
/** As long as mail waits, once in that time. */
const HELD_AGAIN_SECONDS = 86_400;
const MAX_PROBLEM = 1500;

/** Looks every minute whether somebody should hear that something is wrong, until the signal aborts. */
export async function runAlarms(deps: AlarmDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(EVERY_MS, signal);
    if (signal.aborted) return;
    await raiseAlarms(deps).catch((error: unknown) => deps.log.error('alarms.failed', { err: error }));
  }
}

/**
 * Raises what is wrong now and has not been told: mail that waits too long for a person, once a day a mailbox; a mailbox
 * that is not read, or whose mail does not go, once for each trouble. A row that only one of several workers gets says
 * that it is told, in the transaction of the event. What fails at one mailbox is logged, and the others are looked at.
 */
export async function raiseAlarms(deps: AlarmDeps): Promise<void> {
  const { db, clock, log } = deps;
  const settings = settingsOf(await loadSettings(db, [], []));
  const now = clock.now();
  for (const waiting of await listWaitingMail(db)) {
    await apart(log, waiting.mailboxId, async () => {
      if (isOverdue(waiting.mailboxId, waiting.oldestAt, settings, now)) await tellWaiting(deps, waiting);
    });
  }
  await endAlarms(db);
  for (const sick of await listSickMailboxes(db)) {
    await apart(log, sick.mailboxId, async () => {
      if (isTooLong(sick, settings, now)) await tellSick(deps, sick);
    });
  }
}

/** A database that is away is everybody's trouble, and ends the round. */
async function apart(log: Log, mailboxId: MailboxId, look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (isConnectionTrouble(error)) throw error;
    log.error('alarm.failed', { mailboxId, err: error });
  }
}

async function tellWaiting({ db, keys, log }: AlarmDeps, { mailboxId, waiting, oldestAt }: WaitingMail): Promise<void> {
  const payload = { mailboxId, waiting, oldestAt: oldestAt.toISOString() };
  const isTold = await inTransaction(db, async (tx) => {
    const key = String(mailboxId);
    const once = { scope: 'held_alarm', key, wanted: 1, limit: 1, windowSeconds: HELD_AGAIN_SECONDS };
    if (((await takeBudget(tx, [once])).get(key)?.granted ?? 0) === 0) return false;
    await raiseEvents(tx, keys, [{ kind: 'held_mail_waits', payload }]);
    return true;
  });
  if (isTold) log.warn('alarm.held_mail', { mailboxId, waiting });
}

async function tellSick({ db, keys, log }: AlarmDeps, sick: SickMailbox): Promise<void> {
  const { mailboxId, part, since } = sick;
  const payload = { mailboxId, problem: problemOf(sick), since: since.toISOString() };
  const isTold = await inTransaction(db, async (tx) => {
    if (!(await takeAlarm(tx, mailboxId, part))) return false;
    await raiseEvents(tx, keys, [{ kind: 'mailbox_unhealthy', payload }]);
    return true;
  });
  if (isTold) log.warn('alarm.mailbox', { mailboxId, part });
}

/** What is broken of mailboxes, and has been told. */
export async function listAlarms(
  db: Queryable,
): Promise<readonly { readonly mailboxId: MailboxId; readonly problem: string; readonly since: Date }[]> {
  const told = await listTold(db);
  const sick = told.size === 0 ? [] : await listSickMailboxes(db);
  return sick
    .filter(({ mailboxId, part }) => told.has(alarmKey(mailboxId, part)))
    .map((one) => ({ mailboxId: one.mailboxId, problem: problemOf(one), since: one.since }));
}

/** Whether it has been so for longer than its mailbox says; 0 says never. */
function isTooLong({ mailboxId, since }: SickMailbox, settings: Settings, now: Date): boolean {
  const scope = { mailboxId, customerId: null, contactId: null };
  const minutes = Number(resolveToggle(settings, 'mailbox_alarm_minutes', scope).value);
  return minutes > 0 && now.getTime() - since.getTime() > minutes * 60_000;
}

/** One sentence and the server's words, without the addresses of those whom it refused: events name nobody. */
export function problemOf({ part, reason, address }: Pick<SickMailbox, 'part' | 'reason' | 'address'>): string {
  const words = bodyText(reason ?? '')
    .replace(ADDRESS, (one) => (one.toLowerCase() === address ? one : '(an address)'))
    .slice(0, MAX_PROBLEM)
    .trim();
  const first = part === 'reading' ? 'Its mail is not read' : 'Its mail server takes no mail';
  if (reason === null) return `${first}: no worker reads it.`;
  return words === '' ? `${first}: there is no connection to the server.` : `${first}. ${words}`;
}

const ADDRESS = /[^\s<>()"',;:]{1,64}@[^\s<>()"',;:]{1,253}/g;
