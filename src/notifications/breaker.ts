import type { Db } from '../db/client.ts';
import { inTransaction } from '../db/client.ts';
import type { Keys } from '../lib/crypto.ts';
import { resolveToggle, settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { findToggle } from '../settings/toggles.ts';
import { isAnyTripped, takeBudget, takeTripped } from './budget-store.ts';
import { raiseEvents } from './raise.ts';

/** Operators hear of the same breaker once in so long. */
const ALARM_SECONDS = 3600;

/**
 * Tells operators that a budget of the whole desk is used up (RELIABILITY D13): once an hour for each, however many
 * workers look and however much is refused meanwhile.
 *
 * @returns how many were told of
 */
export async function raiseBreakers(db: Db, keys: Keys): Promise<number> {
  if (!(await isAnyTripped(db))) return 0;
  return inTransaction(db, async (tx) => {
    const tripped = await takeTripped(tx);
    if (tripped.length === 0) return 0;
    const first = new Map(tripped.toReversed().map((one) => [one.toggle, one]));
    const granted = await takeBudget(
      tx,
      [...first.keys()].map((key) => ({
        scope: 'breaker_alarm',
        key,
        wanted: 1,
        limit: 1,
        windowSeconds: ALARM_SECONDS,
        refills: 'at_once' as const,
      })),
    );
    const settings = settingsOf(await loadSettings(tx, [], []));
    const raised = [...first.values()].flatMap(({ toggle: name, mailboxId }) => {
      const toggle = findToggle(name)?.id;
      if (toggle === undefined || (granted.get(name)?.granted ?? 0) === 0) return [];
      const limit = Number(resolveToggle(settings, toggle, { mailboxId, customerId: null, contactId: null }).value);
      return [{ kind: 'breaker_opened' as const, payload: { mailboxId, toggle, limit } }];
    });
    await raiseEvents(tx, keys, raised);
    return raised.length;
  });
}
