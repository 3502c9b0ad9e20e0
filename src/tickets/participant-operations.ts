import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { addressField, numberField } from '../access/fields.ts';
import { readGroup } from '../access/group-reference.ts';
import type { ChangeContext, Happened } from '../access/operation.ts';
import { changed, changeOperation } from '../access/operation.ts';
import { holdNamed, readPeople, readReachable } from '../access/people.ts';
import { contactField, noTicket, rowField } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import type { PutOne, Standing } from '../access/ticket-people.ts';
import {
  holdTicketPeople,
  loadStanding,
  PEOPLE_FIELDS,
  putTicketPeople,
  readTicketPeople,
  standingSnapshot,
} from '../access/ticket-people.ts';
import { personWords } from '../contacts/person-store.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import {
  deleteParticipants,
  deleteTicketAddresses,
  deleteTicketGroups,
  eachOnce,
  putRequester,
  putSoleParticipant,
} from './participant-store.ts';
import { addRecord, deskName } from './record.ts';
import type { TicketRow } from './store.ts';
import { findTicketByNumber, lockTicketStatus, touchTickets } from './store.ts';

/** Lets people, groups and addresses take part in a ticket; the requester may become another. */
export const addToTicket = changeOperation({
  name: 'ticket.add',
  permission: 'ticket.write',
  input: z.strictObject({ number: numberField, requester: contactField.optional(), ...PEOPLE_FIELDS }),
  run: async (context, { number, requester, ...people }) => {
    const { tx } = context;
    await holdTicketPeople(tx, people, requester);
    const ticket = await lockedTicket(context, number);
    if (!ticket.ok) return ticket;
    const before = await loadStanding(tx, ticket.value.id);
    const asked = requester === undefined ? ok([]) : await changeRequester(context, ticket.value, before, requester);
    if (!asked.ok) return asked;
    const now = (await findTicketByNumber(tx, number)) ?? ticket.value;
    const named = await readTicketPeople(context, now.customerId, people);
    if (!named.ok) return named;
    const put = await putTicketPeople(tx, now.id, named.value);
    if (!put.ok) return put;
    return recorded(context, now, before, [...asked.value, ...put.value], 'participant_added');
  },
});

/** Whose ticket it is from now on; it is a ticket of their customer then. */
async function changeRequester(
  { tx }: ChangeContext,
  ticket: TicketRow,
  { audience, groups }: Standing,
  written: EmailAddress | number,
): Promise<Result<readonly PutOne[], Refusal>> {
  const read = await readPeople(tx, [written]);
  if (!read.ok) return read;
  const [person] = read.value;
  if (person === undefined) return ok([]);
  const before = audience.find(({ role }) => role === 'requester') ?? null;
  const name = personWords(person);
  if (before?.contactId === person.contactId) {
    return err(refusal('already_there', `${name} is requester of it already.`, 'There is nothing to do.'));
  }
  const { customerId, customer, ownerId } = person;
  const stranger = groups.find((group) => group.customerId !== null && group.customerId !== customerId);
  if (stranger !== undefined) {
    const message = `${name} is of ${customer}, and the group ${stranger.name}, which is on the ticket, is of another customer.`;
    const mend = `Take it off first: deskbell ticket drop ${ticket.number} --group ${stranger.id}`;
    return err(refusal('group_of_other_customer', message, mend));
  }
  await putSoleParticipant(tx, ticket.id, 'requester', ownerId);
  await putRequester(tx, ticket.id, ownerId, customerId);
  const moved = customerId === ticket.customerId ? '' : `, and it is a ticket of ${customer} now`;
  const stays = before === null ? '' : `; ${before.name || before.address} takes part as before, but not as requester`;
  return ok([{ says: `${name} is the requester${moved}${stays}`, contactId: ownerId }]);
}

/** Lets people, groups and addresses take part in a ticket no more. */
export const dropFromTicket = changeOperation({
  name: 'ticket.drop',
  permission: 'ticket.write',
  input: z.strictObject({
    number: numberField,
    ...PEOPLE_FIELDS,
    // What is dropped may be on the ticket since before it would be refused.
    extras: z.array(addressField).max(100).default([]),
    groups: z.array(rowField).max(100).default([]),
  }),
  run: async (context, { number, affected, watchers, ccs, groups, extras }) => {
    const { tx } = context;
    await holdNamed(tx, [affected, ...watchers, ...ccs]);
    const ticket = await lockedTicket(context, number);
    if (!ticket.ok) return ticket;
    const before = await loadStanding(tx, ticket.value.id);
    const dropped: PutOne[] = [];
    for (const [role, written] of [
      ['affected', affected === undefined ? [] : [affected]],
      ['watcher', watchers],
      ['cc', ccs],
    ] as const) {
      const people = await dropPeople(context, ticket.value, before, role, written);
      if (!people.ok) return people;
      dropped.push(...people.value);
    }
    const others = await dropAddresses(context, ticket.value, before, extras);
    if (!others.ok) return others;
    const sets = await dropGroups(context, ticket.value, before, groups);
    if (!sets.ok) return sets;
    return recorded(context, ticket.value, before, [...dropped, ...others.value, ...sets.value], 'participant_removed');
  },
});

