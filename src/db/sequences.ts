import type { Tx } from './client.ts';

/** Tables whose ids a batch takes before it writes, so that rows can name each other in multi-row statements. */
export type NumberedTable = 'contacts' | 'tickets' | 'ticket_entries' | 'events';

/** Takes as many ids as asked from each table's sequence, ascending, in one round trip. */
export async function takeIds(
  tx: Tx,
  wanted: Readonly<Record<NumberedTable, number>>,
): Promise<Readonly<Record<NumberedTable, readonly number[]>>> {
  const rows = await tx.sql<{ of: NumberedTable; id: number }[]>`
    select 'contacts' as of, nextval('contacts_id_seq') as id from generate_series(1, ${wanted.contacts}::int)
    union all
    select 'tickets', nextval('tickets_id_seq') from generate_series(1, ${wanted.tickets}::int)
    union all
    select 'ticket_entries', nextval('ticket_entries_id_seq') from generate_series(1, ${wanted.ticket_entries}::int)
    union all
    select 'events', nextval('events_id_seq') from generate_series(1, ${wanted.events}::int)`;
  const ids: Record<NumberedTable, number[]> = {
    contacts: [],
    tickets: [],
    ticket_entries: [],
    events: [],
  };
  for (const row of rows) ids[row.of].push(row.id);
  return ids;
}
