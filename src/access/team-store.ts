import type { Queryable, Tx } from '../db/client.ts';
import type { MailboxId, OperatorId, TeamId } from '../db/ids.ts';

/** Operators who work together. */
export interface TeamRow {
  readonly id: TeamId;
  readonly name: string;
  /** Names of its operators, of those who are disabled too; at most 100. */
  readonly members: readonly string[];
  /** Mailboxes whose new tickets are theirs; at most 100. */
  readonly mailboxes: readonly string[];
  readonly openCount: number;
}

const teamRows = (db: Queryable) => db.sql`
  select t.id, t.name,
    array(select o.name from team_members m join operators o on o.id = m.operator_id
      where m.team_id = t.id order by lower(o.name), o.id limit 100) as members,
    array(select b.address from mailboxes b where b.team_id = t.id order by b.address limit 100) as mailboxes,
    (select count(*)::int from tickets k where k.team_id = t.id and k.status <> 'closed') as "openCount"
  from teams t`;

/** Teams by name, at most 1,000. */
export async function listTeams(db: Queryable): Promise<readonly TeamRow[]> {
  return db.sql<TeamRow[]>`${teamRows(db)} order by lower(t.name), t.id limit 1000`;
}

export async function findTeam(db: Queryable, asked: number | string): Promise<TeamRow | null> {
  const [row] =
    typeof asked === 'number'
      ? await db.sql<TeamRow[]>`${teamRows(db)} where t.id = ${asked}`
      : await db.sql<TeamRow[]>`${teamRows(db)} where lower(t.name) = lower(${asked})`;
  return row ?? null;
}

/** A new team; null when there is one of that name. */
export async function insertTeam(tx: Tx, name: string): Promise<TeamId | null> {
  const [row] = await tx.sql<{ id: TeamId }[]>`
    insert into teams (name) values (${name}) on conflict do nothing returning id`;
  return row?.id ?? null;
}

/** The team has this name from now on; false when another one has it. */
export async function renameTeam(tx: Tx, id: TeamId, name: string): Promise<boolean> {
  // A collision of names must not end the transaction, so nobody else names a team meanwhile.
  await tx.sql`lock table teams in share row exclusive mode`;
  const rows = await tx.sql`
    update teams set name = ${name}
    where id = ${id} and not exists (select 1 from teams o where o.id <> ${id} and lower(o.name) = lower(${name}))`;
  return rows.count > 0;
}

/** The team stays as it is until the transaction ends; false: it is gone. */
export async function lockTeam(tx: Tx, id: TeamId): Promise<boolean> {
  return (await tx.sql`select 1 from teams where id = ${id} for update`).count > 0;
}

/** How many tickets, of any status, are the team's. */
export async function countTeamTickets(tx: Tx, id: TeamId): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`select count(*)::int as count from tickets where team_id = ${id}`;
  return row?.count ?? 0;
}

/** The team is gone; its tickets are no team's. No mailbox may name it any more. */
export async function deleteTeam(tx: Tx, id: TeamId): Promise<void> {
  await tx.sql`update tickets set team_id = null where team_id = ${id}`;
  await tx.sql`delete from teams where id = ${id}`;
}

/** @returns how many were not in it before */
export async function insertTeamMembers(tx: Tx, id: TeamId, operatorIds: readonly OperatorId[]): Promise<number> {
  const rows = await tx.sql`
    insert into team_members (team_id, operator_id) select ${id}, unnest(${[...operatorIds]}::bigint[])
    on conflict do nothing`;
  return rows.count;
}

/** @returns how many had been in it */
export async function deleteTeamMembers(tx: Tx, id: TeamId, operatorIds: readonly OperatorId[]): Promise<number> {
  const rows = await tx.sql`
    delete from team_members where team_id = ${id} and operator_id = any(${[...operatorIds]}::bigint[])`;
  return rows.count;
}

/** New tickets of the mailbox are this team's from now on; null: nobody's. */
export async function putMailboxTeam(tx: Tx, mailboxId: MailboxId, teamId: TeamId | null): Promise<void> {
  await tx.sql`update mailboxes set team_id = ${teamId} where id = ${mailboxId}`;
}
