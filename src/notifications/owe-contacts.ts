import type { Welcomed } from '../contacts/welcome-store.ts';
import { listWelcomed } from '../contacts/welcome-store.ts';
import type { Queryable } from '../db/client.ts';
import type { Credential } from '../db/schema/notifications.ts';
import { CREDENTIALS } from '../db/schema/notifications.ts';
import { becauseOf } from '../events/audience.ts';
import type { NewEvent } from '../events/store.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import { deskAddressTest } from '../mailboxes/model.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import type { Settings, ToggleScope } from '../settings/resolve.ts';
import { resolveToggle, settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { refusalOf } from './audience.ts';
import type { PlannedNotification } from './model.ts';
import type { Owed, Owing } from './owing.ts';
import { eventKey, NOTHING_OWED, wordsOf } from './owing.ts';
import { planRule, welcomeKey } from './plan.ts';
import { rulesOf } from './rules.ts';

/**
 * The mail to contacts about themselves. It comes from the mailbox their customer's mail comes to, else from the oldest
 * one; a desk without a mailbox sends nothing, and whoever was let in by mail had their answer.
 */
export async function planContactEvents(db: Queryable, owings: readonly Owing[]): Promise<Owed> {
  const events = owings.map(({ event }) => event).filter(({ ticketId }) => ticketId === null);
  const ids = [...new Set(events.flatMap(({ contactId }) => contactId ?? []))];
  if (ids.length === 0) return NOTHING_OWED;
  const [contacts, mailboxes] = await Promise.all([listWelcomed(db, ids), listMailboxes(db)]);
  const customerIds = [...new Set(contacts.map(({ customerId }) => customerId))];
  const settings = settingsOf(await loadSettings(db, customerIds, ids));
  const byId = new Map(contacts.map((contact) => [contact.contactId, contact]));
  const planned = events.flatMap((event) => {
    const contact = event.contactId === null ? undefined : byId.get(event.contactId);
    const mailbox = mailboxes.find((one) => one.defaultCustomerId === contact?.customerId) ?? mailboxes[0];
    return contact === undefined || mailbox === undefined
      ? []
      : planAbout(event, contact, mailbox, mailboxes, settings);
  });
  return { planned, settings };
}

function planAbout(
  event: NewEvent,
  { status, ...contact }: Welcomed,
  mailbox: Mailbox,
  mailboxes: readonly Mailbox[],
  settings: Settings,
): readonly PlannedNotification[] {
  const { id, kind } = event;
  const { contactId, customerId, address } = contact;
  const scope = { mailboxId: mailbox.id, customerId, contactId };
  const { localeOf, timeZone } = wordsOf(settings, mailbox.id);
  const nothing = { wrote: null, did: null, mutes: [], requesterId: null, told: new Map<string, string>() };
  const against = { ...nothing, event, settings, scope, isDesk: deskAddressTest(mailboxes) };
  return rulesOf(kind).flatMap((rule) => {
    const isAsked = rule.kind === 'password_link';
    const because = isAsked ? 'an operator invites them' : becauseOf('contact', null);
    const named = { ...contact, role: 'contact', because, personId: contactId } as const;
    const refusal = refusalOf({ ...named, status }, rule, against, '');
    const member = { ...named, locale: localeOf(contact.locale), refusal, inReplyTo: null, references: [] };
    // A contact is welcomed once, ever; a link may be asked for again.
    const key = kind === 'contact_created' ? welcomeKey(contactId) : eventKey(id);
    const about = { id, kind, key, mailbox, ticket: null, entry: null, isLate: false, detail: null, timeZone };
    const credential = isAsked ? 'link' : chosenCredential(settings, scope);
    return planRule(rule, about, [member], { userName: contact.userName ?? address, credential, whyNot: null });
  });
}

const chosenCredential = (settings: Settings, scope: ToggleScope): Credential | null => {
  const { value } = resolveToggle(settings, 'welcome_credentials', scope);
  return CREDENTIALS.find((credential) => credential === value) ?? null;
};
