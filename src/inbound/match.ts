import { isActive } from '../contacts/model.ts';
import type { ContactId, CustomerId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import { domainOf } from '../mail/address.ts';
import type { Sender } from '../mail/sender.ts';
import type { ThreadTicket } from '../tickets/store.ts';
import type { SenderMatch, ThreadMatch } from './facts.ts';
import type { Lookups } from './lookups.ts';
import type { Understood } from './understand.ts';

/** Who the sender is to us. Pure. The home of somebody new: their domain's customer, the mailbox's, or Unassigned. */
export function matchSender(
  sender: Sender,
  lookups: Lookups,
  desk: { readonly addresses: ReadonlySet<EmailAddress>; readonly defaultCustomerId: CustomerId | null },
  now: Date,
): SenderMatch {
  if (sender.is !== 'address') return sender;
  const { address } = sender;
  if (desk.addresses.has(address)) return { is: 'desk', address };
  const owner = lookups.owners.get(address);
  if (owner !== undefined) {
    const { id: contactId, customerId } = owner;
    return { is: 'contact', address, contactId, customerId, isActive: isActive(owner, now) };
  }
  if (lookups.erased.has(address)) return { is: 'erased', address };
  const customerId = lookups.domainCustomers.get(domainOf(address)) ?? desk.defaultCustomerId ?? lookups.unassigned;
  return { is: 'unknown', address, customerId };
}

/**
 * Which ticket a message answers. Pure. A token of ours comes before a Message-ID of somebody else's, a ticket the
 * sender takes part in before others, a nearer parent before a farther one.
 */
export function matchThread(message: Understood, sender: SenderMatch, lookups: Lookups, now: Date): ThreadMatch {
  const byToken = message.refersTo.flatMap(({ publicId }) =>
    publicId === null ? [] : (lookups.ticketsByPublicId.get(publicId) ?? []),
  );
  const byReference = message.refersTo.flatMap(({ hash }) => lookups.ticketsByMessageId.get(hash) ?? []);
  const contactId = sender.is === 'contact' ? sender.contactId : null;
  for (const [is, ids] of [
    ['token', byToken],
    ['references', byReference],
  ] as const) {
    const tickets = ids.flatMap((id) => lookups.tickets.get(id) ?? []);
    const ticket = tickets.find((candidate) => takesPart(candidate, contactId)) ?? tickets[0];
    if (ticket === undefined) continue;
    const closedDays =
      ticket.closedAt === null ? null : Math.floor((now.getTime() - ticket.closedAt.getTime()) / 86_400_000);
    return { is, ticketId: ticket.id, status: ticket.status, closedDays, isParticipant: takesPart(ticket, contactId) };
  }
  return { is: 'none' };
}

const takesPart = (ticket: ThreadTicket, contactId: ContactId | null): boolean =>
  contactId !== null && ticket.participantIds.includes(contactId);
