import { z } from 'zod';
import type { GroupRow } from '../contacts/group-store.ts';
import { lockGroup } from '../contacts/group-store.ts';
import type { Person } from '../contacts/person-store.ts';
import { personWords } from '../contacts/person-store.ts';
import type { Tx } from '../db/client.ts';
import type { ContactId, CustomerId, TicketId } from '../db/ids.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { AudienceRow, TicketGroup } from '../tickets/participant-store.ts';
import {
  insertParticipants,
  insertTicketAddresses,
  insertTicketGroups,
  listAudience,
  listTicketGroups,
  putSoleParticipant,
} from '../tickets/participant-store.ts';
import { addressField } from './fields.ts';
import { readGroupForTicket } from './group-reference.ts';
import type { ChangeContext } from './operation.ts';
import { holdNamed, readPeople, readReachable, whyErased } from './people.ts';
import { contactField, rowField } from './references.ts';
import type { Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';

/** People and addresses that a ticket has, groups not counted. */
const MAX_PEOPLE = 100;
/** Groups that a ticket has. */
const MAX_GROUPS = 10;

/** Who takes part in a ticket beside its requester, as an actor writes it. */
export const PEOPLE_FIELDS = {
  affected: contactField.optional(),
  watchers: z.array(contactField).max(MAX_PEOPLE).default([]),
  ccs: z.array(contactField).max(MAX_PEOPLE).default([]),
  groups: z.array(rowField).max(MAX_GROUPS).default([]),
  extras: z.array(addressField).max(MAX_PEOPLE).default([]),
};
const PEOPLE = z.strictObject(PEOPLE_FIELDS);
type PeopleInput = z.infer<typeof PEOPLE>;

/** The same, found: an extra address that belongs to a contact is that contact. */
export interface NamedPeople {
  readonly affected: Person | null;
  readonly watchers: readonly Person[];
  readonly ccs: readonly Person[];
  readonly groups: readonly GroupRow[];
  /** Who was written as an address, and is a contact. */
  readonly known: readonly Person[];
  readonly extras: readonly EmailAddress[];
}

/** Whoever the input names stays who they are until the transaction ends; before anything else is locked. */
export const holdTicketPeople = (tx: Tx, input: PeopleInput, more: PeopleInput['affected']): Promise<void> =>
  holdNamed(tx, [more, input.affected, ...input.watchers, ...input.ccs, ...input.extras]);

/** @param customerId whose ticket it is: a group of another customer is refused */
export async function readTicketPeople(
  { tx, keys }: Pick<ChangeContext, 'tx' | 'keys'>,
  customerId: CustomerId | null,
  input: PeopleInput,
): Promise<Result<NamedPeople, Refusal>> {
  const affected = await readPeople(tx, input.affected === undefined ? [] : [input.affected]);
  if (!affected.ok) return affected;
  const watchers = await readPeople(tx, input.watchers);
  if (!watchers.ok) return watchers;
  const ccs = await readPeople(tx, input.ccs);
  if (!ccs.ok) return ccs;
  const extras = await readReachable(tx, input.extras);
  if (!extras.ok) return extras;
  const erased = await whyErased(tx, keys, extras.value);
  if (erased !== null) return err(erased);
  const groups: GroupRow[] = [];
  for (const written of input.groups) {
    const found = await readGroupForTicket(tx, written, customerId);
    if (!found.ok) return found;
    if (!groups.some(({ id }) => id === found.value.id)) groups.push(found.value);
  }
  return ok({
    affected: affected.value[0] ?? null,
    watchers: watchers.value,
    ccs: ccs.value,
    groups,
    known: extras.value.flatMap((one) => (one.is === 'person' ? [one.person] : [])),
    extras: extras.value.flatMap((one) => (one.is === 'address' ? [one.address] : [])),
  });
}

/** Who is on a ticket. */
export interface Standing {
  readonly audience: readonly AudienceRow[];
  readonly groups: readonly TicketGroup[];
}

export async function loadStanding(tx: Tx, ticketId: TicketId): Promise<Standing> {
  return { audience: await listAudience(tx, ticketId), groups: await listTicketGroups(tx, ticketId) };
}

/** One who was put on a ticket: as a sentence says it, and for the event. */
export interface PutOne {
  readonly says: string;
  readonly contactId: ContactId | null;
}

/**
 * Puts people, groups and addresses on a ticket that is locked. Whoever has the role already is refused, and so is what
 * would be more than a ticket has.
 */
export async function putTicketPeople(
  tx: Tx,
  ticketId: TicketId,
  named: NamedPeople,
): Promise<Result<readonly PutOne[], Refusal>> {
  const standing = await loadStanding(tx, ticketId);
  const there = alreadyThere(named, standing);
  if (there !== null) return err(refusal('already_there', `${there} already.`, 'Leave them out.'));
  const { affected, watchers, groups, extras } = named;
  const ccs = [...named.ccs, ...named.known];
  const before = standing.audience.filter(({ role }) => role !== 'group').length;
  const count = before + watchers.length + ccs.length + extras.length + (affected === null ? 0 : 1);
  if (count > MAX_PEOPLE) {
    const message = `A ticket has at most ${MAX_PEOPLE} people and extra addresses; this would be ${count}.`;
    return err(refusal('too_many_people', message, 'Put a group on it: deskbell group add'));
  }
  if (standing.groups.length + groups.length > MAX_GROUPS) {
    return err(refusal('too_many_groups', `A ticket has at most ${MAX_GROUPS} groups.`, 'Put them into one group.'));
  }
  for (const { id, name } of groups) {
    if (await lockGroup(tx, id)) continue;
    return err(refusal('group_not_found', `The group ${name} was removed just now.`, 'Leave it out.'));
  }
  if (affected !== null) await putSoleParticipant(tx, ticketId, 'affected', affected.ownerId);
  await insertParticipants(tx, ticketId, 'watcher', idsOf(watchers));
  await insertParticipants(tx, ticketId, 'cc', idsOf(ccs));
  await insertTicketAddresses(tx, ticketId, extras);
  await insertTicketGroups(
    tx,
    ticketId,
    groups.map(({ id }) => id),
  );
  return ok([
    ...(affected === null ? [] : [onePut(affected, 'is the affected contact')]),
    ...watchers.map((person) => onePut(person, 'takes part as watcher')),
    ...ccs.map((person) => onePut(person, 'takes part as cc')),
    ...extras.map((address) => ({ says: `${address} is told of it as an extra address`, contactId: null })),
    ...groups.map(({ name }) => ({ says: `The group ${name} is told of it`, contactId: null })),
  ]);
}

/** Somebody of these who has that very role, as the beginning of a sentence; null: nobody has. */
function alreadyThere(named: NamedPeople, { audience, groups }: Standing): string | null {
  const has = ({ contactId }: Person, roles: readonly AudienceRow['role'][]): boolean =>
    audience.some((row) => row.contactId === contactId && roles.includes(row.role));
  const asRole = (role: 'affected' | 'watcher' | 'cc', people: readonly Person[]) =>
    people.filter((person) => has(person, [role])).map((person) => `${personWords(person)} is ${role}`);
  const takePart = ['requester', 'affected', 'watcher', 'cc'] as const;
  const [first] = [
    ...asRole('affected', named.affected === null ? [] : [named.affected]),
    ...asRole('watcher', named.watchers),
    ...asRole('cc', named.ccs),
    ...named.known
      .filter((person) => has(person, takePart) || [...named.watchers, ...named.ccs].some(isSame(person)))
      .map((person) => `${personWords(person)}, whose address that is, takes part`),
    ...named.extras
      .filter((address) => audience.some(({ role, typed }) => role === 'extra' && typed === address))
      .map((address) => `${address} is an extra address of it`),
    ...named.groups
      .filter(({ id }) => groups.some((one) => one.id === id))
      .map(({ name }) => `The group ${name} is on it`),
  ];
  return first ?? null;
}

const isSame =
  (person: Person) =>
  ({ contactId }: Person): boolean =>
    contactId === person.contactId;

const onePut = (person: Person, is: string): PutOne => ({
  says: `${personWords(person)} ${is}`,
  contactId: person.ownerId,
});

const idsOf = (people: readonly Person[]): readonly ContactId[] => people.map(({ ownerId }) => ownerId);

/** Who is on a ticket, for the audit: by numbers, and addresses that are nobody's. */
export const standingSnapshot = ({ audience, groups }: Standing): readonly string[] => [
  ...audience
    .filter(({ role }) => role !== 'group')
    .map(({ role, ownerId, typed }) => `${role} ${typed ?? `contact ${ownerId ?? '?'}`}`),
  ...groups.map(({ id }) => `group ${id}`),
];
