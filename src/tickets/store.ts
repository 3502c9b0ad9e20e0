import { DELETED_CONTACT } from '../contacts/model.ts';
import type { Queryable, Tx } from '../db/client.ts';
import type {
  ContactId,
  CustomerId,
  InboundMessageId,
  MailboxId,
  OperatorId,
  TeamId,
  TicketEntryId,
  TicketId,
} from '../db/ids.ts';
import { hexBytes, records } from '../db/records.ts';
import type { Addressed, EntryFlag, EntryKind, TicketStatus, Visibility } from '../db/schema/tickets.ts';
import type { Defect } from '../mail/parsed-message.ts';

/** A ticket with its id already taken from the sequence; its public number comes with the insert. */
export interface NewTicket {
  readonly id: TicketId;
  readonly mailboxId: MailboxId;
  readonly customerId: CustomerId | null;
  readonly requesterId: ContactId | null;
  readonly subject: string;
}

/** New tickets are the team's that their mailbox names. @returns the public number of each */
export async function insertTickets(tx: Tx, tickets: readonly NewTicket[]): Promise<ReadonlyMap<TicketId, number>> {
  if (tickets.length === 0) return new Map();
  const rows = await tx.sql<{ id: TicketId; number: number }[]>`
    insert into tickets (id, mailbox_id, customer_id, requester_id, subject, team_id) overriding system value
    select r.id, r."mailboxId", r."customerId", r."requesterId", r.subject,
      (select m.team_id from mailboxes m where m.id = r."mailboxId")
    from json_to_recordset(${records(tx, tickets)}) as r(id bigint, "mailboxId" bigint, "customerId" bigint,
      "requesterId" bigint, subject text)
    returning id, number`;
  await tx.sql`
    insert into ticket_participants (ticket_id, contact_id, role)
    select r.id, r."requesterId", 'requester'
    from json_to_recordset(${records(
      tx,
      tickets.map(({ id, requesterId }) => ({ id, requesterId })),
    )}) as r(id bigint, "requesterId" bigint)
    where r."requesterId" is not null`;
  return new Map(rows.map((row) => [row.id, row.number]));
}

export interface NewEntry {
  readonly id: TicketEntryId;
  readonly ticketId: TicketId;
  readonly kind: EntryKind;
  readonly visibility: Visibility;
  readonly author: string;
  readonly authorName: string;
  readonly inboundId: InboundMessageId | null;
  /** Of the mail it came by; what later answers refer to. */
  readonly messageId: string | null;
  readonly text: string;
  readonly html: string | null;
  readonly addressed: Addressed | null;
  readonly flags: readonly EntryFlag[] | null;
  readonly defects: readonly Defect[] | null;
}

export async function insertEntries(tx: Tx, entries: readonly NewEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await tx.sql`
    insert into ticket_entries
      (id, ticket_id, kind, visibility, author, author_name, inbound_id, message_id, text, html, addressed, flags,
        defects)
      overriding system value
    select r.id, r."ticketId", r.kind, r.visibility, r.author, r."authorName", r."inboundId", r."messageId", r.text,
      r.html, r.addressed, r.flags, r.defects
    from json_to_recordset(${records(tx, entries)}) as r(id bigint, "ticketId" bigint, kind text, visibility text,
      author text, "authorName" text, "inboundId" bigint, "messageId" text, text text, html text, addressed jsonb,
      flags jsonb, defects jsonb)`;
}

export interface NewAttachment {
  readonly entryId: TicketEntryId;
  readonly position: number;
  readonly fileName: string;
  readonly contentType: string;
  readonly contentId: string | null;
  readonly isInline: boolean;
  readonly sizeBytes: number;
  readonly sha256: Buffer;
}

/** The bytes must be in blobs already, or be stored in the same transaction. */
export async function insertAttachments(tx: Tx, attachments: readonly NewAttachment[]): Promise<void> {
  if (attachments.length === 0) return;
  // Named one by one: callers hand over the bytes too, and those go into blobs.
  const rows = attachments.map((one) => ({
    entryId: one.entryId,
    position: one.position,
    fileName: one.fileName,
    contentType: one.contentType,
    contentId: one.contentId,
    isInline: one.isInline,
    sizeBytes: one.sizeBytes,
    sha256: hexBytes(one.sha256),
  }));
  await tx.sql`
    insert into attachments (entry_id, position, file_name, content_type, content_id, is_inline, size_bytes, sha256)
    select r."entryId", r.position, r."fileName", r."contentType", r."contentId", r."isInline", r."sizeBytes", r.sha256
    from json_to_recordset(${records(tx, rows)}) as r("entryId" bigint, position int, "fileName" text,
      "contentType" text, "contentId" text, "isInline" boolean, "sizeBytes" bigint, sha256 bytea)`;
}

