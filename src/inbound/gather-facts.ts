import type { InboundMessageId } from '../db/ids.ts';
import { rateLimitKey } from '../mail/address.ts';
import { readMuteWish } from '../mail/unsubscribe-words.ts';
import type { Forward } from '../mail/forward.ts';
import { resolveToggle } from '../settings/resolve.ts';
import type { Planning } from './batch-plan.ts';
import { cluesOf } from './clues.ts';
import { cutSubject } from './entry.ts';
import type { Facts, Forwarded, SenderMatch } from './facts.ts';
import type { OpenedTickets } from './flood.ts';
import { countOpened, floodKey } from './flood.ts';
import type { Lookups } from './lookups.ts';
import { answersDesk, matchSender, matchThread } from './match.ts';
import { mutingOf } from './mute-request.ts';
import { nextRhythm } from './rhythm.ts';
import type { Understood } from './understand.ts';

/** What is known of a message; counts it among its sender's. */
export function factsOf(message: Understood, planning: Planning, first: InboundMessageId | null): Facts {
  const { lookups, desk, now } = planning;
  const { claimed, parsed, classification, original, authentication } = message;
  const sender = matchSender(message.sender, lookups, desk, now);
  const duplicateOf = first === claimed.id ? null : first;
  const repeatOf = lookups.repeats.get(message.repeatKey.toString('hex')) ?? null;
  const thread = matchThread(message, sender, lookups, now);
  return {
    mailboxId: desk.mailboxId,
    subject: cutSubject(parsed.subject),
    ageMinutes: Math.floor(Math.max(0, now.getTime() - claimed.internalDate.getTime()) / 60_000),
    isHeadersOnly: claimed.isHeadersOnly,
    defects: parsed.defects.map(({ id }) => id),
    classification,
    reportsOn: message.report?.publicId ?? null,
    sender,
    forwarded: sender.is === 'operator' && original !== null ? forwardedOf(original, planning) : null,
    // "Unsubscribe" is meant for the desk, not for the customer: somebody looks at it.
    hasAgentsWords: !['', null].includes(message.agentsWords) && readMuteWish(message.agentsWords ?? '') !== 'surely',
    asksToMute: mutingOf(message, sender, thread, lookups)?.by ?? null,
    answersDesk: thread.is === 'none' && answersDesk(message, sender, lookups),
    thread,
    authentication,
    duplicateOf,
    override: claimed.released,
    repeatOf: duplicateOf === null && repeatOf !== claimed.id ? repeatOf : null,
    pingPongRounds: duplicateOf === null ? beat(message, sender, planning) : 0,
    openedWithinHour: countOpened(openedBy(sender, lookups), now),
    clues: cluesOf(message, thread, lookups),
  };
}

function openedBy(sender: SenderMatch, { opened }: Lookups): OpenedTickets | null {
  const key = floodKey(sender);
  return key === null ? null : (opened.get(key) ?? null);
}

function forwardedOf(original: Forward, { lookups, desk, now }: Planning): Forwarded | null {
  const { how } = original;
  if (original.is === 'ambiguous') {
    return { sender: { is: 'ambiguous', raw: cutSubject(original.raw), candidates: [] }, subject: '', how };
  }
  const { from: address, name, subject } = original;
  const sender = matchSender({ is: 'address', address, name }, lookups, desk, now);
  // Our own mail, passed on: nobody asks anything in it.
  return sender.is === 'desk' ? null : { sender, subject: cutSubject(subject), how };
}

/** Counts one more mail of the sender, and answers how many came right behind our own. */
function beat({ claimed, classification }: Understood, sender: SenderMatch, { plan, lookups, desk }: Planning): number {
  if (!classification.answerable || (sender.is !== 'contact' && sender.is !== 'unknown')) return 0;
  const key = rateLimitKey(sender.address);
  const before = lookups.rhythms.get(key) ?? null;
  const scope = { mailboxId: desk.mailboxId, customerId: null, contactId: null };
  const cutAt = Number(resolveToggle(lookups.settings, 'ping_pong_rounds', scope).value);
  const after = nextRhythm(before, claimed.receivedAt, lookups.lastAutomatic.get(key) ?? null, cutAt);
  if (before !== null || after.rounds > 0) {
    lookups.rhythms.set(key, after);
    plan.rhythms.set(key, after);
  }
  return after.rounds;
}
