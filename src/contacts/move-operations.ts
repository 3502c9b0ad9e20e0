import { z } from 'zod';
import { addressField } from '../access/fields.ts';
import { contactName, lockNamedPerson } from '../access/lock-person.ts';
import { changed, changeOperation } from '../access/operation.ts';
import { asContactKey, contactField, noContact } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import { revokeLinks } from '../accounts/link-store.ts';
import type { Tx } from '../db/client.ts';
import { err } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { cancelPendingTo } from '../notifications/cancel-store.ts';
import { deleteAddress, putOwner } from './address-store.ts';
import type { Person, PersonAddress } from './lifecycle-store.ts';
import { findPersonId, lockPerson, touchContacts } from './lifecycle-store.ts';
import { effectiveStatus } from './model.ts';

/**
 * Gives an address of one contact to another. Answers from there are the new owner's from now on: where a ticket's mail
 * went to that address, they join it if the new owner takes part, else they wait in its airlock. Mail to the old owner
 * that has not gone is cancelled: it is about them, and written to nobody else. Nothing proves the address yet.
 */
export const moveAddress = changeOperation({
  name: 'address.move',
  permission: 'contact.manage',
  input: z.strictObject({ address: addressField, to: contactField }),
  run: async ({ tx, clock }, { address, to }) => {
    const [fromId, toId] = [await findPersonId(tx, address), await findPersonId(tx, asContactKey(to))];
    if (fromId === null) return err(noContact(address));
    if (toId === null) return err(noContact(to));
    // In the order of their numbers: two who move addresses between the same people go one after the other.
    if (toId < fromId) await lockPerson(tx, toId);
    const from = await lockNamedPerson(tx, { contact: address });
    if (!from.ok) return from;
    const receiver = await lockNamedPerson(tx, { contact: to });
    if (!receiver.ok) return receiver;
    const [giver, taker] = [from.value, receiver.value];
    const owned = ownedBy(giver, address);
    if (owned.ownerId === taker.id) {
      const message = `${address} is an address of ${contactName(taker)} already.`;
      return err(refusal('already_theirs', message, 'There is nothing to do.'));
    }
    const refused = whyKept(giver, owned, clock.now());
    if (refused !== null) return err(refused);
    const hasNone = taker.addresses.every(({ ownerId }) => ownerId !== taker.id);
    await putOwner(tx, address, taker.id, hasNone);
    await revokeLinks(tx, { addresses: [address] });
    await touchContacts(tx, [giver.id, taker.id]);
    const cancelled =
      giver.id === taker.id
        ? []
        : await cancelPendingTo(tx, address, giver.ids, `the address went to ${contactName({ ...taker, name: '' })}`);
    const output = {
      address,
      from: { id: giver.id, name: giver.name },
      to: { id: taker.id, name: taker.name },
      isPrimary: hasNone,
      cancelled,
    };
    return changed(output, [], { from: { id: giver.id, address }, to: { id: taker.id, address } });
  },
});

/** Takes an address from a contact: it is nobody's then, and mail from there is that of somebody new. */
export const removeAddress = changeOperation({
  name: 'address.remove',
  permission: 'contact.manage',
  input: z.strictObject({ contact: contactField, address: addressField }),
  run: async ({ tx, clock }, { contact, address }) => {
    const found = await lockNamedPerson(tx, { contact });
    if (!found.ok) return found;
    const person = found.value;
    const owned = person.addresses.find((one) => one.address === address);
    if (owned === undefined) return err(await notTheirs(tx, person, address));
    const refused = whyKept(person, owned, clock.now());
    if (refused !== null) return err(refused);
    await deleteAddress(tx, address);
    await revokeLinks(tx, { addresses: [address] });
    await touchContacts(tx, [person.id]);
    const cancelled = await cancelPendingTo(tx, address, person.ids, 'the address was taken from the contact');
    const left = person.addresses.flatMap((one) => (one.address === address ? [] : [one.address]));
    const { id, name } = person;
    return changed({ id, name, address, left, cancelled }, [], {
      from: { id, addresses: [address, ...left] },
      to: { id, addresses: left },
    });
  },
});

function ownedBy({ addresses }: Person, address: EmailAddress): PersonAddress {
  const owned = addresses.find((one) => one.address === address);
  if (owned === undefined) throw new Error(`${address} was lost under its lock`);
  return owned;
}

/** An active contact can be written to, and everybody who has several addresses has one that is the primary one. */
function whyKept(person: Person, owned: PersonAddress, now: Date): Refusal | null {
  const { address, ownerId } = owned;
  const [next] = person.addresses.filter((one) => one.ownerId === ownerId && one.address !== address);
  if (next === undefined && ownerId === person.id && effectiveStatus(person, now) === 'active') {
    const mend = `Give them another first: deskbell address add ${person.id} <address>; or deactivate them: deskbell contact deactivate ${person.id}`;
    return refusal('last_address', `${address} is the last address of ${contactName(person)}.`, mend);
  }
  if (!owned.isPrimary || next === undefined) return null;
  const mend = `Make another the primary one first: deskbell address primary ${next.address}`;
  return refusal('primary_address', `${address} is the primary address of ${contactName(person)}.`, mend);
}

async function notTheirs(tx: Tx, person: Person, address: EmailAddress): Promise<Refusal> {
  const owner = await findPersonId(tx, address);
  const whose = owner === null ? 'nobody has it' : `it is of contact ${owner}`;
  const theirs = person.addresses.map((one) => one.address).join(', ');
  const mend = theirs === '' ? 'They have none.' : `They have ${theirs}.`;
  return refusal('not_theirs', `${address} is no address of ${contactName(person)}: ${whose}.`, mend);
}
