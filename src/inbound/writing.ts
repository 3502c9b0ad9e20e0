import type { EventId, TicketEntryId, TicketId } from '../db/ids.ts';
import type { EntryKind, Visibility } from '../db/schema/tickets.ts';
import type { EventKind } from '../events/catalogue.ts';
import type { NewEvent } from '../events/store.ts';
import type { Owing } from '../notifications/owing.ts';
import { unreachable } from '../lib/result.ts';
import type { Planning } from './batch-plan.ts';
import { entryOf, withheldWords } from './entry.ts';
import type { Facts, SenderMatch } from './facts.ts';
import type { Understood } from './understand.ts';

/** Where an entry goes, and whose it is. */
export interface EntryPlace {
  readonly ticketId: TicketId;
  readonly visibility: Visibility;
  readonly author: string;
  readonly authorName: string;
  /** A mail, or an operator's answer that came as one. */
  readonly kind: Extract<EntryKind, 'mail' | 'reply'>;
  /** What is shown of it; null: the text of the message. */
  readonly text: string | null;
}

/** Plans the entry that a message becomes, and beside it a note that names what of it is missing (FEATURES B-14). */
export function addMailEntry(planning: Planning, message: Understood, facts: Facts, place: EntryPlace): TicketEntryId {
  const { plan, take } = planning;
  const id = take('ticket_entries') as TicketEntryId;
  const { entry, attachments } = entryOf(message, facts, { id, ...place });
  plan.entries.push(entry);
  plan.attachments.push(...attachments);
  const withheld = withheldWords(message.parsed);
  if (withheld !== null) addRemark(planning, place.ticketId, 'note', 'system', 'Deskbell', withheld);
  return id;
}

/** Plans an entry that says what happened: a note for operators, or a change of status for everybody. */
export function addRemark(
  { plan, take }: Planning,
  ticketId: TicketId,
  kind: Extract<EntryKind, 'note' | 'status'>,
  author: string,
  authorName: string,
  text: string,
): void {
  plan.entries.push({
    id: take('ticket_entries') as TicketEntryId,
    ticketId,
    kind,
    visibility: kind === 'note' ? 'operators' : 'everybody',
    author,
    authorName,
    inboundId: null,
    messageId: null,
    text,
    html: null,
    addressed: null,
    flags: null,
    defects: null,
  });
}

/** Plans an event that the message caused. */
export function addEvent(
  { plan, take }: Planning,
  { claimed }: Understood,
  { sender }: Facts,
  kind: EventKind,
  about: Partial<Pick<NewEvent, 'ticketId' | 'entryId' | 'contactId'>>,
): NewEvent {
  const event: NewEvent = {
    id: take('events') as EventId,
    kind,
    actor: authorOf(sender),
    ticketId: null,
    entryId: null,
    contactId: null,
    inboundId: claimed.id,
    ...about,
  };
  plan.events.push(event);
  return event;
}

/** Mail older than this when it is read comes out of a backlog: what it owes lets others go first. */
const LATE_AFTER_MINUTES = 10;

/** Whether a message comes out of a backlog. */
export const isLate = ({ ageMinutes }: Facts): boolean => ageMinutes > LATE_AFTER_MINUTES;

/** Plans that an event of the message owes mail, under the message's own key: however often it is read, it is the same. */
export function addOwing(
  { plan }: Planning,
  { claimed }: Understood,
  facts: Facts,
  event: NewEvent,
  tells: Owing['tells'],
): void {
  plan.owing.push({ event, key: claimed.contentKey, author: whoWrote(facts), tells, isLate: isLate(facts) });
}

function whoWrote({ sender }: Facts): Owing['author'] {
  if (!('address' in sender)) return null;
  const { address } = sender;
  const personId = sender.is === 'contact' ? sender.contactId : null;
  return { address, personId, operatorId: sender.is === 'operator' ? sender.operatorId : null };
}

/** Who wrote, as records name them. */
export function authorOf(sender: SenderMatch): string {
  switch (sender.is) {
    case 'contact':
      return `contact:${sender.ownerId}`;
    case 'operator':
      return `operator:${sender.operatorId}`;
    case 'unknown':
    case 'erased':
    case 'desk':
      return `mail:${sender.address}`;
    case 'ambiguous':
    case 'nobody':
      return 'mail';
    default:
      return unreachable(sender);
  }
}

/** Who wrote, as people read it: by the name of whose address it is, also while they are merged into somebody. */
export function nameOf({ lookups }: Planning, { sender: written }: Understood, sender: SenderMatch): string {
  if (sender.is === 'operator') return sender.name;
  const known = sender.is === 'contact' ? lookups.owners.get(sender.address)?.ownerName : undefined;
  const shown =
    written.is === 'address' && 'address' in sender && written.address === sender.address ? written.name : '';
  return known || shown || ('address' in sender ? sender.address : '');
}
