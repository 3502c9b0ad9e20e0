import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { bodyField, numberField } from '../access/fields.ts';
import type { ChangeContext, Happened } from '../access/operation.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import { noTicket } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import type { TicketEntryId } from '../db/ids.ts';
import type { EntryFlag, TicketStatus } from '../db/schema/tickets.ts';
import type { EventKind } from '../events/catalogue.ts';
import { explainKeptBack, mailFlipWords } from '../inbound/explain-mail.ts';
import { err, ok } from '../lib/result.ts';
import { sanitiseHtml } from '../mail/sanitise-html.ts';
import { listTicketMail } from '../notifications/operator-store.ts';
import { findMuted } from '../notifications/muted.ts';
import { findSuppressed } from '../notifications/store.ts';
import { whySwitchedOff } from '../notifications/rules.ts';
import { settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import type { TicketChange } from './lifecycle.ts';
import { TRANSITIONS } from './lifecycle.ts';
import { foldEntries } from './folding.ts';
import { eachOnce, listAudience, listTicketGroups } from './participant-store.ts';
import { addRecord, changeTicketStatus, deskName } from './record.ts';
import type { EntryRow, TicketRow } from './store.ts';
import { findTicketByNumber, listEntries } from './store.ts';
import { listTicketLinks } from './thread-store.ts';

/** What an operator should know of an entry. */
const FLAG_WORDS: Readonly<Record<EntryFlag, string>> = {
  sender_unproven: 'nothing proves who sent it',
  sender_failed: 'it was not sent by whom it says: nothing of it is to be believed',
  incomplete: 'part of the mail is missing here',
  probable_repeat: 'the same words came before, under another Message-ID',
  by_agent: 'it came by mail',
  sender_chosen: 'its From field names nobody for certain: an operator said who wrote it',
  not_participant: 'from somebody who takes no part in the ticket; only operators see it',
};

/** What an operator should know of an entry, and do about it. */
function notesOn(entry: EntryRow, number: number): readonly string[] {
  const words = (entry.flags ?? []).map((flag) => FLAG_WORDS[flag]);
  const copies = entry.cameAlsoTo.length === 0 ? [] : [`the same mail came also to ${entry.cameAlsoTo.join(', ')}`];
  if (entry.visibility !== 'operators_until_admitted') return [...words, ...copies];
  return [
    ...words,
    ...copies,
    `let it in with: deskbell ticket admit ${number} --entry ${entry.id} --how once|participant|ticket`,
  ];
}

/** A ticket with its record, the people who take part, and the mail it caused. */
export const showTicket = readOperation({
  name: 'ticket.show',
  permission: 'ticket.read',
  input: z.strictObject({ number: numberField }),
  run: async ({ db }, { number }) => {
    const ticket = await findTicketByNumber(db, number);
    if (ticket === null) return err(noTicket(number));
    const [entries, participants, groups, mails, links] = await Promise.all([
      listEntries(db, ticket.id),
      listAudience(db, ticket.id),
      listTicketGroups(db, ticket.id),
      listTicketMail(db, ticket.id),
      listTicketLinks(db, ticket.id),
    ]);
    const flips = await explainKeptBack(
      db,
      mails.map(({ id }) => id),
    );
    const muted = await findMuted(db, 'contact_replied', ticket, participants);
    return ok({
      ticket,
      participants: eachOnce(participants).map((row) => ({ ...row, muted: muted.get(row.address) ?? null })),
      groups,
      links,
      entries: foldEntries(entries, ticket.subject).map((entry) => ({
        ...entry,
        html: entry.html === null ? null : sanitiseHtml(entry.html).html,
        notes: notesOn(entry, number),
      })),
      mails: mails.map((mail) => {
        const flip = flips.get(mail.id);
        return { ...mail, wouldGo: flip === undefined ? null : mailFlipWords(flip) };
      }),
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
    const audience = await listAudience(context.tx, ticket.id);
    if (audience.length === 0) {
      const message = `Nobody takes part in ticket ${number}, so nobody would get the answer.`;
      return err(refusal('nobody_to_answer', message, 'Leave a note instead: deskbell ticket note'));
    }
    const status = await changeStatus(context, ticket, 'agent_replied');
    if (!status.ok) return status;
    const entryId = await addEntry(context, ticket, 'reply', text);
    const participants = [...new Map(audience.toReversed().map((row) => [row.address, row])).values()].toReversed();
    const suppressed = await findSuppressed(
      context.tx,
      participants.map(({ address }) => address),
    );
    const settings = settingsOf(await loadSettings(context.tx, [], []));
    const switchedOff = whySwitchedOff('notify_agent_replied', settings, scopeOfTicket(ticket));
    const muted = await findMuted(context.tx, 'agent_replied', ticket, participants);
    const notTold = participants.flatMap(({ address }) => {
      const reason = muted.get(address) ?? suppressed.get(address);
      return reason === undefined ? [] : [{ address, reason, isMuted: muted.has(address) }];
    });
    const { from, to } = status.value;
    const told = { number, status: to, entryId, participants, notTold, switchedOff };
    const changes = { from: { status: from }, to: { status: to, entry: entryId } };
    return changed(told, [happened('agent_replied', ticket, entryId)], changes);
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
    const noted = { number, status: ticket.status, entryId };
    return changed(noted, [happened('note_added', ticket, entryId)], { from: null, to: { entry: entryId } });
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
      const { from, to } = status.value;
      const changes = { from: { status: from }, to: { status: to } };
      return changed({ number, status: to, entryId }, [happened(event, ticket, entryId)], changes);
    },
  });
}

async function changeStatus({ tx }: ChangeContext, ticket: TicketRow, change: TicketChange) {
  if (ticket.mergedIntoNumber !== null) return err(merged(ticket.number, ticket.mergedIntoNumber));
  const changed = await changeTicketStatus(tx, ticket.id, change);
  return changed.ok ? changed : err(impossible(ticket.number, changed.error, change));
}

const merged = (number: number, into: number): Refusal =>
  refusal('merged', `Ticket ${number} is part of ticket ${into} now.`, `Go on there: deskbell ticket show ${into}`);

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

async function addEntry(
  { tx, actor }: ChangeContext,
  ticket: TicketRow,
  kind: 'reply' | 'note' | 'status',
  text: string,
): Promise<TicketEntryId> {
  const name = actor.is === 'operator' ? actor.name : await deskName(tx, ticket.mailbox);
  return addRecord(tx, ticket.id, kind, { label: actorLabel(actor), name }, text);
}

const scopeOfTicket = ({ mailboxId, customerId }: TicketRow) => ({ mailboxId, customerId, contactId: null });

const happened = (kind: EventKind, ticket: TicketRow, entryId: TicketEntryId): Happened => ({
  kind,
  ticketId: ticket.id,
  entryId,
  contactId: ticket.requesterId,
  inboundId: null,
});
