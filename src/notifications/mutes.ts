import type { ContactId, TicketId } from '../db/ids.ts';
import type { MuteSource } from '../db/schema/mutes.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { NotificationKind } from './views.ts';

/** A wish to hear less: of a contact, or of an address of nobody we know. */
export interface Mute {
  /** Whoever stands for the contact who asked; null: nobody we know. */
  readonly contactId: ContactId | null;
  readonly address: EmailAddress | null;
  /** null: of every ticket that is not their own. */
  readonly ticketId: TicketId | null;
}

/** Mail that somebody can ask to get no more of; receipts, welcomes and links to sign in are not among it, nor the staff's. */
const MUTABLE: ReadonlySet<NotificationKind> = new Set<NotificationKind>([
  'agent_replied',
  'ticket_opened_for_you',
  'contact_replied',
  'participant_added',
  'ticket_pending',
  'ticket_resolved',
  'ticket_reopened',
  'ticket_closed',
  'digest',
]);

/** Whether such mail says how to get no more of it, and is kept back from whoever asked (FEATURES N-04). */
export const isMutable = (kind: NotificationKind): boolean => MUTABLE.has(kind);

/**
 * Why somebody is not told, by what they asked for; null: nothing is against it. Pure. What an operator answers to
 * somebody's own request reaches them whatever they muted: they asked for it (FEATURES N-02).
 *
 * @param about the mail that is owed; `isTheirs`: they are the requester of the ticket
 */
export function whyMuted(
  mutes: readonly Mute[],
  about: {
    readonly kind: NotificationKind;
    readonly ticketId: TicketId;
    readonly contactId: ContactId | null;
    readonly address: EmailAddress;
    readonly isTheirs: boolean;
  },
): string | null {
  if (!isMutable(about.kind) || (about.isTheirs && about.kind === 'agent_replied')) return null;
  const theirs = mutes.filter(
    ({ contactId, address }) =>
      (contactId !== null && contactId === about.contactId) || (address !== null && address === about.address),
  );
  if (theirs.some(({ ticketId }) => ticketId === about.ticketId)) return MUTED_TICKET;
  return !about.isTheirs && theirs.some(({ ticketId }) => ticketId === null) ? MUTED_ALL : null;
}

const MUTED_TICKET = 'they muted this ticket';
const MUTED_ALL = 'they muted all tickets but their own';

/** How they asked. */
const SOURCE_WORDS: Readonly<Record<Exclude<MuteSource, 'operator'>, string>> = {
  one_click: ' by their mail program',
  page: ' on the page behind a link in our mail',
  mail: ' by mail',
};

/** What a ticket's record says of it, for operators. */
export const muteRecord = (source: keyof typeof SOURCE_WORDS): string =>
  `They asked to hear no more of this ticket${SOURCE_WORDS[source]}. Answers to their own request still reach them.`;

/** The same of one who takes it back. */
export const unmuteRecord = 'They want to hear of this ticket again.';

/** What the record says where an operator does it for them. */
export const operatorsMuteRecord = (who: string): string =>
  `${who} is told no more of this ticket. Answers to their own request still reach them.`;

export const operatorsUnmuteRecord = (who: string): string => `${who} is told of this ticket again.`;
