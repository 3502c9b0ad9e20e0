import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { addressField } from '../access/fields.ts';
import { giveAddress } from '../access/give-address.ts';
import { contactName, lockNamedPerson } from '../access/lock-person.ts';
import { changed, changeOperation } from '../access/operation.ts';
import { contactField } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import { revokeLinks } from '../accounts/link-store.ts';
import type { Tx } from '../db/client.ts';
import type { ContactId } from '../db/ids.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { putVerified } from './address-store.ts';
import type { Person, PersonAddress } from './lifecycle-store.ts';
import { touchContacts } from './lifecycle-store.ts';
import { demotePrimaryAddress, findContact, promoteAddress } from './store.ts';
import { liftTombstones } from './tombstone.ts';

/** Gives a contact one more address, or makes one of theirs the primary one. */
export const addAddress = changeOperation({
  name: 'address.add',
  permission: 'contact.manage',
  input: z.strictObject({ contact: contactField, address: addressField, primary: z.boolean().default(false) }),
  run: async ({ tx, keys }, { contact, address, primary }) => {
    const found = await lockNamedPerson(tx, { contact });
    if (!found.ok) return found;
    const person = found.value;
    const theirs = person.addresses.find((one) => one.address === address);
    if (theirs !== undefined && (!primary || isPrimaryOf(person, theirs))) {
      const is = primary ? 'the primary address' : 'an address';
      return err(refusal('already_theirs', `${address} is ${is} of this contact already.`, 'There is nothing to do.'));
    }
    if (theirs === undefined) {
      const refused = await giveAddress(tx, address, person.id, ownAddresses(person).length === 0);
      if (refused !== null) return err(refused);
    }
    const tombstonesLifted = await liftTombstones(tx, keys, [address]);
    if (primary && ownAddresses(person).length > 0) {
      const made = await makePrimary(tx, person, address, theirs?.ownerId ?? person.id);
      if (!made.ok) return made;
    }
    await touchContacts(tx, [person.id]);
    const row = await findContact(tx, person.id);
    return changed(row === null ? null : { ...row, tombstonesLifted }, [], {
      from: listed(person),
      to: { id: person.id, addresses: row?.addresses ?? [] },
    });
  },
});

/** Mail to the contact goes to this address of theirs from now on. */
export const makeAddressPrimary = changeOperation({
  name: 'address.primary',
  permission: 'contact.manage',
  input: z.strictObject({ address: addressField }),
  run: async ({ tx }, { address }) => {
    const found = await lockOwner(tx, address);
    if (!found.ok) return found;
    const { person, owned } = found.value;
    if (isPrimaryOf(person, owned)) {
      const message = `${address} is the primary address of ${contactName(person)} already.`;
      return err(refusal('already_primary', message, 'There is nothing to do.'));
    }
    const made = await makePrimary(tx, person, address, owned.ownerId);
    if (!made.ok) return made;
    await touchContacts(tx, [person.id]);
    const before = person.addresses.find((one) => isPrimaryOf(person, one))?.address ?? null;
    const { id, name } = person;
    return changed({ id, name, address, before }, [], { from: { id, primary: before }, to: { id, primary: address } });
  },
});

/** Says that the contact reads mail at this address of theirs, as authenticated mail from there says by itself. */
export const verifyAddress = changeOperation({
  name: 'address.verify',
  permission: 'contact.manage',
  input: z.strictObject({ address: addressField }),
  run: async ({ tx, actor, clock }, { address }) => {
    const found = await lockOwner(tx, address);
    if (!found.ok) return found;
    const { person, owned } = found.value;
    const { id, name } = person;
    if (owned.verifiedAt !== null) {
      const by = owned.verifiedBy === 'mail' ? 'authenticated mail' : (owned.verifiedBy ?? 'somebody');
      const message = `${address} has been verified already, by ${by} on ${owned.verifiedAt.toISOString().slice(0, 10)}.`;
      return err(refusal('already_verified', message, 'There is nothing to do.'));
    }
    await putVerified(tx, address, clock.now(), actorLabel(actor));
    return changed({ id, name, address, verifiedAt: clock.now() }, [], {
      from: { id, address, verified: false },
      to: { id, address, verified: true },
    });
  },
});

/** Whoever has the address, locked; or that nobody has it. */
async function lockOwner(
  tx: Tx,
  address: EmailAddress,
): Promise<Result<{ readonly person: Person; readonly owned: PersonAddress }, Refusal>> {
  const found = await lockNamedPerson(tx, { contact: address });
  if (!found.ok) return found;
  const owned = found.value.addresses.find((one) => one.address === address);
  if (owned === undefined) throw new Error(`${address} was lost under its lock`);
  return ok({ person: found.value, owned });
}

/** The address at which they are written to; those of merged rows have a first one too, which is not asked now. */
const isPrimaryOf = ({ id }: Person, { ownerId, isPrimary }: PersonAddress): boolean => isPrimary && ownerId === id;

const ownAddresses = ({ id, addresses }: Person): readonly PersonAddress[] =>
  addresses.filter(({ ownerId }) => ownerId === id);

async function makePrimary(
  tx: Tx,
  person: Person,
  address: EmailAddress,
  ownerId: ContactId,
): Promise<Result<null, Refusal>> {
  if (ownerId !== person.id) {
    const message = `${address} is of contact ${ownerId}, who is merged into ${contactName(person)}.`;
    return err(refusal('merged', message, `Give it to them first: deskbell address move ${address} --to ${person.id}`));
  }
  await demotePrimaryAddress(tx, person.id);
  await promoteAddress(tx, address);
  // What was mailed to the one that was primary.
  await revokeLinks(tx, { contactIds: [person.id] });
  return ok(null);
}

const listed = ({ id, addresses }: Person) => ({ id, addresses: addresses.map(({ address }) => address) });
