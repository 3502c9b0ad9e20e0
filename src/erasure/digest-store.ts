import { DELETED_CONTACT } from '../contacts/model.ts';
import type { Tx } from '../db/client.ts';
import type { NotificationId } from '../db/ids.ts';
import type { Erasure } from './model.ts';

/**
 * Digests to others that tell of several tickets, some of them theirs, do not name them any more; where what they wrote
 * goes too, nothing of what such a digest quotes stays. A digest of one ticket is mail about that ticket.
 *
 * @returns those that were changed: their bytes are to go
 */
export async function eraseMentionsInDigests(
  tx: Tx,
  { terms, ticketIds }: Erasure,
  withMessages: boolean,
): Promise<readonly NotificationId[]> {
  const rows = await tx.sql<{ id: NotificationId }[]>`
    with telling as (
      select distinct folded_into as id from notifications
      where ticket_id = any(${[...ticketIds]}::bigint[]) and folded_into is not null
    ), changed as (
      select g.id, g.view as before, regexp_replace(regexp_replace(
        case when ${withMessages} and g.view ? 'items' then jsonb_set(g.view, '{items}', (
          select coalesce(jsonb_agg(item || '{"text": null, "subject": null}'::jsonb order by place), '[]')
          from jsonb_array_elements(g.view -> 'items') with ordinality as i(item, place)))
        else g.view end::text,
        ${terms.addresses}, ${DELETED_CONTACT}, 'gi'), ${terms.names}, ${DELETED_CONTACT}, 'gi')::jsonb as after
      from notifications g join telling t on t.id = g.id
    )
    update notifications n set view = c.after from changed c where n.id = c.id and c.after is distinct from c.before
    returning n.id`;
  return rows.map(({ id }) => id);
}
