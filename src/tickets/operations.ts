import { z } from 'zod';
import type { Actor } from '../access/actor.ts';
import { actorLabel } from '../access/actor.ts';
import { bodyField, limitField, numberField } from '../access/fields.ts';
import type { ChangeContext, Happened } from '../access/operation.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import type { TicketEntryId } from '../db/ids.ts';
import { takeIds } from '../db/sequences.ts';
import type { EntryFlag, TicketStatus } from '../db/schema/tickets.ts';
import { TICKET_STATUSES } from '../db/schema/tickets.ts';
import type { EventKind } from '../events/catalogue.ts';
import { err, ok } from '../lib/result.ts';
import { parseAddress } from '../mail/address.ts';
import { findMailbox } from '../mailboxes/store.ts';
import { listTicketMail } from '../notifications/operator-store.ts';
import type { TicketChange } from './lifecycle.ts';
import { TRANSITIONS } from './lifecycle.ts';
import type { NewEntry, TicketRow } from './store.ts';
import {
  findTicketByNumber,
  insertEntries,
  listEntries,
  listParticipants,
  listTickets,
  lockTicketStatus,
  setTicketStatuses,
} from './store.ts';

/** What an operator should know of an entry. */
const FLAG_WORDS: Readonly<Record<EntryFlag, string>> = {
  sender_unproven: 'nothing proves who sent it',
  sender_failed: 'it was not sent by whom it says: nothing of it is to be believed',
  incomplete: 'part of the mail is missing here',
  probable_repeat: 'the same words came before, under another Message-ID',
  by_agent: 'it came by mail',
  not_participant: 'from somebody who takes no part in the ticket; only operators see it',
};

/** The newest tickets; of one status when one is given. */
export const showTickets = readOperation({
  name: 'ticket.list',
  permission: 'ticket.read',
  input: z.strictObject({ status: z.enum(TICKET_STATUSES).optional(), limit: limitField }),
  run: async ({ db }, { status, limit }) => ok(await listTickets(db, status ?? null, limit)),
});

/** A ticket with its record, the people who take part, and the mail it caused. */
export const showTicket = readOperation({
  name: 'ticket.show',
  permission: 'ticket.read',
  input: z.strictObject({ number: numberField }),
  run: async ({ db }, { number }) => {
    const ticket = await findTicketByNumber(db, number);
    if (ticket === null) return err(noTicket(number));
    const [entries, participants, mails] = await Promise.all([
      listEntries(db, ticket.id),
      listParticipants(db, ticket.id),
      listTicketMail(db, ticket.id),
    ]);
    return ok({
      ticket,
      participants,
      entries: entries.map((entry) => ({ ...entry, notes: (entry.flags ?? []).map((flag) => FLAG_WORDS[flag]) })),
      mails,
    });
  },
});

/** Answers everybody who takes part. Whoever takes part may be told, also when they are not active any more. */
export const replyToTicket = changeOperation({
  name: 'ticket.reply',
  permission: 'ticket.write',
  input: z.strictObject({ number: numberField, text: bodyField }),
  run: async (context, { number, text }) => {
    const ticket = await findTicketByNumber(context.tx, number);
    if (ticket === null) return err(noTicket(number));
    if ((await listParticipants(context.tx, ticket.id)).length === 0) {
      const message = `Nobody takes part in ticket ${number}, so nobody would get the answer.`;
      return err(refusal('nobody_to_answer', message, 'Leave a note instead: deskbell ticket note'));
    }
    const status = await changeStatus(context, ticket, 'agent_replied');
    if (!status.ok) return status;
    const entryId = await addEntry(context, ticket, 'reply', text);
    const told = { number, status: status.value, entryId, participants: await listParticipants(context.tx, ticket.id) };
    return changed(told, [happened('agent_replied', ticket, entryId)]);
  },
});

/** Writes something that only operators see; the status stays. */
export const noteOnTicket = changeOperation({
  name: 'ticket.note',
  permission: 'ticket.write',
  input: z.strictObject({ number: numberField, text: bodyField }),
  run: async (context, { number, text }) => {
    const ticket = await findTicketByNumber(context.tx, number);
    if (ticket === null) return err(noTicket(number));
    const entryId = await addEntry(context, ticket, 'note', text);
    return changed({ number, status: ticket.status, entryId }, [happened('note_added', ticket, entryId)]);
  },
});

