import type { Db } from '../../src/db/client.ts';

/** Everything that a desk remembers the time of happened so much earlier: nobody sleeps for a clock that is not ours. */
export async function passMinutes(db: Db, minutes: number): Promise<void> {
  await db.sql`update budgets set updated_at = updated_at - ${minutes} * interval '1 minute'`;
  await db.sql`update mail_rhythms set last_at = last_at - ${minutes} * interval '1 minute'`;
  await db.sql`
    update notifications set created_at = created_at - ${minutes} * interval '1 minute',
      next_attempt_at = next_attempt_at - ${minutes} * interval '1 minute'`;
  await db.sql`
    update inbound_messages set received_at = received_at - ${minutes} * interval '1 minute',
      internal_date = internal_date - ${minutes} * interval '1 minute'`;
}
