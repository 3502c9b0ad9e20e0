import type { Queryable } from '../db/client.ts';
import type { ContactId, TicketId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Mute } from './mutes.ts';

/**
 * What these people and addresses asked not to hear of these tickets, and of all that are not theirs. A mute of a
 * merged contact is that of whoever stands for them; that of an address which has become a contact's, the contact's;
 * that of a merged ticket holds for the one it became part of.
 *
 * @param contactIds who they are: where two contacts are merged, the one who stands for both
 * @returns in no order; at most one for each ticket asked for, and one more, of each row of theirs
 */
export async function findMutes(
  db: Queryable,
  ticketIds: readonly TicketId[],
  contactIds: readonly ContactId[],
  addresses: readonly EmailAddress[],
): Promise<readonly Mute[]> {
  if (contactIds.length === 0 && addresses.length === 0) return [];
  const people = [...contactIds];
  return db.sql<Mute[]>`
    with theirs as (
      select id, coalesce(merged_into_id, id) as person from contacts
      where id = any(${people}::bigint[]) or merged_into_id = any(${people}::bigint[])
    ), found as (
      select t.person as contact_id, null::text as address, m.ticket_id
      from theirs t join mutes m on m.contact_id = t.id
      union
      select t.person, null, m.ticket_id
      from theirs t join contact_addresses a on a.contact_id = t.id join mutes m on m.address = a.address
      union
      select null, address, ticket_id from mutes where address = any(${[...addresses]}::text[])
    )
    select contact_id as "contactId", address, null::bigint as "ticketId" from found where ticket_id is null
    union all
    select f.contact_id, f.address, asked.id
    from found f join tickets k on k.id = f.ticket_id
    join unnest(${[...ticketIds]}::bigint[]) as asked(id) on asked.id in (k.id, k.merged_into_id)`;
}
