import type { Db } from '../../src/db/client.ts';
import type { ContactId, CustomerId, EventId, MailboxId, TicketId } from '../../src/db/ids.ts';
import { parseAddress } from '../../src/mail/address.ts';
import type { EmailAddress } from '../../src/mail/address.ts';

export const address = (text: string): EmailAddress => {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`not an address: ${text}`);
  return parsed;
};

/** A mailbox that nothing reads: for tests of what lies behind it. */
export async function seedMailbox(db: Db, of = 'support@desk.example'): Promise<MailboxId> {
  const server = JSON.stringify({ host: '127.0.0.1', port: 1, security: 'none', user: null, caPem: null });
  const [row] = await db.sql<{ id: MailboxId }[]>`
    insert into mailboxes (address, display_name, imap, smtp, reply_domain)
    values (${of}, 'Example Support', ${server}::text::jsonb, ${server}::text::jsonb, 'desk.example') returning id`;
  return (row as { id: MailboxId }).id;
}

/** A contact of "Unassigned" with these addresses, the first one primary. */
export async function seedContact(db: Db, name: string, ...addresses: readonly string[]): Promise<ContactId> {
  const [first, last] = name.split(' ');
  const [row] = await db.sql<{ id: ContactId }[]>`
    insert into contacts (customer_id, first_name, last_name, created_by)
    select id, ${first ?? ''}, ${last ?? ''}, 'operator' from customers where is_unassigned returning id`;
  const { id } = row as { id: ContactId };
  for (const [index, one] of addresses.entries()) {
    await db.sql`
      insert into contact_addresses (address, contact_id, is_primary) values (${address(one)}, ${id}, ${index === 0})`;
  }
  return id;
}

/** A ticket of that contact, with the event that owes its mail. */
export async function seedTicket(
  db: Db,
  mailboxId: MailboxId,
  requesterId: ContactId,
): Promise<{ readonly ticketId: TicketId; readonly eventId: EventId; readonly number: number }> {
  const [ticket] = await db.sql<{ id: TicketId; number: number; customerId: CustomerId }[]>`
    insert into tickets (mailbox_id, requester_id, customer_id, subject)
    select ${mailboxId}, id, customer_id, 'The lamp stays dark' from contacts where id = ${requesterId}
    returning id, number, customer_id as "customerId"`;
  const { id: ticketId, number } = ticket as { id: TicketId; number: number };
  await db.sql`
    insert into ticket_participants (ticket_id, contact_id, role) values (${ticketId}, ${requesterId}, 'requester')`;
  const [event] = await db.sql<{ id: EventId }[]>`
    insert into events (kind, actor, ticket_id, contact_id)
    values ('ticket_opened', ${`contact:${requesterId}`}, ${ticketId}, ${requesterId}) returning id`;
  return { ticketId, eventId: (event as { id: EventId }).id, number };
}
