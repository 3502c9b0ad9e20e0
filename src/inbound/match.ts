import { isActive } from '../contacts/model.ts';
import type { ContactId, CustomerId, TicketId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import { domainOf } from '../mail/address.ts';
import type { Sender } from '../mail/sender.ts';
import { baseSubject, isForwardSubject, isReplySubject } from '../mail/subject.ts';
import type { SentToken } from '../notifications/store.ts';
import type { ThreadTicket } from '../tickets/thread-store.ts';
import { cutSubject } from './entry.ts';
import type { Proof, SenderMatch, ThreadMatch } from './facts.ts';
import { PROOFS } from './facts.ts';
import type { Lookups } from './lookups.ts';
import type { People } from './people.ts';
import type { DeskPeople, Understood } from './understand.ts';

/** Who an address is to us. Pure. The home of somebody new: their domain's customer, the mailbox's, or Unassigned. */
export function matchSender(
  sender: Sender,
  people: People,
  desk: DeskPeople & { readonly defaultCustomerId: CustomerId | null },
  now: Date,
): SenderMatch {
  if (sender.is === 'nobody') return sender;
  if (sender.is === 'ambiguous') {
    const { is, raw, candidates } = sender;
    const whose = (address: EmailAddress) => ({ address, contactId: people.owners.get(address)?.id ?? null });
    return { is, raw, candidates: candidates.map(whose) };
  }
  const { address } = sender;
  if (desk.isOwnAddress(address)) return { is: 'desk', address };
  const operator = desk.operators.get(address);
  if (operator !== undefined) return { is: 'operator', address, ...operator };
  const owner = people.owners.get(address);
  if (owner !== undefined) {
    const { id: contactId, ownerId, customerId } = owner;
    return { is: 'contact', address, contactId, ownerId, customerId, isActive: isActive(owner, now) };
  }
  const customerId = people.domainCustomers.get(domainOf(address)) ?? desk.defaultCustomerId ?? people.unassigned;
  return { is: people.erased.has(address) ? 'erased' : 'unknown', address, customerId };
}

/**
 * Which ticket a message names, and how. Pure. The surest proof comes first; with one proof, a ticket the sender takes
 * part in before others, then one they are told of, a nearer parent before a farther one.
 */
export function matchThread(message: Understood, sender: SenderMatch, lookups: Lookups, now: Date): ThreadMatch {
  const contactId = sender.is === 'contact' ? sender.contactId : null;
  const named = namedTickets(message, sender, lookups);
  for (const is of PROOFS) {
    const tickets = named[is].flatMap((id) => whereMerged(id, lookups) ?? []);
    const ticket =
      tickets.find((candidate) => takesPart(candidate, contactId)) ??
      tickets.find((candidate) => isTold(candidate, sender)) ??
      tickets[0];
    if (ticket === undefined) continue;
    const closedDays =
      ticket.closedAt === null ? null : Math.floor((now.getTime() - ticket.closedAt.getTime()) / 86_400_000);
    return {
      is,
      ticketId: ticket.id,
      status: ticket.status,
      closedDays,
      isParticipant: takesPart(ticket, contactId),
      isTold: isTold(ticket, sender),
      isReply: isReply(message, [ticket, ...named[is].flatMap((id) => lookups.tickets.get(id) ?? [])], is),
    };
  }
  return { is: 'none' };
}

/** Whether an operator answers mail of ours to them that is about no ticket, such as an alarm. A forward is no answer. */
export function answersDesk(message: Understood, sender: SenderMatch, lookups: Lookups): boolean {
  if (sender.is !== 'operator' || isForwardSubject(cutSubject(message.parsed.subject))) return false;
  return tokensIn(message, lookups).some(
    ({ recipient, ticketId }) => recipient === sender.address && ticketId === null,
  );
}

const tokensIn = ({ refersTo, replyTokens }: Understood, { sentTokens }: Lookups) =>
  [...replyTokens, ...refersTo.flatMap(({ publicId }) => publicId ?? [])].flatMap(
    (publicId) => sentTokens.get(publicId) ?? [],
  );

function namedTickets(
  message: Understood,
  sender: SenderMatch,
  lookups: Lookups,
): Readonly<Record<Proof, readonly TicketId[]>> {
  const { refersTo, tags } = message;
  const tokens = tokensIn(message, lookups);
  const isOwn = ({ recipient, contactId }: (typeof tokens)[number]): boolean =>
    ('address' in sender && recipient === sender.address) ||
    (sender.is === 'contact' && contactId === sender.contactId);
  return {
    own_token: tokens
      .filter(isOwn)
      .flatMap((token) => token.ticketId ?? (isDigestOfSeveral(token) ? theirsByNumber(message, sender, lookups) : [])),
    other_token: tokens.filter((token) => !isOwn(token)).flatMap(({ ticketId }) => ticketId ?? []),
    references: refersTo.flatMap(({ hash }) => lookups.ticketsByMessageId.get(hash) ?? []),
    tag: tags.flatMap((number) => lookups.ticketsByNumber.get(number) ?? []),
  };
}

/** Whether it answers mail of ours that told of several tickets. */
export const answersDigest = (message: Understood, lookups: Lookups): boolean =>
  tokensIn(message, lookups).some(isDigestOfSeveral);

const isDigestOfSeveral = ({ kind, ticketId }: SentToken): boolean => kind === 'digest' && ticketId === null;

/** The one ticket of theirs that they name with its number: that it answers us is proven already. */
function theirsByNumber({ tags }: Understood, sender: SenderMatch, lookups: Lookups): readonly TicketId[] {
  const [id, ...others] = tags.flatMap((number) => lookups.ticketsByNumber.get(number) ?? []);
  if (id === undefined || others.length > 0) return [];
  const ticket = whereMerged(id, lookups);
  const contactId = sender.is === 'contact' ? sender.contactId : null;
  return ticket !== null && (takesPart(ticket, contactId) || isTold(ticket, sender)) ? [id] : [];
}

/** A merge is followed once; merging takes along what was merged before, so that is enough. */
export function whereMerged(id: TicketId, { tickets }: Pick<Lookups, 'tickets'>): ThreadTicket | null {
  const ticket = tickets.get(id);
  if (ticket === undefined) return null;
  return ticket.mergedIntoId === null ? ticket : (tickets.get(ticket.mergedIntoId) ?? null);
}

const takesPart = (ticket: ThreadTicket, contactId: ContactId | null): boolean =>
  contactId !== null && ticket.participantIds.includes(contactId);

export const isTold = ({ toldIds, toldAddresses }: ThreadTicket, sender: SenderMatch): boolean =>
  (sender.is === 'contact' && toldIds.includes(sender.contactId)) ||
  // A contact, too: of an address that became theirs in this very batch.
  ((sender.is === 'contact' || sender.is === 'unknown') && toldAddresses.includes(sender.address));

/** Shorter subjects are contained in others by chance. */
const MIN_CONTAINED = 8;

/**
 * Whether the message answers the ticket: it is no forward, and it keeps the subject of that ticket, or of one that was
 * merged into it. Gateways and programs put words before or behind a subject, so one that contains the other is the same;
 * with a Message-ID to answer, "Re:" says enough.
 */
function isReply({ parsed, tags }: Understood, tickets: readonly ThreadTicket[], by: Proof): boolean {
  // As much of it as is kept: a backtest sees no more.
  const whole = cutSubject(parsed.subject);
  if (isForwardSubject(whole)) return false;
  const written = baseSubject(whole);
  if (written === '' || tickets.some(({ number }) => tags.includes(number))) return true;
  if (by !== 'tag' && isReplySubject(whole)) return true;
  return tickets
    .map(({ subject }) => baseSubject(subject))
    .some((subject) => {
      const [short, long] = subject.length < written.length ? [subject, written] : [written, subject];
      return short === long || (short.length >= MIN_CONTAINED && long.includes(short));
    });
}
