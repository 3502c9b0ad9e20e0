import type { Queryable, Tx } from '../db/client.ts';
import { EVENTS } from '../events/catalogue.ts';
import type { NewEvent } from '../events/store.ts';
import type { Keys } from '../lib/crypto.ts';
import { planContactEvents } from './owe-contacts.ts';
import { planDeskEvents } from './owe-desk.ts';
import { listStaff } from './owe-store.ts';
import { planTicketEvents } from './owe-tickets.ts';
import type { Owed, Owing } from './owing.ts';
import { owingOf } from './owing.ts';
import { rulesOf } from './rules.ts';
import { storeOwed } from './store.ts';

/** Plans and stores, in the transaction of what an operator or the desk did, what it owes to whom. */
export function createOwe(keys: Keys): (tx: Tx, events: readonly NewEvent[]) => Promise<void> {
  return (tx, events) => oweEvents(tx, keys, events.map(owingOf));
}

/** The same of events that came about in any way: a handful of statements, however many there are. */
export async function oweEvents(tx: Tx, keys: Keys, owings: readonly Owing[]): Promise<void> {
  for (const { planned, settings } of await planOwed(tx, owings)) await storeOwed(tx, keys, settings, planned);
}

/** What events owe to whom, or why not: nothing is stored. For each thing they may be about, in their order. */
export async function planOwed(db: Queryable, owings: readonly Owing[]): Promise<readonly Owed[]> {
  const owing = owings.filter(({ event }) => rulesOf(event.kind).length > 0);
  if (owing.length === 0) return [];
  const about = Map.groupBy(owing, ({ event }) => EVENTS[event.kind].about);
  const isStaffs = about.has('ticket') || about.has('desk');
  const staff = isStaffs ? await listStaff(db) : [];
  return [
    await planContactEvents(db, about.get('contact') ?? []),
    await planTicketEvents(db, about.get('ticket') ?? [], staff),
    await planDeskEvents(db, about.get('desk') ?? [], staff),
  ];
}
