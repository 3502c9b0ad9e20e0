import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, CustomerId, GroupId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import { primaryAddress } from './person-store.ts';

/** A named set of people and addresses. */
export interface GroupRow {
  readonly id: GroupId;
  readonly name: string;
  /** null: for the tickets of every customer. */
  readonly customerId: CustomerId | null;
  readonly customer: string | null;
  readonly memberCount: number;
  readonly ticketCount: number;
}

const groupRows = (db: Queryable) => db.sql`
  select g.id, g.name, g.customer_id as "customerId", u.name as customer,
    (select count(*)::int from group_contacts m where m.group_id = g.id)
      + (select count(*)::int from group_addresses m where m.group_id = g.id) as "memberCount",
    (select count(*)::int from ticket_groups t where t.group_id = g.id) as "ticketCount"
  from notification_groups g left join customers u on u.id = g.customer_id`;

/** Groups by name, at most 1,000; of one customer and for all customers when one is given. */
export async function listGroups(db: Queryable, customerId: CustomerId | null): Promise<readonly GroupRow[]> {
  return db.sql<GroupRow[]>`
    ${groupRows(db)}
    where ${customerId}::bigint is null or g.customer_id is null or g.customer_id = ${customerId}
    order by lower(g.name), g.id limit 1000`;
}

/** The group of that number, or all that have the name: at most one of each customer, the first 100. */
export async function findGroups(db: Queryable, asked: number | string): Promise<readonly GroupRow[]> {
  return typeof asked === 'number'
    ? db.sql<GroupRow[]>`${groupRows(db)} where g.id = ${asked}`
    : db.sql<GroupRow[]>`${groupRows(db)} where lower(g.name) = lower(${asked}) order by g.id limit 100`;
}

/** A new group; null when the customer, or all of them, have one of that name. */
export async function insertGroup(tx: Tx, name: string, customerId: CustomerId | null): Promise<GroupId | null> {
  const [row] = await tx.sql<{ id: GroupId }[]>`
    insert into notification_groups (name, customer_id) values (${name}, ${customerId})
    on conflict do nothing returning id`;
  return row?.id ?? null;
}

/** The group has this name from now on; false when another one of its customer has it. */
export async function renameGroup(tx: Tx, group: GroupRow, name: string): Promise<boolean> {
  // A collision of names must not end the transaction, so nobody else names a group meanwhile.
  await tx.sql`lock table notification_groups in share row exclusive mode`;
  const rows = await tx.sql`
    update notification_groups g set name = ${name} where g.id = ${group.id} and not exists (
      select 1 from notification_groups o
      where o.id <> g.id and lower(o.name) = lower(${name}) and coalesce(o.customer_id, 0) = coalesce(g.customer_id, 0))`;
  return rows.count > 0;
}

/** The group stays as it is until the transaction ends; false: it is gone. */
export async function lockGroup(tx: Tx, id: GroupId): Promise<boolean> {
  return (await tx.sql`select 1 from notification_groups where id = ${id} for update`).count > 0;
}

/** The group is gone, and on no ticket any more. */
export async function deleteGroup(tx: Tx, id: GroupId): Promise<void> {
  await tx.sql`delete from ticket_groups where group_id = ${id}`;
  await tx.sql`delete from notification_groups where id = ${id}`;
}

/** Somebody in a group. */
export interface GroupMember {
  /** Who they are; null: an address of nobody we know. */
  readonly contactId: ContactId | null;
  /** By whose row they are in it: another only while they are merged. */
  readonly ownerId: ContactId | null;
  readonly name: string;
  /** Where they get mail; null: nowhere any more. */
  readonly address: EmailAddress | null;
  /** As it was typed, of a member who is an address; it may have become a contact's since. */
  readonly typed: EmailAddress | null;
}

/** Who is in the group: people by their number, then addresses; at most 1,000. */
export async function listGroupMembers(db: Queryable, id: GroupId): Promise<readonly GroupMember[]> {
  return db.sql<GroupMember[]>`
    select c.id as "contactId", o.id as "ownerId", coalesce(trim(c.first_name || ' ' || c.last_name), '') as name,
      coalesce(a.address, m.typed) as address, m.typed
    from (
      select contact_id, null::text as typed from group_contacts where group_id = ${id}
      union all
      select a.contact_id, g.address from group_addresses g left join contact_addresses a on a.address = g.address
      where g.group_id = ${id}
    ) m
    left join contacts o on o.id = m.contact_id
    left join contacts c on c.id = coalesce(o.merged_into_id, o.id)
    left join lateral (${primaryAddress(db)}) a on true
    order by m.typed nulls first, o.id limit 1000`;
}

export async function insertGroupMembers(
  tx: Tx,
  id: GroupId,
  contactIds: readonly ContactId[],
  addresses: readonly EmailAddress[],
): Promise<void> {
  await tx.sql`
    insert into group_contacts (group_id, contact_id) select ${id}, unnest(${[...contactIds]}::bigint[])
    on conflict do nothing`;
  await tx.sql`
    insert into group_addresses (group_id, address) select ${id}, unnest(${[...addresses]}::text[])
    on conflict do nothing`;
}

export async function deleteGroupMembers(
  tx: Tx,
  id: GroupId,
  contactIds: readonly ContactId[],
  addresses: readonly EmailAddress[],
): Promise<void> {
  await tx.sql`delete from group_contacts where group_id = ${id} and contact_id = any(${[...contactIds]}::bigint[])`;
  await tx.sql`delete from group_addresses where group_id = ${id} and address = any(${[...addresses]}::text[])`;
}
