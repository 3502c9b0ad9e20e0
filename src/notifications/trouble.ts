import type { Db } from '../db/client.ts';
import { inTransaction } from '../db/client.ts';
import type { ToldTrouble } from '../db/schema/notifications.ts';
import type { Keys } from '../lib/crypto.ts';
import { takeBudget } from './budget-store.ts';
import { MAIL_KINDS } from './mail-kinds.ts';
import type { Raised } from './raise.ts';
import { raiseEvents } from './raise.ts';
import type { Told } from './trouble-store.ts';
import { countUntold, markTold, passOverStaffsMail } from './trouble-store.ts';

/** RELIABILITY SM1: so long a mail may take before operators hear of it. */
const DELAYED_AFTER_HOURS = 4;

/** Of one trouble of one route an alarm in so long: what comes meanwhile is counted in the next. */
export const ALARM_EVERY_SECONDS = 900;

const EVENT_OF = { delayed: 'delivery_delayed', failed: 'delivery_failed' } as const satisfies Record<
  ToldTrouble,
  Raised['kind']
>;

/** Mail that customers read. Of the trouble of other mail nothing is raised: an alarm that fails must not raise another. */
const TO_CUSTOMERS: readonly string[] = Object.entries(MAIL_KINDS).flatMap(([kind, { audience }]) =>
  audience === 'customers' ? [kind] : [],
);

/**
 * Operators hear of mail to customers that has not gone for hours, and of what failed for good or came back: once of
 * each mail. Many that have the same trouble on one route are one alarm, which names the first and counts the others.
 * Any number of workers may sweep at once.
 *
 * @returns how many alarms were raised
 */
export async function sweepTroubles(db: Db, keys: Keys): Promise<number> {
  return inTransaction(db, async (tx) => {
    await passOverStaffsMail(tx, TO_CUSTOMERS);
    const found = await countUntold(tx, TO_CUSTOMERS, DELAYED_AFTER_HOURS);
    if (found.length === 0) return 0;
    // The bucket's row is locked until the transaction ends: a second worker finds it empty.
    const grants = await takeBudget(
      tx,
      found.map((one) => ({
        scope: 'trouble_alarm',
        key: bucketOf(one),
        wanted: 1,
        limit: 1,
        windowSeconds: ALARM_EVERY_SECONDS,
      })),
    );
    const due = found.filter((one) => (grants.get(bucketOf(one))?.granted ?? 0) > 0);
    const told: Told[] = [];
    for (const one of due) told.push(...(await markTold(tx, one, TO_CUSTOMERS, DELAYED_AFTER_HOURS)));
    await raiseEvents(
      tx,
      keys,
      told.map(({ trouble, first, count }) => ({
        kind: EVENT_OF[trouble],
        payload: { notificationId: first, others: count - 1 },
      })),
    );
    return told.length;
  });
}

const bucketOf = ({ mailboxId, trouble }: Pick<Told, 'mailboxId' | 'trouble'>): string => `${mailboxId} ${trouble}`;
