import { LIFECYCLE } from '../contacts/model.ts';
import { primaryAddress } from '../contacts/person-store.ts';
import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, CustomerId, GroupId, TicketId } from '../db/ids.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';
import type { ParticipantRole } from '../db/schema/tickets.ts';
import type { AudienceRole } from '../events/audience.ts';
import { TICKET_ROLES } from '../events/audience.ts';
import type { EmailAddress } from '../mail/address.ts';

/** Somebody who is told of a ticket, by one of the ways they come to be. */
export interface AudienceRow {
  readonly role: AudienceRole;
  /** Who they are; null: an address of nobody we know, or an operator. */
  readonly contactId: ContactId | null;
  /** By whose row they take part: another only while they are merged. */
  readonly ownerId: ContactId | null;
  readonly name: string;
  /** Where they get mail. */
  readonly address: EmailAddress;
  /** As it was typed, of somebody who is on the ticket or in the group as an address. */
  readonly typed: EmailAddress | null;
  /** As it is now: a dated deactivation that is over is none. Who is no contact is active. */
  readonly status: ContactStatus;
  readonly isActive: boolean;
  /** The name of the group or team by which they are told. */
  readonly of: string | null;
  /** Their language or their company's; null: neither has one. */
  readonly locale: string | null;
}

/** The same of one of several tickets. */
export interface TicketAudienceRow extends AudienceRow {
  readonly ticketId: TicketId;
}

/** More rows than a ticket's caps let it have. */
const MAX_ROWS = 2000;
/** Of a team, and of a customer. */
const MAX_HOUSE = 100;

/** How somebody's row becomes whoever stands for them, and where they get mail. A deleted contact gets none. */
const asAudience = (db: Queryable) => db.sql`
  c.id as "contactId", o.id as "ownerId", coalesce(trim(c.first_name || ' ' || c.last_name), '') as name,
  coalesce(a.address, m.typed) as address, m.typed, coalesce(c.locale, w.locale) as locale,
  case when c.id is null or c.status = 'deactivated_until' and c.deactivated_until <= now() then 'active'
    else c.status end as status`;

const people = (db: Queryable) => db.sql`
  left join contacts o on o.id = m.contact_id
  left join contacts c on c.id = coalesce(o.merged_into_id, o.id)
  left join customers w on w.id = c.customer_id
  left join lateral (${primaryAddress(db)}) a on true`;

/**
 * Everybody who takes part in a ticket, in the order of TICKET_ROLES, once for each way they do: people with their
 * primary addresses, and addresses. An address that has become a contact's since it was typed is that contact.
 */
export async function listAudiences(
  db: Queryable,
  ticketIds: readonly TicketId[],
): Promise<readonly TicketAudienceRow[]> {
  const ids = [...ticketIds];
  return withActivity(db.sql<Omit<TicketAudienceRow, 'isActive'>[]>`
    select m.ticket_id as "ticketId", m.role, ${asAudience(db)}, m."of"
    from (
      select ticket_id, role, contact_id, null::text as typed, null::text as "of"
      from ticket_participants where ticket_id = any(${ids}::bigint[])
      union all
      select t.ticket_id, 'group', p.contact_id, null, g.name
      from ticket_groups t join notification_groups g on g.id = t.group_id join group_contacts p on p.group_id = g.id
      where t.ticket_id = any(${ids}::bigint[])
      union all
      select t.ticket_id, 'group', w.contact_id, p.address, g.name
      from ticket_groups t join notification_groups g on g.id = t.group_id join group_addresses p on p.group_id = g.id
      left join contact_addresses w on w.address = p.address
      where t.ticket_id = any(${ids}::bigint[])
      union all
      select e.ticket_id, 'extra', w.contact_id, e.address, null
      from ticket_addresses e left join contact_addresses w on w.address = e.address
      where e.ticket_id = any(${ids}::bigint[])
    ) m
    ${people(db)}
    where a.address is not null or (m.typed is not null and c.id is null)
    order by m.ticket_id, array_position(${[...TICKET_ROLES]}::text[], m.role), lower(m."of"), o.id, m.typed
    limit ${MAX_ROWS * Math.max(ids.length, 1)}`);
}

/** The same of one ticket. */
export const listAudience = (db: Queryable, ticketId: TicketId): Promise<readonly AudienceRow[]> =>
  listAudiences(db, [ticketId]);

const withActivity = async <Row extends Pick<AudienceRow, 'status'>>(
  rows: PromiseLike<readonly Row[]>,
): Promise<readonly (Row & Pick<AudienceRow, 'isActive'>)[]> =>
  (await rows).map((row) => ({ ...row, isActive: LIFECYCLE[row.status].opensTickets }));

/** The same without whoever is in it twice in one way: by contacts who are merged, or as an address that is theirs. */
export function eachOnce(rows: readonly AudienceRow[]): readonly AudienceRow[] {
  const seen = new Set<string>();
  return rows.filter(({ role, address, of }) => {
    const key = JSON.stringify([role, address, of]);
    return !seen.has(key) && seen.add(key);
  });
}

/**
 * Those who can be told of a ticket though they take no part in it: the operators of its team who are not disabled, and
 * the main contact and main site users of its customer.
 */
