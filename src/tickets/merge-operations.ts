import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { numberField } from '../access/fields.ts';
import { changed, changeOperation } from '../access/operation.ts';
import { noTicket } from '../access/references.ts';
import { refusal } from '../access/refusal.ts';
import type { Tx } from '../db/client.ts';
import { err } from '../lib/result.ts';
import { addRecord, deskName } from './record.ts';
import type { TicketRow } from './store.ts';
import { findTicketByNumber } from './store.ts';
import { isHomeOfStrangers, lockForMerge, putMerge } from './thread-store.ts';

/**
 * Makes one ticket part of another: answers to it join the other from now on. Its record stays where it was, and is
 * found from there. Tickets of people who need not know each other are merged only when that is said, for they will read
 * each other's mail.
 */
export const mergeTickets = changeOperation({
  name: 'ticket.merge',
  permission: 'ticket.write',
  input: z.strictObject({ number: numberField, into: numberField, acrossCustomers: z.boolean().default(false) }),
  run: async ({ tx, actor }, { number, into, acrossCustomers }) => {
    const [from, to] = [await findTicketByNumber(tx, number), await findTicketByNumber(tx, into)];
    if (from === null || to === null) {
      return err(noTicket(from === null ? number : into));
    }
    if (from.id === to.id) {
      return err(refusal('same_ticket', `Ticket ${number} cannot become part of itself.`, 'Name two tickets.'));
    }
    const locked = await lockForMerge(tx, [from.id, to.id]);
    for (const ticket of [from, to]) {
      if ((locked.get(ticket.id)?.mergedIntoId ?? null) === null) continue;
      const message = `Ticket ${ticket.number} is part of another ticket already.`;
      return err(refusal('merged', message, `See which: deskbell ticket show ${ticket.number}`));
    }
    if (to.status === 'closed') {
      const message = `Ticket ${into} is closed, so nothing goes on there.`;
      return err(refusal('closed', message, `Open it first: deskbell ticket reopen ${into}`));
    }
    if (!acrossCustomers && !(await knowEachOther(tx, from, to))) {
      const message = `Ticket ${number} is of ${from.customer ?? 'no customer'}, ticket ${into} of ${to.customer ?? 'no customer'}: their people would read each other's mail.`;
      return err(refusal('other_customer', message, 'If that is meant, say so: --across-customers'));
    }
    await putMerge(tx, from.id, to.id);
    const name = actor.is === 'operator' ? actor.name : await deskName(tx, to.mailbox);
    const author = { label: actorLabel(actor), name };
    const entryId = await addRecord(tx, from.id, 'status', author, `The ticket became part of ticket #${into}.`);
    await addRecord(tx, to.id, 'note', author, `Ticket #${number}, "${from.subject}", became part of this one.`);
    const about = { ticketId: from.id, entryId, contactId: from.requesterId, inboundId: null };
    return changed({ number, into }, [{ kind: 'ticket_merged', ...about }], {
      from: { status: locked.get(from.id)?.status ?? from.status, partOf: null },
      to: { status: 'closed', partOf: into },
    });
  },
});

/** The same person, or people of one company: not two strangers who share the home of those whose company nobody knows. */
async function knowEachOther(tx: Tx, from: TicketRow, to: TicketRow): Promise<boolean> {
  if (from.personId !== null && from.personId === to.personId) return true;
  const { customerId } = from;
  return customerId !== null && customerId === to.customerId && !(await isHomeOfStrangers(tx, customerId));
}
