import type { Queryable } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';

const LONGEST_SECONDS = 900;
/** A pause that ends further ahead was written by a clock that was wrong, and is none. The minute is for slow statements. */
const FURTHEST_SECONDS = LONGEST_SECONDS + 60;
/** Trouble that ended so long ago has been forgotten. */
const REMEMBERED_SECONDS = 900;

/** Whether nothing is claimed now for the route of the pause `p`. */
export const isPaused = (db: Queryable) => db.sql`
  (p.until > now() and p.until < now() + ${FURTHEST_SECONDS} * interval '1 second')`;

/** Whether the trouble of the pause `p` lasts, or ended a moment ago. */
export const isTroubled = (db: Queryable) => db.sql`
  (p.until > now() - ${REMEMBERED_SECONDS} * interval '1 second' and p.until < now() + ${FURTHEST_SECONDS} * interval '1 second')`;

/** The mailbox's server is in trouble: nothing is claimed for it before the pause is over. Longer each time, to 15 min. */
export async function pauseRoute(db: Queryable, mailboxId: MailboxId, reason: string): Promise<void> {
  await db.sql`
    insert into route_pauses as p (mailbox_id, until, failures, reason)
    values (${mailboxId}, now() + interval '5 seconds', 1, ${reason})
    on conflict (mailbox_id) do update set
      -- Trouble that several connections see at once is one trouble.
      failures = case when ${isPaused(db)} then p.failures when ${isTroubled(db)} then p.failures + 1 else 1 end,
      until = case when ${isPaused(db)} then p.until
        when ${isTroubled(db)} then now() + least(${LONGEST_SECONDS}, 5 * 2 ^ least(p.failures, 10)) * interval '1 second'
        else now() + interval '5 seconds' end,
      reason = excluded.reason`;
}

/** Its server takes mail again. */
export async function clearRoutePause(db: Queryable, mailboxId: MailboxId): Promise<void> {
  await db.sql`delete from route_pauses where mailbox_id = ${mailboxId}`;
}
