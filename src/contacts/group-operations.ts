import { z } from 'zod';
import { nameField } from '../access/fields.ts';
import { groupWords, readGroup } from '../access/group-reference.ts';
import type { ChangeContext } from '../access/operation.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import type { Reachable } from '../access/people.ts';
import { holdNamed, readReachable, whyErased } from '../access/people.ts';
import { contactField, newNameField, noCustomer, rowField } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import type { CustomerId } from '../db/ids.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { GroupMember, GroupRow } from './group-store.ts';
import {
  deleteGroup,
  deleteGroupMembers,
  insertGroup,
  insertGroupMembers,
  listGroupMembers,
  listGroups,
  lockGroup,
  renameGroup,
} from './group-store.ts';
import { personWords } from './person-store.ts';
import { findCustomerByName } from './store.ts';

/** So many are told by one group at most. */
const MAX_MEMBERS = 100;

const membersField = z.array(contactField).min(1, 'is missing: name at least one').max(MAX_MEMBERS);

/** A new set of people and addresses, for the tickets of one customer or of all. */
export const addGroup = changeOperation({
  name: 'group.add',
  permission: 'group.manage',
  input: z.strictObject({ name: newNameField, customer: nameField.optional() }),
  run: async ({ tx }, { name, customer }) => {
    const customerId = customer === undefined ? null : await findCustomerByName(tx, customer);
    if (customer !== undefined && customerId === null) return err(noCustomer(customer));
    const id = await insertGroup(tx, name, customerId);
    if (id === null) return err(nameTaken(name, customer ?? null));
    return changed({ id, name, customer: customer ?? null }, [], { from: null, to: { id, name, customerId } });
  },
});

/** Groups by name; with a customer's name those that can be put on its tickets. */
export const showGroups = readOperation({
  name: 'group.list',
  permission: 'group.read',
  input: z.strictObject({ customer: nameField.optional() }),
  run: async ({ db }, { customer }) => {
    if (customer === undefined) return ok(await listGroups(db, null));
    const id: CustomerId | null = await findCustomerByName(db, customer);
    return id === null ? err(noCustomer(customer)) : ok(await listGroups(db, id));
  },
});

/** One group with its members. */
export const showGroup = readOperation({
  name: 'group.show',
  permission: 'group.read',
  input: z.strictObject({ group: rowField }),
  run: async ({ db }, { group }) => {
    const found = await readGroup(db, group);
    return found.ok ? ok({ ...found.value, members: await listGroupMembers(db, found.value.id) }) : found;
  },
});

/** Gives a group another name. */
export const setGroup = changeOperation({
  name: 'group.set',
  permission: 'group.manage',
  input: z.strictObject({ group: rowField, name: newNameField }),
  run: async (context, { group: asked, name }) => {
    const group = await lockedGroup(context, asked);
    if (!group.ok) return group;
    if (!(await renameGroup(context.tx, group.value, name))) return err(nameTaken(name, group.value.customer));
    const { id, name: before, customer } = group.value;
    return changed({ id, name, before, customer }, [], { from: { name: before }, to: { name } });
  },
});

/** Forgets a group; where tickets have it that must be said, for its members are told of them no more. */
export const removeGroup = changeOperation({
  name: 'group.remove',
  permission: 'group.manage',
  input: z.strictObject({ group: rowField, fromTickets: z.boolean().default(false) }),
  run: async (context, { group: asked, fromTickets }) => {
    const group = await lockedGroup(context, asked);
    if (!group.ok) return group;
    const { id, ticketCount } = group.value;
    if (ticketCount > 0 && !fromTickets) {
      const message = `The group ${groupWords(group.value)} is on ${countWords(ticketCount, 'ticket')}; without it, its members are told of them no more.`;
      return err(refusal('group_in_use', message, 'If that is meant, say so: --from-tickets'));
    }
    const members = snapshot(await listGroupMembers(context.tx, id));
    await deleteGroup(context.tx, id);
    const { name, customerId, customer } = group.value;
    const from = { id, name, customerId, members, tickets: ticketCount };
    return changed({ id, name, customer, ticketCount }, [], { from, to: null });
  },
});

