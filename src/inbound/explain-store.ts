import type { Queryable } from '../db/client.ts';
import type { InboundMessageId, NotificationId } from '../db/ids.ts';
import { hexBytes } from '../db/records.ts';
import type { Override } from '../db/schema/mailboxes.ts';
import { messageIdHash } from '../mail/message-id.ts';
import type { LimitedBy } from '../notifications/model.ts';
import type { TraceStep } from './decide.ts';
import type { Facts } from './facts.ts';
import { PLAIN_MAIL } from './facts.ts';
import type { StoredStep } from './stored-trace.ts';
import { fromStored } from './stored-trace.ts';

/** A message and what was decided about it. */
export interface ExplainedMessage {
  readonly id: InboundMessageId;
  readonly mailbox: string;
  readonly folder: string;
  readonly uidValidity: number;
  readonly uid: number;
  readonly sizeBytes: number;
  readonly internalDate: Date;
  readonly receivedAt: Date;
  readonly doneAt: Date | null;
  readonly status: string;
  readonly verdict: string | null;
  readonly reason: string | null;
  readonly rule: string | null;
  readonly attempts: number;
  readonly nextAttemptAt: Date;
  readonly duplicateOf: InboundMessageId | null;
  readonly ticketNumber: number | null;
  readonly threadTicketNumber: number | null;
  /** What a person said about it while it waited for one. */
  readonly released: Override | null;
  /** The mail of ours that it reports on, in words. */
  readonly reportedMail: string | null;
  /** When its bytes were deleted, and when what was decided; null while they are kept. */
  readonly rawGoneAt: Date | null;
  readonly decisionGoneAt: Date | null;
  readonly facts: Facts | null;
  readonly trace: readonly TraceStep[] | null;
}

/** What a message owed, and what came of it. */
export interface OwedMail {
  readonly id: NotificationId;
  readonly kind: string;
  readonly recipient: string;
  readonly because: string;
  readonly state: string;
  readonly reason: string | null;
  readonly messageId: string;
  readonly sentAt: Date | null;
  /** The digest that tells of it; null: none does yet, or it is a mail of its own. */
  readonly digest: { readonly id: NotificationId; readonly state: string } | null;
  readonly lastReply: string | null;
}

const MAX_FOUND = 20;

/**
 * Messages by what an operator has at hand: their number, a Message-ID, "#1001" for the mail of that ticket, or "held"
 * for the newest of those that wait for a person.
 *
 * @returns oldest first, at most 20; none when nothing fits
 */
export async function findExplained(db: Queryable, reference: string): Promise<readonly ExplainedMessage[]> {
  const ids = await findIds(db, reference.trim());
  if (ids.length === 0) return [];
  const rows = await db.sql<AsStored<ExplainedMessage>[]>`
    select m.id, b.address as mailbox, f.folder, f.uid_validity as "uidValidity", m.uid, m.size_bytes as "sizeBytes",
      m.internal_date as "internalDate", m.received_at as "receivedAt", m.done_at as "doneAt", m.status, m.verdict,
      m.reason, m.rule, m.attempts, m.next_attempt_at as "nextAttemptAt", m.duplicate_of as "duplicateOf", m.released,
      m.raw_gone_at as "rawGoneAt", m.decision_gone_at as "decisionGoneAt",
      t.number as "ticketNumber", d.facts, d.trace,
      (select number from tickets where id = (d.facts -> 'thread' ->> 'ticketId')::bigint) as "threadTicketNumber",
      (select 'mail ' || n.id || ' (' || n.kind || coalesce(', ticket #' || r.number, '') || ') to ' || n.recipient
        from notifications n left join tickets r on r.id = n.ticket_id
        where n.public_id = (d.facts ->> 'reportsOn')::uuid) as "reportedMail"
    from inbound_messages m
    join mailboxes b on b.id = m.mailbox_id
    join mailbox_folders f on f.id = m.folder_id
    left join tickets t on t.id = m.ticket_id
    left join decisions d on d.inbound_id = m.id
    where m.id = any(${ids.map(({ id }) => id)}::bigint[])
    order by m.id`;
  return rows.map(readDecision);
}

