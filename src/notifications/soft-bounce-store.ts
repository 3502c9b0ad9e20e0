import { DELETED_CONTACT } from '../contacts/model.ts';
import type { Tx } from '../db/client.ts';
import type { NotificationId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import type { EmailAddress } from '../mail/address.ts';
import { rateLimitKey } from '../mail/address.ts';
import { takeBudget } from './budget-store.ts';
import { isSoft, SOFT_BOUNCES, softBounced } from './suppression.ts';

/** These addresses had a soft bounce each; whichever has had too many of late is mailed no more. */
export async function countSoftBounces(
  tx: Tx,
  bounces: readonly { readonly to: EmailAddress; readonly said: string }[],
): Promise<void> {
  const counted = Map.groupBy(
    bounces.filter(({ said }) => isSoft(said)),
    ({ to }) => rateLimitKey(to),
  );
  if (counted.size === 0) return;
  const { scope, limit, windowSeconds } = SOFT_BOUNCES;
  const grants = await takeBudget(
    tx,
    [...counted].map(([key, { length: wanted }]) => ({ scope, key, wanted, limit, windowSeconds })),
  );
  const over = [...counted].flatMap(([key, own]) =>
    (grants.get(key)?.granted ?? 0) < own.length
      ? own.slice(-1).map(({ to, said }) => ({ address: to, reason: softBounced(said) }))
      : [],
  );
  if (over.length === 0) return;
  await tx.sql`
    insert into suppressions (address, reason)
    select r.address, r.reason from json_to_recordset(${records(tx, over)}) as r(address text, reason text)
    on conflict (address) do nothing`;
}

/**
 * Mail that has just come to nothing because of its recipient's mailbox, by the server's own words in the dialogue. The
 * first end of a mail is its one bounce, however often it was tried before, and is again.
 */
export async function countRefusedMail(
  tx: Tx,
  refused: readonly { readonly id: NotificationId; readonly said: string }[],
): Promise<void> {
  if (refused.length === 0) return;
  const bounces = await tx.sql<{ to: EmailAddress; said: string }[]>`
    select n.recipient as to, r.said from json_to_recordset(${records(tx, refused)}) as r(id bigint, said text)
    join notifications n on n.id = r.id and n.recipient <> ${DELETED_CONTACT}
    where (select count(*) from deliveries d where d.notification_id = n.id and d.outcome in ('failed', 'bounced')) = 1
    order by n.id`;
  await countSoftBounces(tx, bounces);
}
