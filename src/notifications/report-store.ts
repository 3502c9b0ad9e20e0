import { revokeLinks } from '../accounts/link-store.ts';
import { DELETED_CONTACT } from '../contacts/model.ts';
import type { Tx } from '../db/client.ts';
import type { NotificationId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import type { EmailAddress } from '../mail/address.ts';
import { countSoftBounces } from './soft-bounce-store.ts';
import { STANDS } from './suppression.ts';

/**
 * Mail from these addresses came: those that were said to be dead are mailed again, at once where the sender is proven,
 * else a day after it was said, so that forged mail cannot bring bounce upon bounce. Complaints stand, and what an
 * operator decided.
 *
 * @returns since when those had not been mailed which are again
 */
export async function liftBounces(
  tx: Tx,
  senders: ReadonlyMap<string, { readonly isProven: boolean }>,
): Promise<ReadonlyMap<string, Date>> {
  if (senders.size === 0) return new Map();
  const proven = [...senders].flatMap(([address, { isProven }]) => (isProven ? [address] : []));
  const rows = await tx.sql<{ address: string; since: Date }[]>`
    delete from suppressions where address = any(${[...senders.keys()]}::text[])
      and not exists (select 1 from unnest(${[...STANDS]}::text[]) as begins where starts_with(reason, begins))
      and (address = any(${proven}::text[]) or created_at < now() - interval '1 day')
    returning address, created_at as since`;
  return new Map(rows.map(({ address, since }) => [address, since]));
}

/** What a report says became of a mail. */
export type ReportOutcome = 'bounced' | 'delayed' | 'delivered' | 'read' | 'complained';

/** What somebody lets us know of a mail of ours; `answered`: its recipient wrote back. */
export interface NewsOfMail {
  readonly publicId: string;
  readonly outcome: ReportOutcome | 'answered';
  /** In the words of the report; a bounce's begin with its enhanced status code, if it has one. */
  readonly said: string;
  /** Recipients whose address, it says, takes no mail at all. */
  readonly deadAddresses: readonly string[];
}

/** What a report says of a mail of ours. */
export interface ReportOnMail extends NewsOfMail {
  readonly outcome: ReportOutcome;
}

/** Whoever says one of these has it: a mail whose fate was unknown was sent. */
const ARRIVED: readonly NewsOfMail['outcome'][] = ['delivered', 'read', 'complained', 'answered'];

/**
 * Each report is in the record of its mail from now on, but where its recipient was erased: it names them. One that says
 * it did not arrive changes its state, and so does one from which it is known that an uncertain one did; its recipient
 * is mailed no more if it says so of that very address, after too many soft bounces, or if they complained.
 */
export async function recordReports(tx: Tx, reports: readonly NewsOfMail[]): Promise<void> {
  if (reports.length === 0) return;
  // The first that says a thing of a mail says it: two bounces of one are one, also where it was sent again in between.
  const [row] = await tx.sql<{ revoked: EmailAddress[] | null; soft: { to: EmailAddress; said: string }[] | null }[]>`
    with reported as (
      select n.id, n.recipient, n.state, r.outcome, r.said, r."deadAddresses" ? n.recipient as is_dead
      from json_to_recordset(${records(tx, reports)}) as r("publicId" uuid, "deadAddresses" jsonb, outcome text, said text)
      join notifications n on n.public_id = r."publicId" and n.recipient <> ${DELETED_CONTACT}
    ), noted as (
      insert into deliveries (notification_id, outcome, reply) select id, outcome, said from reported
    ), bounced as (
      update notifications n set state = 'bounced', reason = 'bounced: ' || r.said, secret = null
      from (select distinct on (id) id, said, is_dead from reported where outcome = 'bounced' order by id, is_dead desc) r
      where n.id = r.id and n.state in ('sent', 'uncertain')
      returning n.recipient, n.credential, r.said, r.is_dead, exists (select 1 from deliveries d
        where d.notification_id = n.id and d.outcome in ('failed', 'bounced')) as was_counted
    ), arrived as (
      update notifications n set state = 'sent', reason = null, secret = null, sent_at = coalesce(
        (select max(at) from deliveries d where d.notification_id = n.id and d.outcome = 'uncertain'), now())
      from (select id from reported group by id
        having bool_or(outcome = any(${[...ARRIVED]}::text[])) and not bool_or(outcome = 'bounced')) r
      where n.id = r.id and n.state = 'uncertain'
    ), silenced as (
      insert into suppressions (address, reason)
      select distinct on (recipient) recipient, outcome || ': ' || said from reported where is_dead or outcome = 'complained'
      on conflict (address) do nothing
    )
    select array_agg(distinct recipient) filter (where credential is not null) as revoked,
      json_agg(json_build_object('to', recipient, 'said', said)) filter (where not is_dead and not was_counted) as soft
    from bounced`;
  // Nobody got the link, or somebody else did.
  await revokeLinks(tx, { addresses: row?.revoked ?? [] });
  await countSoftBounces(tx, row?.soft ?? []);
}

/** Uncertain mail that was found where its server files what it took. @returns how many of them were uncertain still */
export async function markFound(tx: Tx, ids: readonly NotificationId[], said: string): Promise<number> {
  const rows = await tx.sql`
    with found as (
      update notifications n set state = 'sent', reason = null, secret = null, sent_at = coalesce(
        (select max(at) from deliveries d where d.notification_id = n.id and d.outcome = 'uncertain'), now())
      where n.id = any(${[...ids]}::bigint[]) and n.state = 'uncertain'
      returning n.id
    )
    insert into deliveries (notification_id, outcome, reply) select id, 'sent', ${said} from found`;
  return rows.count;
}