async function dropPeople(
  { tx }: ChangeContext,
  ticket: TicketRow,
  { audience }: Standing,
  role: 'affected' | 'watcher' | 'cc',
  written: readonly (EmailAddress | number)[],
): Promise<Result<readonly PutOne[], Refusal>> {
  const people = await readReachable(tx, written);
  if (!people.ok) return people;
  const dropped: PutOne[] = [];
  for (const one of people.value) {
    const theirs = audience.filter(({ contactId }) => one.is === 'person' && contactId === one.person.contactId);
    const rows = theirs.filter((row) => row.role === role).flatMap(({ ownerId }) => ownerId ?? []);
    const name = one.is === 'person' ? personWords(one.person) : one.address;
    if (rows.length === 0) return err(notThere(name, role, ticket, theirs));
    await deleteParticipants(tx, ticket.id, role, rows);
    dropped.push({ says: `${name} is not ${role} any more`, contactId: rows[0] ?? null });
  }
  return ok(dropped);
}

function notThere(name: string, role: string, { number }: TicketRow, theirs: Standing['audience']): Refusal {
  const roles = [...new Set(theirs.map((row) => (row.of === null ? row.role : `in the group ${row.of}`)))];
  const is = roles.length === 0 ? 'and takes no part in it' : `but ${roles.join(' and ')}`;
  const mend = roles.includes('requester')
    ? `Make somebody else the requester: deskbell ticket add ${number} --requester <contact>`
    : `See who takes part: deskbell ticket show ${number}`;
  return refusal('not_there', `${name} is not ${role} of ticket ${number}, ${is}.`, mend);
}

async function dropAddresses(
  { tx }: ChangeContext,
  ticket: TicketRow,
  { audience }: Standing,
  extras: readonly EmailAddress[],
): Promise<Result<readonly PutOne[], Refusal>> {
  const there = new Set(audience.flatMap(({ role, typed }) => (role === 'extra' ? (typed ?? []) : [])));
  const stranger = extras.find((address) => !there.has(address));
  if (stranger !== undefined) {
    const message = `${stranger} is no extra address of ticket ${ticket.number}.`;
    return err(refusal('not_there', message, `See who is told: deskbell ticket show ${ticket.number}`));
  }
  await deleteTicketAddresses(tx, ticket.id, extras);
  return ok(extras.map((address) => ({ says: `${address} is not told of it any more`, contactId: null })));
}

async function dropGroups(
  { tx }: ChangeContext,
  ticket: TicketRow,
  { groups }: Standing,
  written: readonly (number | string)[],
): Promise<Result<readonly PutOne[], Refusal>> {
  const dropped: PutOne[] = [];
  for (const asked of written) {
    // Of several of one name the one on the ticket is meant.
    const there = groups.find(({ id, name }) => id === asked || name.toLowerCase() === String(asked).toLowerCase());
    if (there === undefined) {
      const group = await readGroup(tx, asked);
      if (!group.ok) return group;
      const message = `The group ${group.value.name} is not on ticket ${ticket.number}.`;
      return err(refusal('not_there', message, `See who is told: deskbell ticket show ${ticket.number}`));
    }
    await deleteTicketGroups(tx, ticket.id, [there.id]);
    dropped.push({ says: `The group ${there.name} is not told of it any more`, contactId: null });
  }
  return ok(dropped);
}

async function lockedTicket({ tx }: ChangeContext, number: number): Promise<Result<TicketRow, Refusal>> {
  const found = await findTicketByNumber(tx, number);
  if (found === null) return err(noTicket(number));
  await lockTicketStatus(tx, found.id);
  // As it is now that nobody changes it any more.
  const ticket = (await findTicketByNumber(tx, number)) ?? found;
  const into = ticket.mergedIntoNumber;
  if (into === null) return ok(ticket);
  const message = `Ticket ${number} is part of ticket ${into} now.`;
  return err(refusal('merged', message, `Go on there: deskbell ticket show ${into}`));
}

/** For operators alone: who else reads along is not every customer's business. */
async function recorded(
  { tx, actor }: ChangeContext,
  ticket: TicketRow,
  before: Standing,
  said: readonly PutOne[],
  kind: 'participant_added' | 'participant_removed',
) {
  if (said.length === 0) {
    const mend = 'Name them with --affected, --watcher, --cc, --group or --extra.';
    return err(refusal('nobody_named', 'Nobody is named.', mend));
  }
  const name = actor.is === 'operator' ? actor.name : await deskName(tx, ticket.mailbox);
  const sentences = said.map(({ says }) => `${says}.`);
  const author = { label: actorLabel(actor), name };
  const entryId = await addRecord(tx, ticket.id, 'status', author, sentences.join('\n'), 'operators');
  await touchTickets(tx, [ticket.id]);
  const after = await loadStanding(tx, ticket.id);
  const tookPart = (id: PutOne['contactId']) =>
    before.audience.some((row) => row.contactId === id || row.ownerId === id);
  const events = said.map(({ contactId }): Happened => ({
    kind,
    ticketId: ticket.id,
    entryId,
    contactId,
    inboundId: null,
    // FEATURES T-06: another role is an edit.
    refusal: kind === 'participant_added' && tookPart(contactId) ? 'they took part in it already' : null,
  }));
  const changes = { from: { people: standingSnapshot(before) }, to: { people: standingSnapshot(after) } };
  return changed(
    { number: ticket.number, said: sentences, audience: eachOnce(after.audience), groups: after.groups },
    events,
    changes,
  );
}
