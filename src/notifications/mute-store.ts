import { primaryAddress } from '../contacts/person-store.ts';
import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, TicketId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import type { MuteSource } from '../db/schema/mutes.ts';
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

/** Somebody who is to be told less from now on: a contact's row, else an address. */
export interface NewMute {
  readonly contactId: ContactId | null;
  /** Looked at only where there is no contact; of one that is a contact's by now, the contact is meant. */
  readonly address: EmailAddress | null;
  readonly ticketId: TicketId | null;
  readonly source: MuteSource;
}

/**
 * Enters what is not there yet; asked twice, or by two at once, is asked once.
 *
 * @returns how many were not there
 */
export async function insertMutes(tx: Tx, mutes: readonly NewMute[]): Promise<number> {
  if (mutes.length === 0) return 0;
  const rows = await tx.sql`
    insert into mutes (contact_id, address, ticket_id, source)
    select w.id, case when w.id is null then r.address end, r."ticketId", r.source
    from json_to_recordset(${records(tx, mutes)}) as r("contactId" bigint, address text, "ticketId" bigint, source text)
    left join contact_addresses a on r."contactId" is null and a.address = r.address
    left join contacts w on w.id = coalesce(r."contactId", a.contact_id)
    where w.status is distinct from 'deleted' on conflict do nothing`;
  return rows.count;
}

/** They are told again, by whichever row of theirs or address they had asked not to be. @returns how many rows that were */
export async function deleteMutes(
  tx: Tx,
  { contactId, address }: Pick<Mute, 'contactId' | 'address'>,
  ticketId: TicketId | null,
): Promise<number> {
  const rows = await tx.sql`
    with theirs as (
      select id from contacts where id = ${contactId} or merged_into_id = ${contactId}
    )
    delete from mutes m
    where (m.contact_id in (select id from theirs) or m.address = ${address}
        or m.address in (select a.address from contact_addresses a where a.contact_id in (select id from theirs)))
      and case when ${ticketId}::bigint is null then m.ticket_id is null
        else m.ticket_id in (select id from tickets where id = ${ticketId} or merged_into_id = ${ticketId}) end`;
  return rows.count;
}

/** A mute as operators see it. */
export interface MuteRow extends Mute {
  readonly name: string;
  /** Where they read mail; null: nowhere any more. */
  readonly readsAt: EmailAddress | null;
  /** null: of every ticket but their own. */
  readonly ticketNumber: number | null;
  readonly source: MuteSource;
  readonly at: Date;
}

/** The newest mutes, at most 1,000: all, those that hold for a ticket, or those of a person or an address. */
export async function listMutes(
  db: Queryable,
  of: { readonly ticketId: TicketId | null } & Pick<Mute, 'contactId' | 'address'>,
): Promise<readonly MuteRow[]> {
  return db.sql<MuteRow[]>`
    select c.id as "contactId", case when c.id is null then m.address end as address,
      coalesce(trim(c.first_name || ' ' || c.last_name), '') as name,
      coalesce(p.address, case when c.id is null then m.address end) as "readsAt", t.id as "ticketId",
      t.number as "ticketNumber", m.source, m.created_at as at
    from mutes m
    left join contact_addresses w on w.address = m.address
    left join contacts o on o.id = coalesce(m.contact_id, w.contact_id)
    left join contacts c on c.id = coalesce(o.merged_into_id, o.id)
    left join lateral (${primaryAddress(db)}) p on true
    left join tickets k on k.id = m.ticket_id
    left join tickets t on t.id = coalesce(k.merged_into_id, k.id)
    where (${of.ticketId}::bigint is null or t.id = ${of.ticketId})
      and (${of.contactId}::bigint is null or c.id = ${of.contactId})
      and (${of.address}::text is null or (c.id is null and m.address = ${of.address}))
    order by m.id desc limit 1000`;
}