/** What an operator may do to the status: the verb, the change, the event, and the entry's words. */
const STATUS_VERBS = {
  pend: { name: 'ticket.pending', event: 'ticket_pending', says: 'The ticket waits for somebody else.' },
  resolve: { name: 'ticket.resolve', event: 'ticket_resolved', says: 'The ticket was resolved.' },
  close: { name: 'ticket.close', event: 'ticket_closed', says: 'The ticket was closed.' },
  reopen: { name: 'ticket.reopen', event: 'ticket_reopened', says: 'The ticket was opened again.' },
} as const satisfies Partial<Record<TicketChange, { name: string; event: EventKind; says: string }>>;

/** The ticket waits: for the customer, a supplier, a date. */
export const pendTicket = statusOperation('pend');

/** The work is done, as far as the desk knows. */
export const resolveTicket = statusOperation('resolve');

/** The ticket is over; the requester is told where the toggle says so. */
export const closeTicket = statusOperation('close');

/** The ticket is worked on again. */
export const reopenTicket = statusOperation('reopen');

function statusOperation(change: keyof typeof STATUS_VERBS) {
  const { name, event, says } = STATUS_VERBS[change];
  return changeOperation({
    name,
    permission: 'ticket.write',
    input: z.strictObject({ number: numberField }),
    run: async (context, { number }) => {
      const ticket = await findTicketByNumber(context.tx, number);
      if (ticket === null) return err(noTicket(number));
      const status = await changeStatus(context, ticket, change);
      if (!status.ok) return status;
      const entryId = await addEntry(context, ticket, 'status', says);
      return changed({ number, status: status.value, entryId }, [happened(event, ticket, entryId)]);
    },
  });
}

/** By TRANSITIONS, from the status under lock: of two operators at once the second sees what the first did. */
async function changeStatus({ tx }: ChangeContext, ticket: TicketRow, change: TicketChange) {
  const before = await lockTicketStatus(tx, ticket.id);
  const after = TRANSITIONS[before][change];
  if (after === null) return err(impossible(ticket.number, before, change));
  await setTicketStatuses(tx, [{ id: ticket.id, status: after }]);
  return ok(after);
}

function impossible(number: number, status: TicketStatus, change: TicketChange): Refusal {
  const verbs = Object.entries(STATUS_VERBS).flatMap(([verb, { name }]) =>
    TRANSITIONS[status][verb as keyof typeof STATUS_VERBS] === null ? [] : [name.replace('ticket.', '')],
  );
  const wanted = change in STATUS_VERBS ? STATUS_VERBS[change as keyof typeof STATUS_VERBS].name : 'ticket.reply';
  return refusal(
    'impossible_status',
    `Ticket ${number} is ${status}, so ${wanted.replace('ticket.', '')} is not possible.`,
    `Possible is: ${verbs.join(', ')}.`,
  );
}

const VISIBILITY = { reply: 'everybody', note: 'operators', status: 'everybody' } as const;

async function addEntry(
  { tx, actor }: ChangeContext,
  ticket: TicketRow,
  kind: keyof typeof VISIBILITY,
  text: string,
): Promise<TicketEntryId> {
  const ids = await takeIds(tx, { contacts: 0, tickets: 0, ticket_entries: 1, events: 0 });
  const entry: NewEntry = {
    id: ids.ticket_entries[0] as TicketEntryId,
    ticketId: ticket.id,
    kind,
    visibility: VISIBILITY[kind],
    author: actorLabel(actor),
    authorName: await authorName(actor, { tx, mailbox: ticket.mailbox }),
    inboundId: null,
    messageId: null,
    text,
    html: null,
    flags: null,
    defects: null,
  };
  await insertEntries(tx, [entry]);
  return entry.id;
}

/** A part of the system speaks in the name of the desk. */
async function authorName(actor: Actor, { tx, mailbox }: Pick<ChangeContext, 'tx'> & { mailbox: string }) {
  if (actor.is === 'operator') return actor.name;
  const address = parseAddress(mailbox);
  return (address === null ? null : await findMailbox(tx, address))?.displayName ?? mailbox;
}

const happened = (kind: EventKind, ticket: TicketRow, entryId: TicketEntryId): Happened => ({
  kind,
  ticketId: ticket.id,
  entryId,
  contactId: ticket.requesterId,
  inboundId: null,
});

const noTicket = (number: number): Refusal =>
  refusal('ticket_not_found', `There is no ticket ${number}.`, 'See the newest with: deskbell ticket list');