export async function listHouses(db: Queryable, ticketIds: readonly TicketId[]): Promise<readonly TicketAudienceRow[]> {
  const ids = [...ticketIds];
  return withActivity(db.sql<Omit<TicketAudienceRow, 'isActive'>[]>`
    (select t.id as "ticketId", 'team' as role, null::bigint as "contactId", null::bigint as "ownerId", o.name, o.address,
      null::text as typed, o.locale, 'active' as status, w.name as "of"
    from tickets t join teams w on w.id = t.team_id join team_members m on m.team_id = w.id
    join operators o on o.id = m.operator_id and o.disabled_at is null
    where t.id = any(${ids}::bigint[]) order by t.id, o.id limit ${MAX_HOUSE * Math.max(ids.length, 1)})
    union all
    (select m.ticket_id, 'customer', ${asAudience(db)}, null
    from (
      select distinct t.id as ticket_id, p.id as contact_id, null::text as typed
      from tickets t join customers u on u.id = t.customer_id
      join contacts p on p.id = u.main_contact_id or (p.customer_id = u.id and p.is_main_site_user)
      where t.id = any(${ids}::bigint[])
    ) m
    ${people(db)}
    where a.address is not null order by m.ticket_id, o.id limit ${MAX_HOUSE * Math.max(ids.length, 1)})`);
}

/** The same of one ticket. */
export const listHouse = (db: Queryable, ticketId: TicketId): Promise<readonly AudienceRow[]> =>
  listHouses(db, [ticketId]);

/** A group that is on a ticket. */
export interface TicketGroup {
  readonly id: GroupId;
  readonly name: string;
  readonly customerId: CustomerId | null;
  readonly memberCount: number;
}

/** The groups on a ticket by name; at most 100. */
export async function listTicketGroups(db: Queryable, ticketId: TicketId): Promise<readonly TicketGroup[]> {
  return db.sql<TicketGroup[]>`
    select g.id, g.name, g.customer_id as "customerId",
      (select count(*)::int from group_contacts m where m.group_id = g.id)
        + (select count(*)::int from group_addresses m where m.group_id = g.id) as "memberCount"
    from ticket_groups t join notification_groups g on g.id = t.group_id
    where t.ticket_id = ${ticketId} order by lower(g.name), g.id limit 100`;
}

/** These take part from now on. */
export async function insertParticipants(
  tx: Tx,
  ticketId: TicketId,
  role: ParticipantRole,
  contactIds: readonly ContactId[],
): Promise<void> {
  await tx.sql`
    insert into ticket_participants (ticket_id, contact_id, role)
    select ${ticketId}, unnest(${[...contactIds]}::bigint[]), ${role} on conflict do nothing`;
}

/** These take part in that role no more. */
export async function deleteParticipants(
  tx: Tx,
  ticketId: TicketId,
  role: ParticipantRole,
  contactIds: readonly ContactId[],
): Promise<void> {
  await tx.sql`
    delete from ticket_participants
    where ticket_id = ${ticketId} and role = ${role} and contact_id = any(${[...contactIds]}::bigint[])`;
}

/** One alone has this role from now on; whoever had it takes part as cc, unless they have another role too. */
export async function putSoleParticipant(
  tx: Tx,
  ticketId: TicketId,
  role: 'requester' | 'affected',
  contactId: ContactId,
): Promise<void> {
  await tx.sql`
    insert into ticket_participants (ticket_id, contact_id, role)
    select ticket_id, contact_id, 'cc' from ticket_participants p
    where ticket_id = ${ticketId} and role = ${role} and contact_id <> ${contactId} and not exists (
      select 1 from ticket_participants o
      where o.ticket_id = p.ticket_id and o.contact_id = p.contact_id and o.role <> ${role})`;
  await tx.sql`delete from ticket_participants where ticket_id = ${ticketId} and role = ${role}`;
  await tx.sql`
    delete from ticket_participants where ticket_id = ${ticketId} and contact_id = ${contactId} and role = 'cc'`;
  await insertParticipants(tx, ticketId, role, [contactId]);
}

/** The ticket is this contact's and their customer's from now on. */
export async function putRequester(
  tx: Tx,
  ticketId: TicketId,
  contactId: ContactId,
  customerId: CustomerId,
): Promise<void> {
  await tx.sql`
    update tickets set requester_id = ${contactId}, customer_id = ${customerId}, updated_at = now()
    where id = ${ticketId}`;
}

export async function insertTicketGroups(tx: Tx, ticketId: TicketId, groupIds: readonly GroupId[]): Promise<void> {
  await tx.sql`
    insert into ticket_groups (ticket_id, group_id) select ${ticketId}, unnest(${[...groupIds]}::bigint[])
    on conflict do nothing`;
}

export async function deleteTicketGroups(tx: Tx, ticketId: TicketId, groupIds: readonly GroupId[]): Promise<void> {
  await tx.sql`delete from ticket_groups where ticket_id = ${ticketId} and group_id = any(${[...groupIds]}::bigint[])`;
}

export async function insertTicketAddresses(
  tx: Tx,
  ticketId: TicketId,
  addresses: readonly EmailAddress[],
): Promise<void> {
  await tx.sql`
    insert into ticket_addresses (ticket_id, address) select ${ticketId}, unnest(${[...addresses]}::text[])
    on conflict do nothing`;
}

export async function deleteTicketAddresses(
  tx: Tx,
  ticketId: TicketId,
  addresses: readonly EmailAddress[],
): Promise<void> {
  await tx.sql`
    delete from ticket_addresses where ticket_id = ${ticketId} and address = any(${[...addresses]}::text[])`;
}
