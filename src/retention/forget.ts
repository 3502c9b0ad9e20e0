import { insertAudit } from '../access/store.ts';
import type { Db, Queryable } from '../db/client.ts';
import { inTransaction } from '../db/client.ts';
import { sleep } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { resolveToggle, settingsOf } from '../settings/resolve.ts';
import type { ToggleChoice } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import type { ToggleId } from '../settings/toggles.ts';
import type { MailboxId } from '../db/ids.ts';
import type { RetentionKind } from './kinds.ts';
import { RETENTION } from './kinds.ts';
import type { Sweep } from './sweep-store.ts';
import { lockSweep, putSweep } from './sweep-store.ts';

/** A sweep is begun again after so long, that is once a day at the same hour. */
const SWEEP_EVERY_MS = 20 * 3_600_000;
/** Between two pages everybody else comes first. */
const PAUSE_MS = 100;
const DAY_MS = 86_400_000;

/**
 * Deletes what is kept no longer, kind by kind, page by page, each in a transaction of its own: it stops when the signal
 * aborts, and goes on where it was, here or in another worker; never two at once at the same kind (FEATURES W-01).
 */
export async function forgetOld(
  { db, clock, log }: { readonly db: Db; readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  for (const kind of RETENTION) {
    while (!signal.aborted) {
      const choice = (await retentionChoices(db))(kind.toggle);
      const done = await forgetPage(db, kind, choice, clock.now());
      if (done === 'not_due' || done === 'busy') break;
      if (done.forgotten > 0) log.info('retention.forgotten', { kind: kind.id, count: done.forgotten });
      if (done.isEnd) break;
      await sleep(PAUSE_MS, signal);
    }
  }
}

/** How many days a kind is kept, and who chose so; 0: for ever. */
export async function retentionChoices(db: Queryable): Promise<(toggle: ToggleId) => ToggleChoice> {
  const settings = settingsOf(await loadSettings(db, [], []));
  return (toggle) => resolveToggle(settings, toggle, { mailboxId: 0 as MailboxId, customerId: null, contactId: null });
}

/** Of what is kept so many days, everything before this moment goes. */
export const cutoff = (days: number, now: Date): Date => new Date(now.getTime() - days * DAY_MS);

async function forgetPage(db: Db, kind: RetentionKind, choice: ToggleChoice, now: Date) {
  const days = Number(choice.value);
  if (days === 0) return 'not_due';
  return inTransaction(db, async (tx) => {
    const sweep = await lockSweep(tx, kind.id);
    if (sweep === null) return 'busy';
    if (!isDue(sweep, choice, now)) return 'not_due';
    const page = await kind.forget(tx, sweep.throughId, cutoff(days, now), now);
    const forgotten = sweep.forgotten + page.forgotten;
    if (!page.isEnd) {
      await putSweep(tx, kind.id, { ...sweep, throughId: page.throughId, forgotten });
      return page;
    }
    await putSweep(tx, kind.id, { throughId: 0, forgotten: 0, sweptAt: now });
    if (forgotten > 0) {
      await insertAudit(tx, {
        actor: 'system:retention',
        tokenId: null,
        operation: 'retention.forget',
        input: { kind: kind.id, [kind.toggle]: days, deleted: forgotten },
        outcome: 'done',
        changes: null,
      });
    }
    return page;
  });
}

/** It has begun already, or it is time again, or somebody has chosen other days since. */
const isDue = ({ throughId, sweptAt }: Sweep, { setAt }: ToggleChoice, now: Date): boolean =>
  throughId > 0 ||
  sweptAt === null ||
  now.getTime() - sweptAt.getTime() >= SWEEP_EVERY_MS ||
  (setAt !== null && setAt > sweptAt);
