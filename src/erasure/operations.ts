import { z } from 'zod';
import { lockNamedPerson, contactDeleted } from '../access/lock-person.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import { asContactKey, contactField, noContact } from '../access/references.ts';
import { refusal } from '../access/refusal.ts';
import type { Person } from '../contacts/lifecycle-store.ts';
import { findPerson, findPersonId } from '../contacts/lifecycle-store.ts';
import { err, ok } from '../lib/result.ts';
import { erasePerson } from './erase.ts';
import { countErasure } from './find-store.ts';

/** A contact that the audit does not name: what is written there is to outlive them. */
const unnamedContact = contactField.transform((contact) => ({
  contact,
  toJSON: () => (typeof contact === 'number' ? contact : '(an address)'),
}));

/** What would be erased of a contact, and how to confirm it. Nothing is written. */
export const showErasure = readOperation({
  name: 'contact.erasure',
  permission: 'contact.manage',
  input: z.strictObject({ contact: contactField, withMessages: z.boolean().default(false) }),
  run: async ({ db }, { contact, withMessages }) => {
    const id = await findPersonId(db, asContactKey(contact));
    const person = id === null ? null : await findPerson(db, id);
    if (person === null) return err(noContact(contact));
    if (person.status === 'deleted') return err(contactDeleted(person.id));
    const shown = { id: person.id, name: person.name, addresses: addressesOf(person), merged: person.ids.slice(1) };
    const counts = await countErasure(db, { ids: person.ids, addresses: shown.addresses });
    return ok({ ...shown, confirmation: confirmationOf(person), withMessages, ...counts });
  },
});

/**
 * Erases a contact, and everybody merged into them (FEATURES P-07): who they are, for good, wherever it is written. Their
 * tickets stay, and what they wrote, unless it is to go too. Each address leaves a tombstone.
 */
export const deleteContact = changeOperation({
  name: 'contact.delete',
  permission: 'contact.erase',
  input: z.strictObject({
    contact: unnamedContact,
    confirm: unnamedContact,
    withMessages: z.boolean().default(false),
  }),
  run: async ({ tx, keys }, { contact: wanted, confirm, withMessages }) => {
    const found = await lockNamedPerson(tx, { contact: wanted.contact });
    if (!found.ok) return found;
    const person = found.value;
    const expected = confirmationOf(person);
    if (String(confirm.contact) !== expected) {
      const what = person.addresses.length === 0 ? 'number' : 'primary address';
      return err(
        refusal(
          'not_confirmed',
          `That is not the ${what} of contact ${person.id}, so nobody was deleted.`,
          `It is ${expected}. What would be erased: deskbell contact delete ${person.id}`,
        ),
      );
    }
    const erased = await erasePerson(tx, keys, person, withMessages);
    if (!erased.ok) {
      const message = `A mail to contact ${person.id} is being handed over this very moment, so nobody was deleted.`;
      return err(refusal(erased.error, message, 'Try again in a moment.'));
    }
    const { id, ids, status } = person;
    const tombstones = person.addresses.length;
    const output = { id, contacts: ids.length, tombstones, withMessages, ...erased.value };
    return changed(output, [], {
      from: { id, status, merged: ids.slice(1) },
      to: { id, status: 'deleted', tombstones },
    });
  },
});

const addressesOf = ({ addresses }: Person) => addresses.map(({ address }) => address);

/** What has to be typed: the primary address; the number of somebody who has none. */
const confirmationOf = ({ id, addresses }: Person): string => addresses[0]?.address ?? String(id);
