import { inTransaction } from '../../src/db/client.ts';
import type { Db } from '../../src/db/client.ts';
import type { MailboxId } from '../../src/db/ids.ts';
import type { NotificationState } from '../../src/db/schema/notifications.ts';
import type { Keys } from '../../src/lib/crypto.ts';
import type { PlannedNotification } from '../../src/notifications/model.ts';
import { storeOwed } from '../../src/notifications/store.ts';
import { settingsOf } from '../../src/settings/resolve.ts';
import { address, seedContact, seedTicket } from '../support/seed.ts';

export interface OwedMail {
  readonly id: number;
  readonly publicId: string;
  readonly messageId: string;
}

/** Owes mail of a ticket as a test needs it. */
export async function createOwing(db: Db, keys: Keys, mailboxId: MailboxId) {
  const contactId = await seedContact(db, 'Ana Lima', 'ana@customer.example');
  const { ticketId, eventId, number } = await seedTicket(db, mailboxId, contactId);
  let count = 0;
  const desk = { name: 'Desk', address: 'support@desk.example', timeZone: 'UTC' };
  const ticket = { number, subject: 'The lamp' };
  const entry = { authorName: 'Jonas', text: 'Hold the button.', at: '2026-03-02T08:00:00Z' };
  const planned = (kind: 'ticket_opened' | 'agent_replied' | 'delivery_failed'): PlannedNotification => ({
    kind,
    eventId,
    eventKey: Buffer.from(`mail ${(count += 1)}`),
    mailboxId,
    replyDomain: 'desk.example',
    ticketId,
    contactId,
    recipient: address('ana@customer.example'),
    recipientName: 'Ana Lima',
    because: 'requester of the ticket',
    locale: 'en',
    refusal: null,
    limitedBy: null,
    lane: 1,
    isAutomatic: false,
    view:
      kind === 'agent_replied'
        ? { kind, desk, ticket, recipient: { name: 'Ana Lima' }, entry }
        : { kind: 'ticket_opened', desk, ticket: { number } },
    credential: null,
    inReplyTo: null,
    references: [],
  });

  /** A mail of this kind in this state, owed so many hours ago. */
  return async function owe(
    state: NotificationState,
    more: Partial<PlannedNotification> & { readonly hoursAgo?: number } = {},
  ): Promise<OwedMail> {
    const { hoursAgo = 0, kind = 'agent_replied', ...rest } = more;
    const known = kind === 'ticket_opened' || kind === 'delivery_failed' ? kind : 'agent_replied';
    await inTransaction(db, (tx) => storeOwed(tx, keys, settingsOf([]), [{ ...planned(known), ...rest }]));
    const [row] = await db.sql<OwedMail[]>`
      update notifications set state = ${state}, created_at = now() - ${hoursAgo} * interval '1 hour',
        reason = case when ${state} in ('sent', 'queued') then null else 'as the test has it' end
      where id = (select max(id) from notifications) returning id, public_id as "publicId", message_id as "messageId"`;
    if (row === undefined) throw new Error('nothing was owed');
    return row;
  };
}
