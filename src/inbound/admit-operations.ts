import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { numberField } from '../access/fields.ts';
import type { ChangeContext, Happened } from '../access/operation.ts';
import { changed, changeOperation } from '../access/operation.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import { isActive, PUBLIC_MAIL_DOMAINS, splitName } from '../contacts/model.ts';
import { findPeople } from '../contacts/person-store.ts';
import {
  findCustomerOf,
  findDomainCustomers,
  findOwners,
  getUnassignedCustomer,
  insertContactsFromMail,
} from '../contacts/store.ts';
import { liftTombstones } from '../contacts/tombstone.ts';
import type { Tx } from '../db/client.ts';
import type { ContactId, CustomerId, TicketEntryId, TicketId } from '../db/ids.ts';
import { takeIds } from '../db/sequences.ts';
import type { EventKind } from '../events/catalogue.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { domainOf, parseAddress } from '../mail/address.ts';
import { settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { addRecord, changeTicketStatus, deskName } from '../tickets/record.ts';
import type { TicketRow } from '../tickets/store.ts';
import { findTicketByNumber, insertTickets, lockTicketStatus } from '../tickets/store.ts';
import { insertParticipants, insertTicketLinks } from '../tickets/thread-store.ts';
import { whyNoAnswer } from './decide.ts';
import { ticketSubject } from './entry.ts';
import { askerOf } from './facts.ts';
import type { AirlockedEntry } from './admit-store.ts';
import { lockAirlockedEntry, moveEntry, putEntryAuthor, showEntryToAll } from './admit-store.ts';

/** How a stranger's mail leaves the airlock (FEATURES B-10). */
const WAYS = ['once', 'participant', 'ticket'] as const;

/**
 * Lets a mail out of the airlock of a ticket: shown to all this once; with its sender as somebody who takes part from
 * now on; or as the first mail of a ticket of its own.
 */
export const admitEntry = changeOperation({
  name: 'ticket.admit',
  permission: 'ticket.write',
  input: z.strictObject({ number: numberField, entry: numberField, how: z.enum(WAYS) }),
  run: async (context, { number, entry: entryId, how }) => {
    const { tx } = context;
    const ticket = await findTicketByNumber(tx, number);
    // What was merged goes on elsewhere: whoever is let in takes part there. Locked before the entry, as others do.
    const goesOn = ticket === null ? null : await whereItGoesOn(tx, ticket);
    if (goesOn !== null) await lockTicketStatus(tx, goesOn.id);
    const entry = ticket === null ? null : await lockAirlockedEntry(tx, ticket.id, entryId as TicketEntryId);
    if (ticket === null || goesOn === null || entry === null) {
      const message = `Ticket ${number} has no entry ${entryId} that waits to be let in.`;
      return err(refusal('entry_not_found', message, `See its entries with: deskbell ticket show ${number}`));
    }
    if (how === 'once') {
      await showEntryToAll(tx, entry.id);
      return admitted(ticket, entry, how, number, await wake(context, goesOn, entry));
    }
    const contact = await contactOf(context, entry);
    if (!contact.ok) return contact;
    const { contactId, isNew } = contact.value;
    const made = isNew ? [happened('contact_created', ticket.id, entry, contactId)] : [];
    if (how === 'ticket' && !isNew && !(await mayOpen(context, contactId))) {
      const message = `Contact ${contactId} is not active, so no new ticket of theirs is opened, however it comes.`;
      return err(refusal('contact_not_active', message, 'Let it in once, or with its sender: --how once|participant'));
    }
    if (how === 'ticket') return openOwnTicket(context, ticket, entry, contact.value, made);
    await insertParticipants(tx, [{ ticketId: goesOn.id, contactId, role: 'cc' }]);
    await putEntryAuthor(tx, entry.id, `contact:${contactId}`);
    await showEntryToAll(tx, entry.id);
    const added = happened('participant_added', goesOn.id, entry, contactId);
    return admitted(ticket, entry, how, number, [...made, added, ...(await wake(context, goesOn, entry))]);
  },
});

/** FEATURES P-06: whoever is not active opens no ticket on any channel. */
async function mayOpen({ tx, clock }: ChangeContext, contactId: ContactId): Promise<boolean> {
  const person = (await findPeople(tx, [contactId])).get(contactId);
  return person !== undefined && isActive(person, clock.now());
}

async function whereItGoesOn(tx: Tx, ticket: TicketRow): Promise<TicketRow> {
  const into = ticket.mergedIntoNumber === null ? null : await findTicketByNumber(tx, ticket.mergedIntoNumber);
  return into ?? ticket;
}

/** @param into the number of the ticket in which the mail is shown now */
const admitted = (
  { number }: TicketRow,
  { id }: AirlockedEntry,
  how: (typeof WAYS)[number],
  into: number,
  events: readonly Happened[],
) =>
  changed({ number, entry: id as number, how, into }, events, {
    from: { ticket: number, shownTo: 'operators' },
    to: { ticket: into, shownTo: 'everybody', senderTakesPart: how !== 'once' },
  });

interface Sender {
  readonly contactId: ContactId;
  readonly customerId: CustomerId;
  readonly isNew: boolean;
}

/** Whoever wrote the entry, as a contact; made now, if they are nobody's yet. */
async function contactOf({ tx, keys }: ChangeContext, entry: AirlockedEntry): Promise<Result<Sender, Refusal>> {
  if (entry.flags.includes('sender_failed')) {
    const message = 'The mail was not sent by whom it says, so nobody is let in for it.';
    return err(refusal('sender_failed', message, 'To show it to those who take part, let it in once: --how once'));
  }
  const colon = entry.author.indexOf(':');
  const [kind, rest] = [entry.author.slice(0, Math.max(colon, 0)), entry.author.slice(colon + 1)];
  if (kind === 'contact') {
    const contactId = Number(rest) as ContactId;
    const customerId = await findCustomerOf(tx, contactId);
    if (customerId !== null) return ok({ contactId, customerId, isNew: false });
  }
  const address = kind === 'mail' ? parseAddress(rest) : null;
  if (address === null) {
    const message = 'An operator wrote it, and operators take no part as customers do.';
    return err(refusal('written_by_operator', message, 'Let it in once: --how once'));
  }
  const owner = (await findOwners(tx, [address])).get(address);
  if (owner !== undefined) return ok({ contactId: owner.ownerId, customerId: owner.ownerCustomerId, isNew: false });
  const domain = domainOf(address);
  const known = PUBLIC_MAIL_DOMAINS.has(domain) ? null : (await findDomainCustomers(tx, [domain])).get(domain);
  const customerId = known ?? entry.defaultCustomerId ?? (await getUnassignedCustomer(tx));
  const ids = await takeIds(tx, { contacts: 1, tickets: 0, ticket_entries: 0, events: 0 });
  const contactId = ids.contacts[0] as ContactId;
  const name = entry.authorName === address ? '' : entry.authorName;
  const isNew = await insertContactsFromMail(tx, [{ id: contactId, customerId, address, ...splitName(name) }]);
  if (isNew) {
    await liftTombstones(tx, keys, [address]);
    return ok({ contactId, customerId, isNew });
  }
  return err(refusal('busy', `Somebody is making a contact of ${address} right now.`, 'Try again.'));
}

/** A contact's words open a ticket that waited or was closed. */
async function wake(context: ChangeContext, ticket: TicketRow, entry: AirlockedEntry): Promise<readonly Happened[]> {
  const writer = contactNumber(entry.author);
  const replied = happened('contact_replied', ticket.id, entry, writer);
  const status = await changeTicketStatus(context.tx, ticket.id, 'contact_replied');
  if (!status.ok || status.value.to === ticket.status) return [replied];
  await remark(context, ticket, 'status', `The reply opened the ticket again; it was ${ticket.status}.`);
  return ticket.status === 'pending' ? [replied] : [replied, happened('ticket_reopened', ticket.id, entry, writer)];
}

async function openOwnTicket(
  context: ChangeContext,
  ticket: TicketRow,
  entry: AirlockedEntry,
  { contactId, customerId }: Sender,
  made: readonly Happened[],
) {
  const { tx } = context;
  const ids = await takeIds(tx, { contacts: 0, tickets: 1, ticket_entries: 0, events: 0 });
  const id = ids.tickets[0] as TicketId;
  const subject = ticketSubject(entry.facts?.subject ?? '');
  const numbers = await insertTickets(tx, [
    { id, mailboxId: entry.mailboxId, customerId, requesterId: contactId, subject },
  ]);
  const number = numbers.get(id);
  if (number === undefined) throw new Error(`ticket ${id} got no number`);
  await insertTicketLinks(tx, [{ ticketId: id, otherId: ticket.id, kind: 'came_from' }]);
  await moveEntry(tx, entry, id, `contact:${contactId}`);
  await showEntryToAll(tx, entry.id);
  await remark(context, ticket, 'note', `A mail of ${entry.authorName} became ticket #${number}.`);
  // The choices for whom it was decided about: where contacts are merged, the one who stands for them.
  const asker = entry.facts === null ? null : askerOf(entry.facts);
  const people = asker?.is === 'contact' ? [asker.contactId] : [];
  const settings = settingsOf(
    await loadSettings(tx, asker !== null && 'customerId' in asker ? [asker.customerId] : [], people),
  );
  const refusal = entry.facts === null ? null : whyNoAnswer(entry.facts, settings);
  const events = [...made, { ...happened('ticket_opened', id, entry, contactId), refusal }];
  return admitted(ticket, entry, 'ticket', number, events);
}

async function remark(
  { tx, actor }: ChangeContext,
  ticket: TicketRow,
  kind: 'note' | 'status',
  text: string,
): Promise<void> {
  const name = actor.is === 'operator' ? actor.name : await deskName(tx, ticket.mailbox);
  await addRecord(tx, ticket.id, kind, { label: actorLabel(actor), name }, text);
}

const happened = (
  kind: EventKind,
  ticketId: TicketId,
  { id: entryId, inboundId }: AirlockedEntry,
  contactId: ContactId | null,
): Happened => ({ kind, ticketId, entryId, contactId, inboundId });

/** The contact an author is; null for anybody else. */
const contactNumber = (author: string): ContactId | null =>
  author.startsWith('contact:') ? (Number(author.slice('contact:'.length)) as ContactId) : null;
