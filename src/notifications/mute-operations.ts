import { z } from 'zod';
import { numberField } from '../access/fields.ts';
import type { ChangeContext } from '../access/operation.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import type { Reachable } from '../access/people.ts';
import { readReachable } from '../access/people.ts';
import { asContactKey, contactField, noContact, noTicket } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import { actorLabel } from '../access/actor.ts';
import { findPeople, personWords } from '../contacts/person-store.ts';
import type { Queryable } from '../db/client.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { addRecord, deskName } from '../tickets/record.ts';
import type { TicketRow } from '../tickets/store.ts';
import { findTicketByNumber } from '../tickets/store.ts';
import { deleteMutes, insertMutes, listMutes } from './mute-store.ts';
import { operatorsMuteRecord, operatorsUnmuteRecord } from './mutes.ts';

const WHAT = z.strictObject({ contact: contactField, ticket: numberField.optional() });

/** Somebody hears no more of a ticket, or of any but their own, because they asked an operator. */
export const addMute = changeOperation({
  name: 'mute.add',
  permission: 'contact.manage',
  input: WHAT,
  run: async (context, { contact, ticket: number }) => {
    const { tx } = context;
    const read = await readReachable(tx, [contact]);
    if (!read.ok) return read;
    const [who] = read.value;
    if (who === undefined) return err(noContact(contact));
    const ticket = await readTicket(tx, number);
    if (!ticket.ok) return ticket;
    const ticketId = ticket.value?.id ?? null;
    const row = { contactId: who.is === 'person' ? who.person.ownerId : null, ticketId, source: 'operator' } as const;
    if ((await insertMutes(tx, [{ ...row, address: who.is === 'address' ? who.address : null }])) === 0)
      return err(
        refusal('muted_already', `${wordsOf(who)} has muted ${placeOf(number)} already.`, 'There is nothing to do.'),
      );
    await record(context, ticket.value, operatorsMuteRecord(wordsOf(who)));
    const output = { who: wordsOf(who), ticket: number ?? null };
    return changed(output, [], { from: { muted: false }, to: { muted: true } });
  },
});

/** They hear of it again, whichever way they had muted it. */
export const removeMute = changeOperation({
  name: 'mute.remove',
  permission: 'contact.manage',
  input: WHAT,
  run: async (context, { contact, ticket: number }) => {
    const { tx } = context;
    const who = await readWho(tx, contact);
    if (who === null) return err(noContact(contact));
    const ticket = await readTicket(tx, number);
    if (!ticket.ok) return ticket;
    if ((await deleteMutes(tx, keyOf(who), ticket.value?.id ?? null)) === 0) {
      const mend = `See what they have muted: deskbell mute list --contact ${contact}`;
      return err(refusal('not_muted', `${wordsOf(who)} has not muted ${placeOf(number)}.`, mend));
    }
    await record(context, ticket.value, operatorsUnmuteRecord(wordsOf(who)));
    const output = { who: wordsOf(who), ticket: number ?? null };
    return changed(output, [], { from: { muted: true }, to: { muted: false } });
  },
});

/** Who has muted what: of a ticket, of a person, or the newest of all. */
export const showMutes = readOperation({
  name: 'mute.list',
  permission: 'contact.read',
  input: z.strictObject({ ticket: numberField.optional(), contact: contactField.optional() }),
  run: async ({ db }, { ticket: number, contact }) => {
    const ticket = await readTicket(db, number);
    if (!ticket.ok) return ticket;
    const who = contact === undefined ? null : await readWho(db, contact);
    if (contact !== undefined && who === null) return err(noContact(contact));
    const key = who === null ? { contactId: null, address: null } : keyOf(who);
    return ok(await listMutes(db, { ticketId: ticket.value?.id ?? null, ...key }));
  },
});

/** A person, also one whom no mail reaches any more, or an address of nobody we know. */
async function readWho(db: Queryable, contact: EmailAddress | number): Promise<Reachable | null> {
  const person = (await findPeople(db, [asContactKey(contact)])).get(asContactKey(contact));
  if (person !== undefined) return { is: 'person', person };
  return typeof contact === 'number' ? null : { is: 'address', address: contact };
}

const keyOf = (who: Reachable) =>
  who.is === 'person' ? { contactId: who.person.contactId, address: null } : { contactId: null, address: who.address };

const wordsOf = (who: Reachable): string => (who.is === 'person' ? personWords(who.person) : who.address);

const placeOf = (number: number | undefined): string =>
  number === undefined ? 'all tickets but their own' : `ticket ${number}`;

/** null: none was named. One that became part of another is that one. */
async function readTicket(db: Queryable, number: number | undefined): Promise<Result<TicketRow | null, Refusal>> {
  const ticket = number === undefined ? null : await findTicketByNumber(db, number);
  return number !== undefined && ticket === null ? err(noTicket(number)) : ok(ticket);
}

/** What muting every ticket means stands with the person alone. */
async function record({ tx, actor }: ChangeContext, ticket: TicketRow | null, text: string): Promise<void> {
  if (ticket === null) return;
  const name = actor.is === 'operator' ? actor.name : await deskName(tx, ticket.mailbox);
  await addRecord(tx, ticket.id, 'note', { label: actorLabel(actor), name }, text);
}
