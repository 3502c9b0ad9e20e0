import { DELETED_CONTACT } from '../contacts/model.ts';
import type { TicketId } from '../db/ids.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Classification } from '../mail/classify.ts';
import type { ParsedMessage } from '../mail/parsed-message.ts';
import { writtenAnew } from '../mail/reply.ts';
import { mayHoldMuteWish, readMuteWish } from '../mail/unsubscribe-words.ts';
import type { MuteWish } from '../mail/unsubscribe-words.ts';
import type { NewMute } from '../notifications/mute-store.ts';
import { isMutable } from '../notifications/mutes.ts';
import type { SentToken } from '../notifications/store.ts';
import { readUnsubscribeSubject } from '../notifications/unsubscribe.ts';
import type { NotificationKind } from '../notifications/views.ts';
import type { Facts, SenderMatch, ThreadMatch } from './facts.ts';
import type { Lookups } from './lookups.ts';
import { whereMerged } from './match.ts';
import type { Understood } from './understand.ts';

/** How a message asks to hear less: by the token of a mail of ours in its subject, or by all that its writer wrote. */
export type MuteRequest =
  { readonly is: 'token'; readonly publicId: string } | { readonly is: 'words'; readonly wish: MuteWish };

/** Reads it from the message alone; null: it asks for nothing of the kind. Pure. */
export function readMuteRequest(
  parsed: ParsedMessage,
  kind: Classification['kind'],
  isAnswer: boolean,
  keys: Keys,
): MuteRequest | null {
  const publicId = readUnsubscribeSubject(keys, parsed.subject);
  if (publicId !== null) return { is: 'token', publicId };
  if (kind !== 'personal' || !isAnswer || !mayHoldMuteWish(parsed.text)) return null;
  const wish = parsed.attachments.length > 0 ? null : readMuteWish(writtenAnew(parsed));
  return wish === null ? null : { is: 'words', wish };
}

/** Who hears less from now on, and of what. */
type Muting = Omit<NewMute, 'source'> & { readonly by: NonNullable<Facts['asksToMute']> };

/**
 * What the wish means here; null: nothing, so the message is like any other. Pure. A token is proof enough, whoever
 * sends it, as it is in the link. Words count when they answer a mail of ours that went to whoever writes them, or when
 * they take part; words that may answer a question count only where we asked none: below an automatic mail. To whoever
 * wants something of us any word may be the answer to what an operator asked, and an operator reads it.
 */
export function mutingOf(
  { mute, replyTokens, refersTo }: Pick<Understood, 'mute' | 'replyTokens' | 'refersTo'>,
  sender: SenderMatch,
  thread: ThreadMatch,
  lookups: Lookups,
): Muting | null {
  if (mute === null) return null;
  if (mute.is === 'token') {
    const mail = lookups.sentTokens.get(mute.publicId);
    if (mail === undefined || mail.recipient === DELETED_CONTACT || !isMutable(mail.kind)) return null;
    const { contactId, recipient: address } = mail;
    return { by: 'token', contactId, address, ticketId: rootOf(mail.ticketId, lookups) };
  }
  if (sender.is !== 'contact' && sender.is !== 'unknown') return null;
  const answered = [...replyTokens, ...refersTo.flatMap(({ publicId }) => publicId ?? [])].flatMap(
    (publicId) => lookups.sentTokens.get(publicId) ?? [],
  );
  const mail = answered.find((one) => isTheirs(one, sender)) ?? (takesPart(thread) ? answered[0] : undefined);
  if (mail === undefined || !MAY_BE_ANSWERED.has(mail.kind)) return null;
  const ticketId = rootOf(mail.ticketId, lookups);
  if (PERSONS_WORDS.has(mail.kind) && (mute.wish === 'maybe' || isRequester(ticketId, sender, lookups))) return null;
  const contactId = sender.is === 'contact' ? sender.ownerId : null;
  return { by: 'words', contactId, address: sender.address, ticketId };
}

const isRequester = (ticketId: TicketId | null, sender: SenderMatch, { tickets }: Lookups): boolean => {
  const requesterId = ticketId === null ? null : (tickets.get(ticketId)?.requesterId ?? null);
  return sender.is === 'contact' && requesterId !== null && [sender.contactId, sender.ownerId].includes(requesterId);
};

/** A digest is of no ticket: less of it is less of all. */
const rootOf = (ticketId: TicketId | null, lookups: Lookups): TicketId | null =>
  ticketId === null ? null : (whereMerged(ticketId, lookups)?.id ?? ticketId);

const isTheirs = ({ recipient, contactId }: SentToken, sender: Extract<SenderMatch, { address: unknown }>): boolean =>
  recipient === sender.address || (sender.is === 'contact' && contactId === sender.contactId);

const takesPart = (thread: ThreadMatch): boolean => thread.is === 'other_token' && thread.isParticipant;

/** Below these an operator may have asked something. */
const PERSONS_WORDS: ReadonlySet<NotificationKind> = new Set<NotificationKind>([
  'agent_replied',
  'ticket_opened_for_you',
]);

/** Mail about tickets, the receipt of one's own among it; a welcome is answered by whoever wants something. */
const MAY_BE_ANSWERED = {
  has: (kind: NotificationKind): boolean => isMutable(kind) || kind === 'ticket_opened' || kind === 'late_receipt',
};
