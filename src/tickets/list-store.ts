import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, CustomerId, OperatorId, TeamId, TicketId } from '../db/ids.ts';
import type { TicketStatus } from '../db/schema/tickets.ts';
import type { TicketRow } from './store.ts';
import { ticketRows } from './store.ts';

/** Which tickets are wanted; absent: all. */
export interface TicketFilter {
  readonly status?: TicketStatus;
  /** null: those of no team. */
  readonly teamId?: TeamId | null;
  /** null: those on which nobody works. */
  readonly assigneeId?: OperatorId | null;
  readonly customerId?: CustomerId;
  /** The person: of whoever they stand for, too. */
  readonly requesterId?: ContactId;
}

const MAX_ROWS = 1000;

/** The newest tickets that fit; at most 1,000, and whether there are more. */
export async function listTickets(
  db: Queryable,
  { status, teamId, assigneeId, customerId, requesterId }: TicketFilter,
  limit: number,
  /** Only older ones; null: from the newest. */
  before: TicketId | null,
): Promise<{ readonly tickets: readonly TicketRow[]; readonly hasMore: boolean }> {
  // Each condition is there or not, so that each list is read along its own index.
  const conditions = [
    ...(before === null ? [] : [db.sql`t.id < ${before}`]),
    ...(status === undefined ? [] : [db.sql`t.status = ${status}`]),
    ...(teamId === undefined ? [] : [teamId === null ? db.sql`t.team_id is null` : db.sql`t.team_id = ${teamId}`]),
    ...(assigneeId === undefined
      ? []
      : [assigneeId === null ? db.sql`t.assignee_id is null` : db.sql`t.assignee_id = ${assigneeId}`]),
    ...(customerId === undefined ? [] : [db.sql`t.customer_id = ${customerId}`]),
    ...(requesterId === undefined
      ? []
      : [
          db.sql`t.requester_id = any(array(
            select id from contacts where id = ${requesterId} or merged_into_id = ${requesterId}))`,
        ]),
  ];
  const where = conditions.reduce((all, one) => db.sql`${all} and ${one}`, db.sql`where true`);
  const wanted = Math.min(limit, MAX_ROWS);
  const rows = await db.sql<TicketRow[]>`${ticketRows(db)} ${where} order by t.id desc limit ${wanted + 1}`;
  return { tickets: rows.slice(0, wanted), hasMore: rows.length > wanted };
}

/** The ticket is theirs from now on. */
export async function putAssignment(
  tx: Tx,
  id: TicketId,
  { assigneeId, teamId }: { readonly assigneeId: OperatorId | null; readonly teamId: TeamId | null },
): Promise<void> {
  await tx.sql`
    update tickets set assignee_id = ${assigneeId}, team_id = ${teamId}, updated_at = now() where id = ${id}`;
}
