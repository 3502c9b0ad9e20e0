import { lockOrder } from '../contacts/lifecycle-store.ts';
import { DELETED_CONTACT, LIFECYCLE } from '../contacts/model.ts';
import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, NotificationId, TicketId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';
import type { NotificationState } from '../db/schema/notifications.ts';
import type { Keys } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import { revokeLinks } from '../accounts/link-store.ts';
import type { Settings } from '../settings/resolve.ts';
import { mintMessageId } from '../tickets/thread-token.ts';
import { applyBudgets } from './budget.ts';
import { takeBudget } from './budget-store.ts';
import type { PlannedNotification } from './model.ts';
import type { NotificationKind } from './views.ts';

/** The channel that wakes the senders. */
export const OUTBOX_CHANNEL = 'deskbell_outbox';

/**
 * Stores what is owed, in the transaction of what happened: no ticket without what it owes. Whoever is suppressed or
 * over budget gets a row with the reason. The same event planned twice is the same Message-ID, hence one row.
 */
export async function storeOwed(
  tx: Tx,
  keys: Keys,
  settings: Settings,
  planned: readonly PlannedNotification[],
): Promise<void> {
  if (planned.length === 0) return;
  const erased = await holdRecipients(
    tx,
    planned.flatMap(({ contactId }) => contactId ?? []),
  );
  const named = planned.map((one) => (one.contactId !== null && erased.has(one.contactId) ? withoutPerson(one) : one));
  const suppressed = await findSuppressed(
    tx,
    named.map(({ recipient }) => recipient),
  );
  const allowed = named.map((one) => {
    const reason = suppressed.get(one.recipient);
    return one.refusal === null && reason !== undefined
      ? { ...one, refusal: `the address is not mailed: ${reason}` }
      : one;
  });
  const final = await applyBudgets(allowed, settings, (requests) => takeBudget(tx, requests));
  await insertNotifications(tx, keys, final);
  if (final.some(({ refusal }) => refusal === null)) await tx.sql`select pg_notify(${OUTBOX_CHANNEL}, '')`;
}

/**
 * These contacts stay who they are until the transaction ends, so that nobody is named here who is erased meanwhile.
 *
 * @returns those who have been
 */
async function holdRecipients(tx: Tx, ids: readonly ContactId[]): Promise<ReadonlySet<ContactId>> {
  const rows = await tx.sql<{ id: ContactId; status: ContactStatus }[]>`
    select id, status from contacts where id = any(${[...ids]}::bigint[])
    order by ${lockOrder(tx)} for key share`;
  return new Set(rows.flatMap(({ id, status }) => (status === 'deleted' ? [id] : [])));
}

const withoutPerson = (one: PlannedNotification): PlannedNotification => ({
  ...one,
  recipient: DELETED_CONTACT as EmailAddress,
  recipientName: '',
  refusal: LIFECYCLE.deleted.refusal,
  view: 'recipient' in one.view ? { ...one.view, recipient: { name: null } } : one.view,
});

/** Which of these addresses are not mailed, and why. */
export async function findSuppressed(
  db: Queryable,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db.sql<{ address: string; reason: string }[]>`
    select address, reason from suppressions where address = any(${[...addresses]}::text[])`;
  return new Map(rows.map(({ address, reason }) => [address, reason]));
}

async function insertNotifications(tx: Tx, keys: Keys, planned: readonly PlannedNotification[]): Promise<void> {
  const rows = planned.map((one) => {
    const { messageId, publicId } = mintMessageId(keys, {
      kind: one.kind,
      eventKey: one.eventKey,
      recipient: one.recipient,
      replyDomain: one.replyDomain,
    });
    const state: NotificationState = one.refusal === null ? 'queued' : 'suppressed';
    return {
      publicId,
      messageId,
      kind: one.kind,
      lane: one.lane,
      mailboxId: one.mailboxId,
      ticketId: one.ticketId,
      eventId: one.eventId,
      contactId: one.contactId,
      recipient: one.recipient,
      recipientName: one.recipientName,
      because: one.because,
      locale: one.locale,
      state,
      reason: one.refusal,
      limitedBy: one.limitedBy,
      view: one.view,
      credential: one.credential,
      inReplyTo: one.inReplyTo,
      references: one.references,
    };
  });
  await tx.sql`
    insert into notifications (public_id, message_id, kind, lane, mailbox_id, ticket_id, event_id, contact_id,
      recipient, recipient_name, because, locale, state, reason, limited_by, view, credential, in_reply_to, "references")
    select r."publicId", r."messageId", r.kind, r.lane, r."mailboxId", r."ticketId", r."eventId", r."contactId",
      r.recipient, r."recipientName", r.because, r.locale, r.state, r.reason, r."limitedBy", r.view, r.credential,
      r."inReplyTo", r."references"
    from json_to_recordset(${records(tx, rows)}) as r("publicId" uuid, "messageId" text, kind text, lane smallint,
      "mailboxId" bigint, "ticketId" bigint, "eventId" bigint, "contactId" bigint, recipient text,
      "recipientName" text, because text, locale text, state text, reason text, "limitedBy" jsonb, view jsonb, credential text, "inReplyTo" text, "references" jsonb)
    on conflict do nothing`;
}

/** A mail of ours that somebody refers to. */
export interface SentToken {
  readonly publicId: string;
  readonly notificationId: NotificationId;
  readonly ticketId: TicketId | null;
  readonly recipient: EmailAddress;
  /** Who stands for them, where they have been merged. */
  readonly contactId: ContactId | null;
  readonly state: NotificationState;
  readonly kind: NotificationKind;
}

