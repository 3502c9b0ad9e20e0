import type { Queryable, Tx } from '../db/client.ts';
import { records } from '../db/records.ts';
import type { Rhythm } from './rhythm.ts';

/** How mail of these addresses has come of late; none for those it is not known of. */
export async function findRhythms(db: Queryable, addressKeys: readonly string[]): Promise<Map<string, Rhythm>> {
  if (addressKeys.length === 0) return new Map();
  const rows = await db.sql<({ addressKey: string } & Rhythm)[]>`
    select address_key as "addressKey", rounds, last_at as "lastAt" from mail_rhythms
    where address_key = any(${[...addressKeys]}::text[])`;
  return new Map(rows.map(({ addressKey, rounds, lastAt }) => [addressKey, { rounds, lastAt }]));
}

/** These rhythms are known from now on, and those without a round are known no more; rows are taken in order of their addresses. */
export async function putRhythms(tx: Tx, rhythms: ReadonlyMap<string, Rhythm>): Promise<void> {
  if (rhythms.size === 0) return;
  const rows = [...rhythms]
    .map(([addressKey, { rounds, lastAt }]) => ({ addressKey, rounds, lastAt }))
    .toSorted((a, b) => (a.addressKey < b.addressKey ? -1 : 1));
  const quiet = rows.filter(({ rounds }) => rounds === 0).map(({ addressKey }) => addressKey);
  if (quiet.length > 0) await tx.sql`delete from mail_rhythms where address_key = any(${quiet}::text[])`;
  const beating = rows.filter(({ rounds }) => rounds > 0);
  if (beating.length === 0) return;
  await tx.sql`
    insert into mail_rhythms (address_key, rounds, last_at)
    select r."addressKey", r.rounds, r."lastAt"
    from json_to_recordset(${records(tx, beating)}) as r("addressKey" text, rounds int, "lastAt" timestamptz)
    on conflict (address_key) do update set rounds = excluded.rounds, last_at = excluded.last_at`;
}
