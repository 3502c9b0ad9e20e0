import { perform } from '../../src/access/operation.ts';
import type { Actor } from '../../src/access/actor.ts';
import type { OperationDeps } from '../../src/access/operation.ts';
import { isConnectionTrouble } from '../../src/db/client.ts';
import { addMute } from '../../src/notifications/mute-operations.ts';
import { assignTicket } from '../../src/tickets/assign-operations.ts';
import { noteOnTicket, pendTicket, reopenTicket, resolveTicket } from '../../src/tickets/operations.ts';
import { addToTicket } from '../../src/tickets/participant-operations.ts';
import type { Random } from '../support/random.ts';
import type { Rig } from './rig.ts';
import { OPERATOR } from './rig.ts';

/** Somebody whom the desk confirmed to be told of a ticket. */
export interface LetIn {
  readonly number: number;
  readonly address: string;
  /** No event had a higher id by then: of those that have one they must be told. */
  readonly afterEventId: number;
}

/** A change of a ticket that the desk confirmed. */
export interface Update {
  readonly number: number;
  readonly event: 'ticket_pending' | 'ticket_resolved' | 'ticket_reopened' | 'note_added';
}

/** Operators who do much at once, so that many notices are owed to few people. */
export interface Bursts {
  readonly letIns: readonly LetIn[];
  readonly updates: readonly Update[];
  /** Several people are let into one ticket, and it is changed again and again; some have enough of it meanwhile. */
  break(): Promise<void>;
}

const FAULTS: Actor = { is: 'system', name: 'faults' };
/** So few that each of them hears of many tickets. */
const WATCHERS = 8;
const MUTES = 0.15;
const ROUNDS = [
  ['ticket_pending', pendTicket],
  ['ticket_resolved', resolveTicket],
  ['ticket_reopened', reopenTicket],
] as const;

export function createBursts({ db }: Rig, deps: OperationDeps, random: Random): Bursts {
  const letIns: LetIn[] = [];
  const updates: Update[] = [];

  const letIn = async (number: number): Promise<void> => {
    const address = `watcher${random.below(WATCHERS)}@crowd.example`;
    const result = await perform(deps, FAULTS, addToTicket, { number, extras: [address] });
    // Whoever takes part already is refused, which is as good.
    if (!result.ok) return;
    const [row] = await db.sql<{ id: number }[]>`select last_value as id from events_id_seq`;
    if (row !== undefined) letIns.push({ number, address, afterEventId: row.id });
  };

  return {
    letIns,
    updates,
    async break() {
      try {
        const [ticket] = await db.sql<{ number: number; requester: string }[]>`
          select t.number, a.address as requester from tickets t
          join contact_addresses a on a.contact_id = t.requester_id and a.is_primary
          order by t.id desc offset ${random.below(40)} limit 1`;
        if (ticket === undefined) return;
        const { number, requester } = ticket;
        await letIn(number);
        await letIn(number);
        for (const [event, operation] of ROUNDS) {
          // A customer may have answered in between, so that there is nothing to reopen.
          if ((await perform(deps, FAULTS, operation, { number })).ok) updates.push({ number, event });
          if (random.next() < MUTES) await perform(deps, FAULTS, addMute, { contact: requester, ticket: number });
        }
        await perform(deps, FAULTS, assignTicket, { number, to: OPERATOR });
        const noted = await perform(deps, FAULTS, noteOnTicket, { number, text: 'Seen. Nothing for customers.' });
        if (noted.ok) updates.push({ number, event: 'note_added' });
      } catch (error) {
        if (!isConnectionTrouble(error)) throw error;
      }
    },
  };
}
