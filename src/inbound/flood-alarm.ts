import type { Tx } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';
import type { Keys } from '../lib/crypto.ts';
import { takeBudget } from '../notifications/budget-store.ts';
import { raiseEvents } from '../notifications/raise.ts';
import type { BatchPlan } from './batch-plan.ts';

/** Of one sender operators hear once in so long. */
const ALARM_SECONDS = 3600;

/** Tells operators of senders whose mail is held because there is too much of it: of each once an hour. */
export async function raiseFloods(
  tx: Tx,
  keys: Keys,
  mailboxId: MailboxId,
  floods: BatchPlan['floods'],
): Promise<void> {
  if (floods.size === 0) return;
  const requests = [...floods.keys()].map((key) => ({
    scope: `flood_alarm:${mailboxId}`,
    key,
    wanted: 1,
    limit: 1,
    windowSeconds: ALARM_SECONDS,
    refills: 'at_once' as const,
  }));
  const granted = await takeBudget(tx, requests);
  const raised = [...floods].flatMap(([key, { inboundId, limit }]) =>
    (granted.get(key)?.granted ?? 0) === 0
      ? []
      : [{ kind: 'flood_began' as const, inboundId, payload: { mailboxId, inboundId, limit } }],
  );
  await raiseEvents(tx, keys, raised);
}
