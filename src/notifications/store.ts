import { lockOrder } from '../contacts/lifecycle-store.ts';
import { DELETED_CONTACT, LIFECYCLE } from '../contacts/model.ts';
import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId, NotificationId, TicketId } from '../db/ids.ts';
import { records } from '../db/records.ts';
import type { NotificationState } from '../db/schema/notifications.ts';
import type { Keys } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Settings } from '../settings/resolve.ts';
import { mintMessageId } from '../tickets/thread-token.ts';
import type { BudgetedNotification } from './budget.ts';
import { applyBudgets, keepOrder } from './budget.ts';
import { bucketsOf, markTripped } from './budget-store.ts';
import { BREAKERS } from './budgets.ts';
import { findFolding } from './fold-store.ts';
import { foldOf } from './folds.ts';
import type { PlannedNotification } from './model.ts';
import { NOT_MAILED } from './suppression.ts';
import type { NotificationKind } from './views.ts';

/** The channel that wakes the senders. */
export const OUTBOX_CHANNEL = 'deskbell_outbox';

/**
 * Stores what is owed, in the transaction of what happened: no ticket without what it owes. Whoever is suppressed gets a
 * row with the reason, and so does what goes over a budget, but for what waits to be told together with others. The same
 * event planned twice is the same Message-ID, hence one row.
 */
export async function storeOwed(
  tx: Tx,
  keys: Keys,
  settings: Settings,
  planned: readonly PlannedNotification[],
): Promise<void> {
  if (planned.length === 0) return;
  const people = await holdRecipients(
    tx,
    planned.flatMap(({ contactId }) => contactId ?? []),
  );
  const personOf = ({ contactId }: PlannedNotification) =>
    contactId === null ? null : (people.get(contactId)?.personId ?? contactId);
  const named = planned.map((one) =>
    one.contactId !== null && people.get(one.contactId)?.isErased === true ? withoutPerson(one) : one,
  );
  const suppressed = await findSuppressed(
    tx,
    named.map(({ recipient }) => recipient),
  );
  const allowed = withSuppressed(named, suppressed);
  const budgeted = await applyBudgets(allowed, settings, bucketsOf(tx), personOf);
  const final = keepOrder(
    budgeted,
    await findFolding(
      tx,
      budgeted.filter(({ kind }) => foldOf(kind) !== null),
    ),
  );
  await insertNotifications(tx, keys, final);
  await markTripped(
    tx,
    final.flatMap(({ limitedBy, mailboxId }) =>
      limitedBy !== null && BREAKERS.has(limitedBy.toggle) ? { toggle: limitedBy.toggle, mailboxId } : [],
    ),
  );
  if (final.some(({ refusal }) => refusal === null)) await tx.sql`select pg_notify(${OUTBOX_CHANNEL}, '')`;
}

/** What would go to an address that is not mailed is refused with the reason. Pure. */
export const withSuppressed = (
  planned: readonly PlannedNotification[],
  suppressed: ReadonlyMap<string, string>,
): readonly PlannedNotification[] =>
  planned.map((one) => {
    const reason = suppressed.get(one.recipient);
    return one.refusal === null && reason !== undefined ? { ...one, refusal: `${NOT_MAILED}: ${reason}` } : one;
  });

interface HeldRecipient {
  readonly id: ContactId;
  /** Who stands for them. */
  readonly personId: ContactId;
  readonly isErased: boolean;
}

/** These contacts stay who they are until the transaction ends, so that nobody is named here who is erased meanwhile. */
export async function holdRecipients(
  tx: Tx,
  ids: readonly ContactId[],
): Promise<ReadonlyMap<ContactId, HeldRecipient>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.sql<HeldRecipient[]>`
    select id, coalesce(merged_into_id, id) as "personId", status = 'deleted' as "isErased"
    from contacts where id = any(${[...ids]}::bigint[]) order by ${lockOrder(tx)} for key share`;
  return new Map(rows.map((row) => [row.id, row]));
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

async function insertNotifications(tx: Tx, keys: Keys, planned: readonly BudgetedNotification[]): Promise<void> {
  const rows = planned.map((one) => {
    const { messageId, publicId } = mintMessageId(keys, {
      kind: one.kind,
      eventKey: one.eventKey,
      recipient: one.recipient,
      replyDomain: one.replyDomain,
    });
    const state: NotificationState =
      one.refusal !== null ? 'suppressed' : one.foldedBecause !== null ? 'folded' : 'queued';
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
      reason: one.refusal ?? one.foldedBecause,
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

/**
 * When these addresses were last sent an acknowledgement, by `rateLimitKey`: what the budget of the hour remembers.
 */
export async function findLastAutomatic(db: Queryable, addressKeys: readonly string[]): Promise<Map<string, Date>> {
  if (addressKeys.length === 0) return new Map();
  const rows = await db.sql<{ key: string; at: Date }[]>`
    select key, updated_at as at from budgets where scope = 'address_hour' and key = any(${[...addressKeys]}::text[])`;
  return new Map(rows.map(({ key, at }) => [key, at]));
}
