import { z } from 'zod';
import { limitField, nameField, numberField } from '../access/fields.ts';
import { readOperation } from '../access/operation.ts';
import { asContactKey, contactField, noContact, noCustomer, noTicket, rowField } from '../access/references.ts';
import { operatorField, readOperators, readTeam } from '../access/staff-reference.ts';
import { findPeople } from '../contacts/person-store.ts';
import { findCustomerByName } from '../contacts/store.ts';
import { TICKET_STATUSES } from '../db/schema/tickets.ts';
import { err, ok } from '../lib/result.ts';
import { listTickets } from './list-store.ts';
import { findTicketByNumber } from './store.ts';

/** The newest tickets: of one status, team, operator, customer, person, or of all. */
export const showTickets = readOperation({
  name: 'ticket.list',
  permission: 'ticket.read',
  input: z.strictObject({
    status: z.enum(TICKET_STATUSES).optional(),
    team: rowField.optional(),
    assignee: z.union([z.literal('nobody'), operatorField]).optional(),
    customer: nameField.optional(),
    requester: contactField.optional(),
    limit: limitField,
    /** The number of a ticket: only older ones. */
    after: numberField.optional(),
  }),
  run: async ({ db }, { status, team, assignee, customer, requester, limit, after }) => {
    const ofTeam = team === undefined || team === 'none' ? ok(null) : await readTeam(db, team);
    if (!ofTeam.ok) return ofTeam;
    const operators = assignee === undefined || assignee === 'nobody' ? ok([]) : await readOperators(db, [assignee]);
    if (!operators.ok) return operators;
    const customerId = customer === undefined ? null : await findCustomerByName(db, customer);
    if (customer !== undefined && customerId === null) return err(noCustomer(customer));
    const who = requester === undefined ? null : asContactKey(requester);
    const person = who === null ? undefined : (await findPeople(db, [who])).get(who);
    if (requester !== undefined && person === undefined) return err(noContact(requester));
    const filter = {
      ...(status === undefined ? {} : { status }),
      ...(team === undefined ? {} : { teamId: ofTeam.value?.id ?? null }),
      ...(assignee === undefined ? {} : { assigneeId: operators.value[0]?.id ?? null }),
      ...(customerId === null ? {} : { customerId }),
      ...(person === undefined ? {} : { requesterId: person.contactId }),
    };
    const before = after === undefined ? null : await findTicketByNumber(db, after);
    if (after !== undefined && before === null) return err(noTicket(after));
    const { tickets, hasMore } = await listTickets(db, filter, limit, before?.id ?? null);
    return ok({ tickets, next: hasMore ? (tickets.at(-1)?.number ?? null) : null });
  },
});