/** The mail of ours that have these public ids. */
export async function findByPublicIds(db: Queryable, publicIds: readonly string[]): Promise<readonly SentToken[]> {
  if (publicIds.length === 0) return [];
  return db.sql<SentToken[]>`
    select n.public_id as "publicId", n.id as "notificationId", n.ticket_id as "ticketId", n.recipient,
      coalesce(c.merged_into_id, n.contact_id) as "contactId", n.state, n.kind
    from notifications n left join contacts c on c.id = n.contact_id
    where n.public_id = any(${[...publicIds]}::uuid[])`;
}

/** What a mail answers, and what its recipient has seen before it, oldest first. */
export interface Thread {
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
}

const MAX_REFERENCES = 20;

/** For each recipient the Message-IDs of the ticket's mail that everybody saw or that went to them: the newest 20. */
export async function listThreads(
  db: Queryable,
  ticketId: TicketId,
  recipients: readonly EmailAddress[],
): Promise<ReadonlyMap<EmailAddress, Thread>> {
  const rows = await db.sql<{ recipient: EmailAddress | null; messageId: string; at: Date }[]>`
    (select null as recipient, message_id as "messageId", at from ticket_entries
    where ticket_id = ${ticketId} and message_id is not null and visibility = 'everybody'
    order by at desc limit ${MAX_REFERENCES})
    union all
    (select recipient, message_id, created_at from (
      select recipient, message_id, created_at, row_number() over (partition by recipient order by created_at desc) as place
      from notifications
      where ticket_id = ${ticketId} and recipient = any(${[...recipients]}::text[]) and state in ('sent', 'uncertain')
    ) ours where place <= ${MAX_REFERENCES})`;
  const ours = Map.groupBy(rows, ({ recipient }) => recipient);
  const theirs = (ours.get(null) ?? []).toSorted((a, b) => a.at.getTime() - b.at.getTime());
  return new Map(
    recipients.map((recipient) => {
      const seen = [...theirs, ...(ours.get(recipient) ?? [])]
        .toSorted((a, b) => a.at.getTime() - b.at.getTime())
        .slice(-MAX_REFERENCES);
      const answered = seen.findLast((row) => row.recipient === null) ?? seen.at(-1);
      return [
        recipient,
        { inReplyTo: answered?.messageId ?? null, references: seen.map(({ messageId }) => messageId) },
      ];
    }),
  );
}

/**
 * When these addresses were last sent an acknowledgement, by `rateLimitKey`: what the budget of the hour remembers.
 */
export async function findLastAutomatic(db: Queryable, addressKeys: readonly string[]): Promise<Map<string, Date>> {
  if (addressKeys.length === 0) return new Map();
  const rows = await db.sql<{ key: string; at: Date }[]>`
    select key, updated_at as at from budgets where scope = 'address_hour' and key = any(${[...addressKeys]}::text[])`;
  return new Map(rows.map(({ key, at }) => [key, at]));
}

/**
 * Mail from these addresses came: those that were said to be dead are mailed again, at once where the sender is proven,
 * else a day after it was said, so that forged mail cannot bring bounce upon bounce. Complaints stand.
 *
 * @returns since when those had not been mailed which are again
 */
export async function liftBounces(
  tx: Tx,
  senders: ReadonlyMap<string, { readonly isProven: boolean }>,
): Promise<ReadonlyMap<string, Date>> {
  if (senders.size === 0) return new Map();
  const proven = [...senders].flatMap(([address, { isProven }]) => (isProven ? [address] : []));
  const rows = await tx.sql<{ address: string; since: Date }[]>`
    delete from suppressions where address = any(${[...senders.keys()]}::text[]) and reason not like 'complained%'
      and (address = any(${proven}::text[]) or created_at < now() - interval '1 day')
    returning address, created_at as since`;
  return new Map(rows.map(({ address, since }) => [address, since]));
}

/** What a report says became of a mail. */
export type ReportOutcome = 'bounced' | 'delayed' | 'delivered' | 'read' | 'complained';

/** What somebody reports on a mail of ours. */
export interface ReportOnMail {
  readonly publicId: string;
  readonly outcome: ReportOutcome;
  /** In the words of the report. */
  readonly said: string;
  /** Recipients whose address, it says, takes no mail at all. */
  readonly deadAddresses: readonly string[];
}

/**
 * Each report is in the record of its mail from now on, but where its recipient was erased: it names them. One that says it did not arrive changes its state; its recipient
 * is mailed no more if it says so of that very address, or if they complained.
 */
export async function recordReports(tx: Tx, reports: readonly ReportOnMail[]): Promise<void> {
  if (reports.length === 0) return;
  const [row] = await tx.sql<{ bounced: EmailAddress[] | null }[]>`
    with reported as (
      select n.id, n.recipient, n.state, r.outcome, r.said, r."deadAddresses" ? n.recipient as is_dead
      from json_to_recordset(${records(tx, reports)}) as r("publicId" uuid, "deadAddresses" jsonb, outcome text, said text)
      join notifications n on n.public_id = r."publicId" and n.recipient <> ${DELETED_CONTACT}
    ), noted as (
      insert into deliveries (notification_id, outcome, reply) select id, outcome, said from reported
    ), bounced as (
      update notifications n set state = 'bounced', reason = 'bounced: ' || r.said, secret = null
      from reported r where n.id = r.id and r.outcome = 'bounced' and n.state in ('sent', 'uncertain')
      returning n.recipient, n.credential
    ), silenced as (
    insert into suppressions (address, reason)
    select distinct on (recipient) recipient, outcome || ': ' || said from reported where is_dead or outcome = 'complained'
    on conflict (address) do nothing
    )
    select array_agg(distinct recipient) filter (where credential is not null) as bounced from bounced`;
  // Nobody got the link, or somebody else did.
  await revokeLinks(tx, { addresses: row?.bounced ?? [] });
}
