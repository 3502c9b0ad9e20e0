import { schedule } from 'node-cron';
import { forgetLinks } from '../accounts/link-store.ts';
import type { Db } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { createWake } from '../lib/wake.ts';
import { forgetOld } from '../retention/forget.ts';

/** Looked at so often; what is swept once is not swept again before the next day. */
const TIMETABLE = '7,27,47 * * * *';
const AT_LATEST_MS = 3_600_000;
/** A link to set a password that works no more tells nobody anything; for as long its mail may be asked about. */
const DEAD_LINKS_KEPT_MS = 30 * 86_400_000;
const MAX_FORGOTTEN_LINKS = 10_000;

/** Deletes what is kept no longer, until the signal aborts. */
export async function runRetention(
  deps: { readonly db: Db; readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  const wake = createWake();
  const timetable = schedule(TIMETABLE, () => wake.ring(), { timezone: 'UTC' });
  try {
    for (;;) {
      await wake.wait(AT_LATEST_MS, signal);
      if (signal.aborted) return;
      // The next look goes on where this one stopped.
      const before = new Date(deps.clock.now().getTime() - DEAD_LINKS_KEPT_MS);
      await forgetOld(deps, signal)
        .then(() => forgetLinks(deps.db, before, MAX_FORGOTTEN_LINKS))
        .catch((error: unknown) => deps.log.error('retention.failed', { err: error }));
    }
  } finally {
    await timetable.destroy();
  }
}
