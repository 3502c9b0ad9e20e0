import { splitName } from '../contacts/model.ts';
import type { ContactId, CustomerId, TicketEntryId, TicketId } from '../db/ids.ts';
import { unreachable } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { rateLimitKey } from '../mail/address.ts';
import type { SignIn } from '../notifications/model.ts';
import type { Planning } from './batch-plan.ts';
import type { Decision } from './decide.ts';
import { ticketSubject } from './entry.ts';
import type { ErasedMatch, Facts, SenderMatch, UnknownMatch } from './facts.ts';
import { askerOf } from './facts.ts';
import { cellOf } from './matrix.ts';
import type { Understood } from './understand.ts';
import { addEvent, addMailEntry, addOwing, addRemark, authorOf, isLate, nameOf } from './writing.ts';

/** Plans a new ticket of whoever asks, its first entry, its link to a ticket it names, and the answer owed. */
export function openTicket(
  planning: Planning,
  message: Understood,
  facts: Facts,
  decision: Decision,
): { readonly ticketId: TicketId; readonly entryId: TicketEntryId } {
  const { plan, lookups, desk, take } = planning;
  if (decision.answer === null) throw new Error('a ticket was opened without asking whether to answer');
  const requester = requesterOf(planning, message, facts, decision);
  const ticketId = take('tickets') as TicketId;
  const ticket = {
    id: ticketId,
    mailboxId: desk.mailboxId,
    customerId: requester.customerId,
    requesterId: requester.contactId,
    subject: ticketSubject(facts.forwarded?.subject ?? message.parsed.subject),
  };
  plan.tickets.push(ticket);
  lookups.tickets.set(ticketId, {
    ...ticket,
    number: 0,
    status: 'open',
    closedAt: null,
    participantIds: requester.personId === null ? [] : [requester.personId],
    toldIds: [],
    toldAddresses: [],
    mergedIntoId: null,
  });
  const entryId = addMailEntry(planning, message, facts, {
    ticketId,
    visibility: 'everybody',
    author: requester.author,
    authorName: requester.name,
    kind: 'mail',
    text: facts.forwarded === null ? null : forwardedText(message),
  });
  if (facts.forwarded !== null) remarkForwarded(planning, message, facts, ticketId);
  linkTicket(planning, facts, ticketId);
  const { contactId, address, name } = requester;
  const event = addEvent(planning, message, facts, 'ticket_opened', { ticketId, entryId, contactId });
  // Whose ticket it is has their acknowledgement.
  addOwing(planning, message, facts, event, 'staff');
  if (contactId === null || address === null) return { ticketId, entryId };
  plan.answers.push({
    eventId: event.id,
    contentKey: message.claimed.contentKey,
    ticketId,
    contactId,
    name,
    address,
    locale: requester.locale,
    refusal: decision.answer.send ? null : decision.answer.says,
    ...threadOf(message, facts),
    isLate: isLate(facts),
  });
  if (decision.answer.send) lookups.lastAutomatic.set(rateLimitKey(address), planning.now);
  return { ticketId, entryId };
}

export interface Requester {
  /** null: an operator, who is nobody's customer, or nobody we know. */
  readonly contactId: ContactId | null;
  /** Another than `contactId` while they are merged into somebody. */
  readonly personId: ContactId | null;
  readonly customerId: CustomerId;
  readonly address: EmailAddress | null;
  readonly name: string;
  readonly author: string;
  /** Their language or their company's; null: neither has one. */
  readonly locale: string | null;
}

const NOBODY = { contactId: null, personId: null, address: null, locale: null } as const;

/** The contact who asks: known, or made now. */
function requesterOf(planning: Planning, message: Understood, facts: Facts, decision: Decision): Requester {
  const asker = askerOf(facts);
  const name = nameOf(planning, message, asker);
  switch (asker.is) {
    case 'contact': {
      const { contactId: personId, ownerId: contactId, address } = asker;
      const owner = planning.lookups.owners.get(address);
      const customerId = owner?.ownerCustomerId ?? asker.customerId;
      const locale = owner?.locale ?? null;
      return { contactId, personId, customerId, address, name, author: `contact:${contactId}`, locale };
    }
    case 'operator': {
      const customerId = planning.desk.defaultCustomerId ?? planning.lookups.unassigned;
      return { ...NOBODY, customerId, name, author: `operator:${asker.operatorId}` };
    }
    case 'unknown':
      return newContact(planning, message, facts, asker, welcomeOf(decision, asker.address));
    case 'erased':
      if (!decision.recreates) return nobody(planning, asker, name);
      planning.plan.recreated.add(asker.address);
      return newContact(planning, message, facts, asker, welcomeOf(decision, asker.address));
    case 'desk':
    case 'ambiguous':
    case 'nobody':
      return nobody(planning, asker, name);
    default:
      return unreachable(asker);
  }
}

