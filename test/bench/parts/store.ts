import type postgres from 'postgres';
import { createTables, dropTables } from './tables.ts';
import type { Part } from './part.ts';

const BATCH = 50;

/** The bytes as received, 50 rows in one statement. */
export const storeRaw: Part = {
  id: 'store_raw',
  about: 'raw bytes into PostgreSQL, 50 rows a statement',
  limitMs: [0.03, 0.9],
  async prepare({ messages, sql }) {
    await createTables(sql);
    return async () => {
      for (let first = 0; first < messages.length; first += BATCH) {
        const rows = messages.slice(first, first + BATCH).map(({ bytes }, i) => ({ id: first + i, bytes }));
        await sql`insert into parts.raw ${sql(rows)}`;
      }
      await dropTables(sql);
    };
  },
};

/** The ticket transaction: eight multi-row statements for 50 messages, six out of ten of which open a ticket. */
export const storeTickets: Part = {
  id: 'store_tickets',
  about: 'the ticket transaction, multi-row, 50 messages',
  limitMs: [0.25, 0.25],
  async prepare({ messages, sql }) {
    await createTables(sql);
    return async () => {
      for (let first = 0; first < messages.length; first += BATCH) {
        const ids = Array.from({ length: Math.min(BATCH, messages.length - first) }, (_, i) => first + i);
        await sql.begin((tx) => storeBatch(tx, ids));
      }
      await dropTables(sql);
    };
  },
};

async function storeBatch(tx: postgres.TransactionSql, ids: readonly number[]): Promise<void> {
  const isOpening = (id: number) => id % 5 < 3;
  const addressOf = (id: number) => `ana.${id % 1_500}@customer.example`;
  const addresses = [...new Set(ids.map(addressOf))].sort(); // one order for all writers: no deadlock
  await tx`insert into parts.contact ${tx(addresses.map((address) => ({ address })))} on conflict (address) do nothing`;
  const contacts = await tx<{ id: number; address: string }[]>`
    select id, address from parts.contact where address in ${tx(addresses)}`;
  const contactOf = new Map(contacts.map((contact) => [contact.address, contact.id]));
  const opened = ids.filter(isOpening).map((id) => ({
    id,
    contact_id: contactOf.get(addressOf(id)) ?? 0,
    subject: `The printer shows an empty page (${id})`,
  }));
  await tx`insert into parts.ticket ${tx(opened)}`;
  const ticketOf = (id: number) => (isOpening(id) ? id : id - (id % 5));
  const entries = ids.map((id) => ({
    id,
    ticket_id: ticketOf(id),
    message_id: `<${id}@customer.example>`,
    body: BODY,
  }));
  await tx`insert into parts.entry ${tx(entries)}`;
  await tx`insert into parts.decision ${tx(ids.map((id) => ({ id, verdict: 'opened', trace: tx.json(TRACE) })))}`;
  const events = ids.map((id) => ({
    id,
    ticket_id: ticketOf(id),
    kind: isOpening(id) ? 'ticket.opened' : 'entry.added',
  }));
  await tx`insert into parts.event ${tx(events)}`;
  const owed = opened.map(({ id }) => ({ id, event_id: id, recipient: addressOf(id), view: tx.json({ number: id }) }));
  await tx`insert into parts.notification ${tx(owed)}`;
  const [from = 0, to = 0] = [ids[0], ids.at(-1)];
  await tx`update parts.inbound set status = 'done' where id between ${from} and ${to}`;
}

const BODY = 'The printer shows an empty page since the update of last night. '.repeat(30);
const TRACE = ['own', 'bounce', 'auto_reply', 'in_thread', 'known', 'open'].map((rule) => ({
  rule,
  matched: rule === 'open',
}));