function findIds(db: Queryable, reference: string): Promise<readonly { readonly id: InboundMessageId }[]> {
  const ticket = /^#(\d{1,15})$/.exec(reference);
  if (ticket !== null) {
    return db.sql<{ id: InboundMessageId }[]>`
      select e.inbound_id as id from ticket_entries e join tickets t on t.id = e.ticket_id
      where t.number = ${Number(ticket[1])} and e.inbound_id is not null order by e.id limit ${MAX_FOUND}`;
  }
  if (reference === 'held') {
    return db.sql<{ id: InboundMessageId }[]>`
      select id from (
        (select id from inbound_messages where status in ('held', 'quarantined') order by id desc limit ${MAX_FOUND})
        union all
        (select inbound_id from ticket_entries where visibility = 'operators_until_admitted'
          order by id desc limit ${MAX_FOUND})
      ) waiting order by id desc limit ${MAX_FOUND}`;
  }
  if (/^\d{1,15}$/.test(reference)) {
    return db.sql<{ id: InboundMessageId }[]>`select id from inbound_messages where id = ${Number(reference)}`;
  }
  const messageId = reference.startsWith('<') ? reference : `<${reference}>`;
  const hash = hexBytes(messageIdHash(messageId));
  return db.sql<{ id: InboundMessageId }[]>`
    select inbound_id as id from message_identities where message_id_hash = ${hash}::text::bytea
    union
    select m.id from message_identities i join inbound_messages m on m.duplicate_of = i.inbound_id
    where i.message_id_hash = ${hash}::text::bytea
    union
    select id from inbound_messages where status = 'received' and message_id_hash = ${hash}::text::bytea
    order by id limit ${MAX_FOUND}`;
}

export async function listOwed(db: Queryable, id: InboundMessageId): Promise<readonly OwedMail[]> {
  return db.sql<OwedMail[]>`
    select n.id, n.kind, n.recipient, n.because, n.state, n.reason, n.message_id as "messageId", n.sent_at as "sentAt",
      (select jsonb_build_object('id', g.id, 'state', g.state) from notifications g where g.id = n.folded_into) as digest,
      (select d.reply from deliveries d where d.notification_id = n.id order by d.id desc limit 1) as "lastReply"
    from inbound_messages m join notifications n on n.ticket_id = m.ticket_id join events e on e.id = n.event_id
    where m.id = ${id} and e.inbound_id = ${id} order by n.id limit 100`;
}

/** What operators are called, by the labels under which they are recorded: `operator:3`. */
export async function findOperatorNames(
  db: Queryable,
  labels: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const ids = [...new Set(labels.flatMap((label) => /^operator:(\d{1,15})$/.exec(label)?.[1] ?? []))].map(Number);
  if (ids.length === 0) return {};
  const rows = await db.sql<{ label: string; name: string }[]>`
    select 'operator:' || id as label, name from operators where id = any(${ids}::bigint[])`;
  return Object.fromEntries(rows.map(({ label, name }) => [label, name]));
}

/** A mail that was kept back, with what was decided about the mail it answers. */
export interface KeptBackMail {
  readonly id: NotificationId;
  readonly reason: string | null;
  readonly limitedBy: LimitedBy | null;
  readonly facts: Facts | null;
  readonly trace: readonly TraceStep[] | null;
}

/** Those of these mails that were kept back; at most 1,000. */
export async function findKeptBack(db: Queryable, ids: readonly NotificationId[]): Promise<readonly KeptBackMail[]> {
  if (ids.length === 0) return [];
  const rows = await db.sql<AsStored<KeptBackMail>[]>`
    select n.id, n.reason, n.limited_by as "limitedBy", d.facts, d.trace
    from notifications n join events e on e.id = n.event_id
    left join decisions d on d.inbound_id = e.inbound_id and n.kind = 'ticket_opened'
    where n.id = any(${[...ids]}::bigint[]) and n.state = 'suppressed' order by n.id limit 1000`;
  return rows.map(readDecision);
}

/** A row with the decision as it lies in its table. */
type AsStored<Row> = Omit<Row, 'trace'> & { readonly trace: readonly StoredStep[] | null };

/** Facts that are newer than the decision are those of plain mail. */
const readDecision = <Row extends { readonly facts: Facts | null; readonly trace: readonly StoredStep[] | null }>(
  row: Row,
) => ({
  ...row,
  facts: row.facts === null ? null : { ...PLAIN_MAIL, ...row.facts },
  trace: row.trace === null ? null : fromStored(row.trace),
});