/** Puts people and addresses into a group. An address that belongs to a contact is that contact. */
export const putIntoGroup = membersOperation('group.put', async ({ tx, keys }, group, named, members) => {
  const erased = await whyErased(tx, keys, named);
  if (erased !== null) return err(erased);
  const absent = named.filter((one) => memberRows(one, members).length === 0);
  if (absent.length === 0) return err(nothingToDo(`${named.map(words).join(', ')}: in the group already`));
  if (members.length + absent.length > MAX_MEMBERS) {
    const message = `A group has at most ${MAX_MEMBERS} members; ${groupWords(group)} has ${members.length}.`;
    return err(refusal('group_full', message, 'Make a second group: deskbell group add'));
  }
  await insertGroupMembers(
    tx,
    group.id,
    absent.flatMap((one) => (one.is === 'person' ? [one.person.ownerId] : [])),
    absent.flatMap((one) => (one.is === 'address' ? [one.address] : [])),
  );
  return ok(absent);
});

/** Takes people and addresses out of a group. */
export const dropFromGroup = membersOperation('group.drop', async ({ tx }, group, named, members) => {
  const stranger = named.find((one) => memberRows(one, members).length === 0);
  if (stranger !== undefined) {
    const message = `${words(stranger)} is not in the group ${groupWords(group)}.`;
    return err(refusal('not_in_group', message, `See who is: deskbell group show ${group.id}`));
  }
  const rows = named.flatMap((one) => memberRows(one, members));
  await deleteGroupMembers(
    tx,
    group.id,
    rows.flatMap(({ ownerId, typed }) => (typed === null && ownerId !== null ? [ownerId] : [])),
    rows.flatMap(({ typed }) => typed ?? []),
  );
  return ok(named);
});

function membersOperation(
  name: 'group.put' | 'group.drop',
  change: (
    context: ChangeContext,
    group: GroupRow,
    named: readonly Reachable[],
    members: readonly GroupMember[],
  ) => Promise<Result<readonly Reachable[], Refusal>>,
) {
  return changeOperation({
    name,
    permission: 'group.manage',
    input: z.strictObject({ group: rowField, members: membersField }),
    run: async (context, { group: asked, members: written }) => {
      const { tx } = context;
      await holdNamed(tx, written);
      const group = await lockedGroup(context, asked);
      if (!group.ok) return group;
      const named = await readReachable(tx, written);
      if (!named.ok) return named;
      const before = await listGroupMembers(tx, group.value.id);
      const moved = await change(context, group.value, named.value, before);
      if (!moved.ok) return moved;
      const members = await listGroupMembers(tx, group.value.id);
      const output = { ...group.value, memberCount: members.length, moved: moved.value.map(words), members };
      return changed(output, [], { from: snapshot(before), to: snapshot(members) });
    },
  });
}

/** The group under a lock that lasts until the transaction ends: two who change it go one after the other. */
async function lockedGroup({ tx }: ChangeContext, asked: number | string): Promise<Result<GroupRow, Refusal>> {
  const found = await readGroup(tx, asked);
  if (!found.ok) return found;
  await lockGroup(tx, found.value.id);
  // As it is now that nobody changes it any more.
  return readGroup(tx, found.value.id);
}

/** By which rows somebody is in a group: more than one while they are merged, or were an address before. */
const memberRows = (one: Reachable, members: readonly GroupMember[]): readonly GroupMember[] =>
  members.filter(({ contactId, typed }) =>
    one.is === 'person' ? contactId === one.person.contactId : typed === one.address,
  );

const words = (one: Reachable): string => (one.is === 'person' ? personWords(one.person) : one.address);

const snapshot = (members: readonly GroupMember[]): readonly string[] =>
  members.map(({ ownerId, typed }) => typed ?? `contact ${ownerId}`);

const countWords = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const nothingToDo = (message: string): Refusal => refusal('already_in_group', `${message}.`, 'There is nothing to do.');

const nameTaken = (name: string, customer: string | null): Refusal =>
  refusal(
    'group_exists',
    `There is a group ${groupWords({ name, customer })} already${customer === null ? ', for all customers' : ''}.`,
    'Choose another name.',
  );
