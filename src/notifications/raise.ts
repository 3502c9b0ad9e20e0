import type { Tx } from '../db/client.ts';
import type { EventId } from '../db/ids.ts';
import { takeIds } from '../db/sequences.ts';
import type { NewEvent } from '../events/store.ts';
import { insertEvents } from '../events/store.ts';
import type { Keys } from '../lib/crypto.ts';
import { createOwe } from './owe.ts';

/** Something the desk found out about itself. */
export type Raised = Pick<NewEvent, 'kind'> & Partial<Omit<NewEvent, 'kind' | 'id' | 'actor'>>;

/**
 * What the desk itself noticed becomes events, and what they owe to whom, in the transaction that marks it as noticed:
 * so it is told once, however many workers look.
 */
export async function raiseEvents(tx: Tx, keys: Keys, raised: readonly Raised[]): Promise<void> {
  if (raised.length === 0) return;
  const { events: ids } = await takeIds(tx, { contacts: 0, tickets: 0, ticket_entries: 0, events: raised.length });
  const events = raised.map((one, index): NewEvent => {
    const id = ids[index];
    if (id === undefined) throw new Error('too few ids of events were taken');
    return {
      ticketId: null,
      entryId: null,
      contactId: null,
      inboundId: null,
      ...one,
      id: id as EventId,
      actor: 'system',
    };
  });
  await insertEvents(tx, events);
  await createOwe(keys)(tx, events);
}
