import { LIFECYCLE } from '../contacts/model.ts';
import type { Tx } from '../db/client.ts';
import type { TicketId } from '../db/ids.ts';
import { findPrimaryAddress } from '../contacts/welcome-store.ts';
import type { NewEvent } from '../events/store.ts';
import type { Keys } from '../lib/crypto.ts';
import { sha256 } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import { deskAddressTest } from '../mailboxes/model.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import type { ToggleScope } from '../settings/resolve.ts';
import { settingsOf } from '../settings/resolve.ts';
import type { Settings } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import type { ParticipantRow } from '../tickets/store.ts';
import { findEntry, findTicket, listParticipants } from '../tickets/store.ts';
import type { AudienceMember, PlannedNotification } from './model.ts';
import { planNotifications, welcomeKey } from './plan.ts';
import type { NotificationRule } from './rules.ts';
import { NOTIFICATION_RULES, whySwitchedOff } from './rules.ts';
import { listThreadMessageIds, storeOwed } from './store.ts';

/** Plans and stores, in the transaction of what an operator did, what it owes to whom. */
export function createOwe(keys: Keys): (tx: Tx, events: readonly NewEvent[]) => Promise<void> {
  return async (tx, events) => {
    for (const event of events) await oweFor(tx, keys, event, { key: null, author: null });
  };
}

/** How an event came about. */
export interface Origin {
  /** What makes its mail the same mail when it is planned again: the content key of the mail that caused it; null: the event itself. */
  readonly key: Uint8Array | null;
  /** Who wrote it by mail: they are not told (FEATURES N-02). */
  readonly author: EmailAddress | null;
}

/** The same for one event. */
export async function oweFor(tx: Tx, keys: Keys, event: NewEvent, origin: Origin): Promise<void> {
  const rule = NOTIFICATION_RULES.find((one) => one.event === event.kind);
  if (rule === undefined) return;
  const owed = rule.audience.includes('contact')
    ? await planAboutContact(tx, event, rule)
    : event.ticketId === null
      ? null
      : await planEvent(tx, event, event.ticketId, rule, origin);
  if (owed !== null) await storeOwed(tx, keys, owed.settings, owed.planned);
}

interface Owed {
  readonly planned: readonly PlannedNotification[];
  readonly settings: Settings;
}

/**
 * The mail to a contact about themselves. It comes from the mailbox their customer's mail comes to, else from the oldest
 * one; a desk without a mailbox sends nothing, and whoever was let in by mail had their answer.
 */
async function planAboutContact(tx: Tx, event: NewEvent, rule: NotificationRule): Promise<Owed | null> {
  const { id, kind, contactId, ticketId } = event;
  const contact = contactId === null || ticketId !== null ? null : await findPrimaryAddress(tx, contactId);
  const mailboxes = await listMailboxes(tx);
  const mailbox = mailboxes.find(({ defaultCustomerId }) => defaultCustomerId === contact?.customerId) ?? mailboxes[0];
  if (contactId === null || contact === null || mailbox === undefined) return null;
  const { address, name, customerId, status } = contact;
  const settings = settingsOf(await loadSettings(tx, [customerId], [contactId]));
  const scope = { mailboxId: mailbox.id, customerId, contactId };
  const refusal = refusalOf({ status, address }, rule, deskAddressTest(mailboxes), settings, scope);
  const member = { role: 'contact', contactId, name, address, refusal, inReplyTo: null, references: [] } as const;
  const about = { id, kind, key: welcomeKey(contactId), mailbox, ticket: null, entry: null, isLate: false };
  return { planned: planNotifications(about, [member]), settings };
}

async function planEvent(
  tx: Tx,
  event: NewEvent,
  ticketId: TicketId,
  rule: NotificationRule,
  origin: Origin,
): Promise<Owed> {
  const ticket = await findTicket(tx, ticketId);
  const mailboxes = await listMailboxes(tx);
  const mailbox = mailboxes.find(({ id }) => id === ticket?.mailboxId);
  if (ticket === null || mailbox === undefined) throw new Error(`event ${event.kind}: ticket ${ticketId} is gone`);
  const entry = event.entryId === null ? null : await findEntry(tx, event.entryId);
  const participants = await listParticipants(tx, ticketId);
  const customerIds = ticket.customerId === null ? [] : [ticket.customerId];
  const settings = settingsOf(
    await loadSettings(
      tx,
      customerIds,
      participants.map(({ contactId }) => contactId),
    ),
  );
  const scope = { mailboxId: mailbox.id, customerId: ticket.customerId };
  const isDesk = deskAddressTest(mailboxes);
  const audience: AudienceMember[] = [];
  for (const participant of participants) {
    const { contactId } = participant;
    const address = participant.address as EmailAddress;
    const wroteIt = address === origin.author ? 'they wrote it' : null;
    const refusal = wroteIt ?? event.refusal ?? refusalOf(participant, rule, isDesk, settings, { ...scope, contactId });
    audience.push({ ...participant, address, refusal, ...(await listThreadMessageIds(tx, ticketId, address)) });
  }
  const { id, kind } = event;
  // The number alone would come again after a restore that lost commits, and with it a Message-ID that receivers know.
  const key = origin.key ?? sha256(Buffer.from(JSON.stringify(['event', id, entry?.at ?? null, entry?.text ?? null])));
  return { planned: planNotifications({ id, kind, key, mailbox, ticket, entry, isLate: false }, audience), settings };
}

function refusalOf(
  { status, address }: Pick<ParticipantRow, 'status' | 'address'>,
  rule: NotificationRule,
  isDesk: (address: EmailAddress) => boolean,
  settings: Settings,
  scope: ToggleScope,
): string | null {
  // Existing tickets go on (FEATURES P-06): a person's answer reaches whoever it is for, automatic mail does not.
  const { getsAutomaticMail, getsAnswers, refusal } = LIFECYCLE[status];
  if (!(rule.isAutomatic ? getsAutomaticMail : getsAnswers)) return refusal;
  const off = whySwitchedOff(rule.toggle, settings, scope);
  if (off !== null) return off;
  return isDesk(address as EmailAddress) ? 'the address is one of the desk' : null;
}
