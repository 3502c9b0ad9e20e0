import { LIFECYCLE } from '../contacts/model.ts';
import type { Tx } from '../db/client.ts';
import { findPrimaryAddress } from '../contacts/welcome-store.ts';
import type { OperatorId, TicketId } from '../db/ids.ts';
import type { Credential } from '../db/schema/notifications.ts';
import { CREDENTIALS } from '../db/schema/notifications.ts';
import type { AudienceRole } from '../events/audience.ts';
import { becauseOf, NOT_CHOSEN, TICKET_ROLES } from '../events/audience.ts';
import type { NewEvent } from '../events/store.ts';
import type { Keys } from '../lib/crypto.ts';
import { sha256 } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import { deskAddressTest } from '../mailboxes/model.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import type { ToggleScope } from '../settings/resolve.ts';
import { resolveToggle, settingsOf } from '../settings/resolve.ts';
import type { Settings } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import type { AudienceRow } from '../tickets/participant-store.ts';
import { findOperatorAddress, listAudience, listHouse } from '../tickets/participant-store.ts';
import { findEntry, findTicket } from '../tickets/store.ts';
import type { PlannedNotification } from './model.ts';
import { planNotifications, welcomeKey } from './plan.ts';
import type { NotificationRule } from './rules.ts';
import { NOTIFICATION_RULES, whySwitchedOff } from './rules.ts';
import { findMutes } from './mute-store.ts';
import { whyMuted } from './mutes.ts';
import { listThreads, storeOwed } from './store.ts';

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
  const refusal = event.refusal ?? refusalOf({ status, address }, rule, deskAddressTest(mailboxes), settings, scope);
  const because = rule.kind === 'password_link' ? 'an operator invites them' : becauseOf('contact', null);
  const member = { role: 'contact', because, contactId, name, address, locale: 'en', refusal, ...NO_THREAD } as const;
  // A contact is welcomed once, ever; a link may be asked for again.
  const key = kind === 'contact_created' ? welcomeKey(contactId) : sha256(Buffer.from(JSON.stringify(['event', id])));
  const about = { id, kind, key, mailbox, ticket: null, entry: null, isLate: false, detail: null, timeZone: 'UTC' };
  const credential = rule.kind === 'password_link' ? 'link' : chosenCredential(settings, scope);
  const signIn = { userName: contact.userName ?? address, credential, whyNot: null };
  return { planned: planNotifications(about, [member], signIn), settings };
}

const chosenCredential = (settings: Settings, scope: ToggleScope): Credential | null => {
  const { value } = resolveToggle(settings, 'welcome_credentials', scope);
  return CREDENTIALS.find((credential) => credential === value) ?? null;
};

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
  const rows = await listTold(tx, ticketId, rule, event.notify ?? TICKET_ROLES);
  const threads = await listThreads(
    tx,
    ticketId,
    rows.map(({ address }) => address),
  );
  const customerIds = ticket.customerId === null ? [] : [ticket.customerId];
  const settings = settingsOf(
    await loadSettings(
      tx,
      customerIds,
      rows.flatMap(({ contactId }) => contactId ?? []),
    ),
  );
  const scope = { mailboxId: mailbox.id, customerId: ticket.customerId };
  const isDesk = deskAddressTest(mailboxes);
  const mutes = await findMutes(
    tx,
    [ticketId],
    rows.flatMap(({ contactId }) => contactId ?? []),
    rows.map(({ address }) => address),
  );
  const author = origin.author ?? (await addressOfActor(tx, event.actor));
  const audience = rows.map((row) => {
    const wroteIt = row.address === author ? 'they wrote it' : null;
    const notChosen = event.notify?.includes(row.role) === false ? NOT_CHOSEN : null;
    const rest = refusalOf(row, rule, isDesk, settings, { ...scope, contactId: row.contactId });
    const because = becauseOf(row.role, row.of);
    const isTheirs = row.contactId !== null && row.contactId === ticket.personId;
    const muted = whyMuted(mutes, { ...row, kind: rule.kind, ticketId, isTheirs });
    return {
      ...row,
      because,
      locale: 'en',
      refusal: wroteIt ?? notChosen ?? event.refusal ?? rest ?? muted,
      ...(threads.get(row.address) ?? NO_THREAD),
    };
  });
  const { id, kind } = event;
  // The number alone would come again after a restore that lost commits, and with it a Message-ID that receivers know.
  const key = origin.key ?? sha256(Buffer.from(JSON.stringify(['event', id, entry?.at ?? null, entry?.text ?? null])));
  const told = { id, kind, key, mailbox, ticket, entry, isLate: false, detail: null, timeZone: 'UTC' };
  return { planned: planNotifications(told, audience), settings };
}

const NO_THREAD = { inReplyTo: null, references: [] } as const;

/** Of those whom the rule names everybody who takes part, and of the others those who were chosen. */
async function listTold(
  tx: Tx,
  ticketId: TicketId,
  { audience }: NotificationRule,
  roles: readonly AudienceRole[],
): Promise<readonly AudienceRow[]> {
  const takePart = (await listAudience(tx, ticketId)).filter(({ role }) => audience.includes(role));
  if (!roles.includes('team') && !roles.includes('customer')) return takePart;
  return [...takePart, ...(await listHouse(tx, ticketId)).filter(({ role }) => roles.includes(role))];
}

async function addressOfActor(tx: Tx, actor: string): Promise<EmailAddress | null> {
  const id = /^operator:(\d+)$/.exec(actor)?.[1];
  return id === undefined ? null : findOperatorAddress(tx, Number(id) as OperatorId);
}

function refusalOf(
  { status, address }: Pick<AudienceRow, 'status' | 'address'>,
  rule: NotificationRule,
  isDesk: (address: EmailAddress) => boolean,
  settings: Settings,
  scope: ToggleScope,
): string | null {
  const standing = LIFECYCLE[status];
  if (!standing[rule.reaches]) return standing.refusal;
  const off = whySwitchedOff(rule.toggle, settings, scope);
  if (off !== null) return off;
  return isDesk(address) ? 'the address is one of the desk' : null;
}