/** Only when a person let it go on: nobody is made, and nobody is answered. */
function nobody({ desk, lookups }: Planning, asker: SenderMatch, name: string): Requester {
  const customerId = desk.defaultCustomerId ?? lookups.unassigned;
  return { ...NOBODY, customerId, name: name || '(unknown sender)', author: authorOf(asker) };
}

/** What the welcome of a new contact brings to sign in with; null: nobody is welcomed. */
export function welcomeOf({ welcome, credential }: Decision, address: EmailAddress): SignIn | null {
  if (welcome?.send !== true) return null;
  const isChosen = credential === null || credential.brings !== null || credential.rule === 'credentials_off';
  return { userName: address, credential: credential?.brings ?? null, whyNot: isChosen ? null : credential.says };
}

/**
 * Plans the contact that somebody unknown becomes, or whoever was erased, and that the rest of the batch knows them.
 *
 * @param welcome what their welcome brings; null: they get none
 */
export function newContact(
  planning: Planning,
  message: Understood,
  facts: Facts,
  { address, customerId }: UnknownMatch | ErasedMatch,
  welcome: SignIn | null,
): Requester & { readonly contactId: ContactId } {
  const contactId = planning.take('contacts') as ContactId;
  const name = writtenName(message, facts);
  planning.plan.contacts.push({ id: contactId, customerId, address, ...splitName(name) });
  const known = { id: contactId, ownerId: contactId, customerId, name, ownerCustomerId: customerId, ownerName: name };
  const locale = planning.lookups.customerLocales.get(customerId) ?? null;
  const standing = { status: 'active', deactivatedUntil: null, isVerified: false, locale } as const;
  planning.lookups.owners.set(address, { ...known, ...standing });
  const { id: eventId } = addEvent(planning, message, facts, 'contact_created', { contactId });
  if (welcome !== null) planning.plan.welcomes.push({ eventId, contactId, name, address, locale, signIn: welcome });
  const author = `contact:${contactId}`;
  return { contactId, personId: contactId, customerId, address, name: name || address, author, locale };
}

/** The name they write beside their address. */
function writtenName({ sender, original }: Understood, { forwarded }: Facts): string {
  if (forwarded !== null) return original?.is === 'original' ? original.name : '';
  return sender.is === 'address' ? sender.name : '';
}

/** A reply to a ticket that was closed too long ago continues it; whatever else names a ticket may belong to it. */
function linkTicket({ plan }: Planning, facts: Facts, ticketId: TicketId): void {
  if (facts.thread.is === 'none') return;
  const kind = cellOf(facts) === 'append' ? 'continues' : 'may_belong_to';
  plan.links.push({ ticketId, otherId: facts.thread.ticketId, kind });
}

/** What the answer refers to: the mail of whoever asked, if its Message-ID is known. */
function threadOf(
  { parsed, original }: Understood,
  { forwarded }: Facts,
): { readonly inReplyTo: string | null; readonly references: readonly string[] } {
  if (forwarded !== null) {
    const inReplyTo = original?.is === 'original' ? original.messageId : null;
    return { inReplyTo, references: inReplyTo === null ? [] : [inReplyTo] };
  }
  const { messageId, references } = parsed;
  return { inReplyTo: messageId, references: messageId === null ? references : [...references, messageId] };
}

const TEXTLESS = {
  attached: 'The forwarded message is attached.',
  inline: 'The forwarded message has no text of its own.',
} as const;

/** What the customer wrote; a mail forwarded as a file is in the ticket as that file. */
const forwardedText = ({ original }: Understood): string =>
  original?.is === 'original' ? original.text || TEXTLESS[original.how] : TEXTLESS.inline;

/** Operators see who forwarded it, and what they wrote above it. */
function remarkForwarded(planning: Planning, message: Understood, { sender }: Facts, ticketId: TicketId): void {
  const { original } = message;
  const comment = original?.is === 'original' ? original.comment : '';
  const words = `Forwarded to the desk by mail.${comment === '' ? '' : `\n\n${comment}`}`;
  addRemark(planning, ticketId, 'note', authorOf(sender), nameOf(planning, message, sender), words);
}