/** Something was added to the record of these tickets. */
export async function touchTickets(tx: Tx, ids: readonly TicketId[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.sql`update tickets set updated_at = now() where id = any(${ids.toSorted((a, b) => a - b)}::bigint[])`;
}

/** The tickets have these statuses from now on; rows are taken in order of their numbers. */
export async function setTicketStatuses(
  tx: Tx,
  changes: readonly { readonly id: TicketId; readonly status: TicketStatus }[],
): Promise<void> {
  if (changes.length === 0) return;
  await tx.sql`
    update tickets t set status = r.status, updated_at = now(),
      closed_at = case when r.status = 'closed' then coalesce(t.closed_at, now()) end
    from (
      select id, status from json_to_recordset(${records(
        tx,
        changes.toSorted((a, b) => a.id - b.id),
      )}) as j(id bigint, status text)
    ) r
    where t.id = r.id`;
}

export interface TicketRow {
  readonly id: TicketId;
  readonly number: number;
  readonly subject: string;
  readonly status: TicketStatus;
  readonly requester: string | null;
  readonly requesterId: ContactId | null;
  /** Who stands for the requester: another only while they are merged. */
  readonly personId: ContactId | null;
  readonly customerId: CustomerId | null;
  readonly customer: string | null;
  /** Who of the staff works on it. */
  readonly assigneeId: OperatorId | null;
  readonly assignee: string | null;
  readonly teamId: TeamId | null;
  readonly team: string | null;
  readonly mailboxId: MailboxId;
  readonly mailbox: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly closedAt: Date | null;
  /** The number of the ticket it became part of. */
  readonly mergedIntoNumber: number | null;
}

/** `TicketRow`s; `t` is the ticket. */
export const ticketRows = (db: Queryable) => db.sql`
  select t.id, t.number, t.subject, t.status, t.requester_id as "requesterId", c.id as "personId",
    t.mailbox_id as "mailboxId",
    coalesce(case c.status when 'deleted' then ${DELETED_CONTACT} end, nullif(trim(c.first_name || ' ' || c.last_name), ''),
      (select a.address from contact_addresses a where a.contact_id = c.id and a.is_primary)) as requester,
    t.assignee_id as "assigneeId", (select o.name from operators o where o.id = t.assignee_id) as assignee,
    t.team_id as "teamId", (select g.name from teams g where g.id = t.team_id) as team,
    t.customer_id as "customerId", u.name as customer, m.address as mailbox, t.created_at as "createdAt", t.updated_at as "updatedAt",
    t.closed_at as "closedAt", (select i.number from tickets i where i.id = t.merged_into_id) as "mergedIntoNumber"
  from tickets t
  join mailboxes m on m.id = t.mailbox_id
  left join contacts o on o.id = t.requester_id
  left join contacts c on c.id = coalesce(o.merged_into_id, o.id)
  left join customers u on u.id = t.customer_id`;

export async function findTicketByNumber(db: Queryable, number: number): Promise<TicketRow | null> {
  const [row] = await db.sql<TicketRow[]>`${ticketRows(db)} where t.number = ${number}`;
  return row ?? null;
}

/** The status under a lock that lasts until the transaction ends: two operators at once go one after the other. */
export async function lockTicketStatus(tx: Tx, id: TicketId): Promise<TicketStatus> {
  const [row] = await tx.sql<{ status: TicketStatus }[]>`select status from tickets where id = ${id} for update`;
  if (row === undefined) throw new Error(`ticket ${id} is gone`);
  return row.status;
}

export interface EntryRow {
  readonly id: TicketEntryId;
  readonly kind: EntryKind;
  readonly visibility: Visibility;
  readonly author: string;
  readonly authorName: string;
  readonly text: string;
  /** As received: to be sanitised when it is shown. */
  readonly html: string | null;
  readonly addressed: Addressed | null;
  readonly flags: readonly EntryFlag[] | null;
  readonly defects: readonly Defect[] | null;
  readonly inboundId: InboundMessageId | null;
  readonly at: Date;
  /** When the mail server had the mail it came by; null: it came by none. */
  readonly sentAt: Date | null;
  /** The desk's addresses to which the same mail came once more. */
  readonly cameAlsoTo: readonly string[];
  readonly attachments: readonly {
    readonly fileName: string;
    readonly contentType: string;
    readonly sizeBytes: number;
    /** When its bytes were deleted, for their time to be kept was over; ISO 8601. null while they are there. */
    readonly goneAt: string | null;
  }[];
}

/** The record of a ticket in order; at most 1,000 entries. */
export async function listEntries(db: Queryable, ticketId: TicketId): Promise<readonly EntryRow[]> {
  return db.sql<EntryRow[]>`
    select e.id, e.kind, e.visibility, e.author, e.author_name as "authorName", e.text, e.html, e.addressed, e.flags, e.defects,
      e.inbound_id as "inboundId", e.at,
      (select m.internal_date from inbound_messages m where m.id = e.inbound_id) as "sentAt",
      array(select distinct b.address from inbound_messages d join mailboxes b on b.id = d.mailbox_id
        where d.duplicate_of = e.inbound_id order by 1 limit 20) as "cameAlsoTo",
      coalesce((select jsonb_agg(jsonb_build_object('fileName', a.file_name, 'contentType', a.content_type,
        'sizeBytes', a.size_bytes, 'goneAt', a.gone_at) order by a.position) from attachments a where a.entry_id = e.id), '[]') as attachments
    from ticket_entries e where e.ticket_id = ${ticketId} order by e.id limit 1000`;
}
