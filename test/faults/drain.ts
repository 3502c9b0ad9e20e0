import { sleep } from '../../src/lib/abort.ts';
import { NOTIFICATION_RULES } from '../../src/notifications/rules.ts';
import type { Rig } from './rig.ts';
import { letTimePass } from './weather.ts';

interface Restless {
  readonly taken: number;
  readonly waiting: number;
  readonly sending: number;
  readonly deferred: number;
  readonly resting: number;
  readonly folded: number;
  readonly untold: number;
}

/** Mail that goes out once more by itself when its fate is unknown (RELIABILITY D8). */
const SENT_AGAIN = NOTIFICATION_RULES.flatMap(({ kind, resendsWhenUncertain }) =>
  resendsWhenUncertain > 0 ? [kind] : [],
);
const LOOK_MS = 500;
const TELL_EVERY_MS = 5_000;
/** Longer than a silent server may go unnoticed (RELIABILITY IM3: 120 s), and the wait before it is asked again. */
const MAX_STANDSTILL_MS = 150_000;

/**
 * Waits until everything delivered is understood and everything owed is sent, refused or uncertain for good.
 *
 * @returns what had not come to rest when nothing moved any more; nothing when all had
 */
export async function comeToRest(
  rig: Rig,
  delivered: number,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly string[]> {
  let before = '';
  let movedAt = performance.now();
  let toldAt = movedAt;
  for (;;) {
    signal.throwIfAborted();
    // What the server put off is due in a minute or five; the campaign does not wait for that.
    await rig.db.sql`update notifications set next_attempt_at = now() where state = 'deferred'`;
    await rig.db.sql`delete from route_pauses`;
    await letTimePass(rig);
    const restless = await countRestless(rig);
    const { taken, waiting, sending, deferred, resting, folded, untold } = restless;
    if (taken === delivered && waiting + sending + deferred + resting + folded + untold === 0) return [];
    const now = performance.now();
    const line = `${taken} of ${delivered} mails taken, ${waiting} wait to be understood, ${sending} to be sent, ${deferred} put off, ${resting} uncertain for now, ${folded} to be told together, ${untold} failures to be told of`;
    if (line !== before) movedAt = now;
    before = line;
    if (now - movedAt > MAX_STANDSTILL_MS) return [`nothing has moved for ${MAX_STANDSTILL_MS / 1000} s: ${line}`];
    if (now - toldAt > TELL_EVERY_MS) {
      say(line);
      toldAt = now;
    }
    await sleep(LOOK_MS, signal);
  }
}

async function countRestless({ db }: Rig): Promise<Restless> {
  const [row] = await db.sql<Restless[]>`
    select (select count(*)::int from inbound_messages) as taken,
      (select count(*)::int from inbound_messages where status = 'received') as waiting,
      count(*) filter (where state in ('queued', 'sending', 'submitting'))::int as sending,
      count(*) filter (where state = 'deferred')::int as deferred,
      count(*) filter (where state = 'uncertain' and kind = any(${SENT_AGAIN}::text[]) and resends = 0)::int as resting,
      count(*) filter (where state = 'folded' and folded_into is null)::int as folded,
      count(*) filter (where state in ('failed', 'bounced') and told_trouble is distinct from 'failed')::int as untold
    from notifications`;
  if (row === undefined) throw new Error('a count without an answer');
  return row;
}
