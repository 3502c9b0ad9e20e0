import type { StoredMail } from './backtest-store.ts';
import type { ThreadTicket } from '../tickets/thread-store.ts';
import type { Lookups } from './lookups.ts';
import type { World } from './replay-world.ts';

/** A world, and what a batch finds in it. */
export interface Lane {
  readonly world: World;
  readonly lookups: Lookups;
}

/**
 * The ticket that a mail named is as it was then: where it stood otherwise than mail alone would have left it, an
 * operator had closed it, or let somebody in, and would have done so in every world that has the ticket.
 *
 * @param real the lane under the settings that were
 * @returns whether an operator had changed a ticket that mail of the time looked at had made or changed
 */
export function syncTicket({ facts }: StoredMail, real: Lane, all: readonly Lane[]): boolean {
  const { thread, sender, clues } = facts;
  const ticket = thread.is === 'none' ? undefined : real.lookups.tickets.get(thread.ticketId);
  if (thread.is === 'none' || ticket === undefined) return false;
  const closedAt = clues === null || clues.closedAt === null ? null : new Date(clues.closedAt);
  const isSame = ticket.status === thread.status && ticket.closedAt?.getTime() === closedAt?.getTime();
  const contactId = sender.is === 'contact' ? sender.contactId : null;
  const takesPart = (one: ThreadTicket) => contactId !== null && one.participantIds.includes(contactId);
  if (isSame && takesPart(ticket) === thread.isParticipant) return false;
  const wasKnown = real.world.tickets.has(ticket.id);
  for (const { world, lookups } of all) {
    const theirs = lookups.tickets.get(thread.ticketId);
    if (theirs === undefined) continue;
    const others = theirs.participantIds.filter((id) => id !== contactId);
    const synced = {
      ...theirs,
      ...(isSame ? {} : { status: thread.status, closedAt }),
      participantIds: thread.isParticipant && contactId !== null ? [...others, contactId] : others,
    };
    lookups.tickets.set(synced.id, synced);
    world.tickets.set(synced.id, synced);
  }
  return wasKnown;
}
