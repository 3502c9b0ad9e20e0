import type { StoredMail } from './backtest-store.ts';
import type { ThreadTicket } from '../tickets/thread-store.ts';
import type { SenderMatch } from './facts.ts';
import type { Lookups } from './lookups.ts';
import { isTold } from './match.ts';
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
  const takesPart = contactId !== null && ticket.participantIds.includes(contactId);
  const told = isTold(ticket, sender);
  if (isSame && takesPart === thread.isParticipant && told === (thread.isTold ?? false)) return false;
  const wasKnown = real.world.tickets.has(ticket.id);
  for (const { world, lookups } of all) {
    const theirs = lookups.tickets.get(thread.ticketId);
    if (theirs === undefined) continue;
    const others = theirs.participantIds.filter((id) => id !== contactId);
    const synced = {
      ...theirs,
      ...(isSame ? {} : { status: thread.status, closedAt }),
      participantIds: thread.isParticipant && contactId !== null ? [...others, contactId] : others,
      ...(told === thread.isTold ? {} : toldOr(theirs, sender, thread.isTold)),
    };
    lookups.tickets.set(synced.id, synced);
    world.tickets.set(synced.id, synced);
  }
  return wasKnown;
}

/** Whoever writes is told of the ticket, or is not. */
function toldOr(
  { toldIds, toldAddresses }: ThreadTicket,
  sender: SenderMatch,
  isTheirs: boolean,
): Pick<ThreadTicket, 'toldIds' | 'toldAddresses'> {
  const id = sender.is === 'contact' ? sender.contactId : null;
  const address = 'address' in sender ? sender.address : null;
  const ids = toldIds.filter((one) => one !== id);
  const addresses = toldAddresses.filter((one) => one !== address);
  if (!isTheirs) return { toldIds: ids, toldAddresses: addresses };
  return id === null
    ? { toldIds, toldAddresses: address === null ? addresses : [...addresses, address] }
    : { toldIds: [...ids, id], toldAddresses };
}
