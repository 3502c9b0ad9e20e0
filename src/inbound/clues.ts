import type { Clues, ThreadMatch } from './facts.ts';
import type { Lookups } from './lookups.ts';
import { answersDigest } from './match.ts';
import type { NewDecision } from './store.ts';
import type { Understood } from './understand.ts';

/** What a message says of other mail, so that it can be understood again in a desk where that mail had another fate. */
export function cluesOf(message: Understood, thread: ThreadMatch, lookups: Lookups): Clues {
  const { refersTo, replyTokens, tags, report, mute } = message;
  const closedAt = thread.is === 'none' ? null : (lookups.tickets.get(thread.ticketId)?.closedAt ?? null);
  const recipient = report === null ? undefined : lookups.sentTokens.get(report.publicId)?.recipient;
  const isDead = (addresses: readonly string[]) =>
    recipient === undefined ? addresses.length > 0 : addresses.includes(recipient);
  return {
    refersTo,
    replyTokens,
    tags,
    mute,
    closedAt: closedAt?.toISOString() ?? null,
    report: report === null ? null : { outcome: report.outcome, isDead: isDead(report.deadAddresses) },
    lifted: null,
    answersDigest: answersDigest(message, lookups),
  };
}

/** The same facts, with what only the statement knew that brought addresses back to life: the first mail of each did. */
export function withLifted(
  decisions: readonly NewDecision[],
  lifted: ReadonlyMap<string, Date>,
): readonly NewDecision[] {
  const left = new Map(lifted);
  if (left.size === 0) return decisions;
  return decisions.map((decision) => {
    const { sender, clues } = decision.facts;
    const since = 'address' in sender && clues !== null ? left.get(sender.address) : undefined;
    if (since === undefined || clues === null || !('address' in sender)) return decision;
    left.delete(sender.address);
    return { ...decision, facts: { ...decision.facts, clues: { ...clues, lifted: since.toISOString() } } };
  });
}
