import type { Person } from '../contacts/lifecycle-store.ts';
import { findPersonId, lockPerson } from '../contacts/lifecycle-store.ts';
import type { Tx } from '../db/client.ts';
import type { ContactId } from '../db/ids.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { asContactKey, noContact } from './references.ts';
import type { Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';
import { findLastChange } from './store.ts';

/** A contact as an actor refers to them, and how they were when the actor looked. */
interface Wanted {
  readonly contact: EmailAddress | number;
  /** undefined: however they are. */
  readonly version?: number | undefined;
}

/**
 * The person an actor means, locked with everybody merged into them until the transaction ends. Whoever is merged is
 * the one who stands for them.
 *
 * @returns or why nothing can be done to them: there is none, they were deleted, or changed after the actor looked
 */
export async function lockNamedPerson(tx: Tx, { contact, version }: Wanted): Promise<Result<Person, Refusal>> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const id = await findPersonId(tx, asContactKey(contact));
    if (id === null) return err(noContact(contact));
    const person = await lockPerson(tx, id);
    // Merged, or without that address, since it was looked up.
    if (person === null || (typeof contact === 'string' && !has(person, contact))) continue;
    if (person.status === 'deleted') return err(contactDeleted(id));
    if (version !== undefined && version !== person.version) return err(await changedMeanwhile(tx, person));
    return ok(person);
  }
  return err(refusal('busy', `Somebody is changing contact ${contact} right now.`, 'Try again.'));
}

const MAX_TRIES = 3;

const has = ({ addresses }: Person, address: string): boolean => addresses.some((one) => one.address === address);

/** Nothing can be done to somebody who was erased. */
export const contactDeleted = (id: ContactId): Refusal =>
  refusal(
    'contact_deleted',
    `Contact ${id} was deleted: nothing of them is left.`,
    'Add a new one: deskbell contact add',
  );

/** How a contact is called in a sentence: "contact 12, Ana Peralta". */
export const contactName = ({ id, name }: Pick<Person, 'id' | 'name'>): string =>
  `contact ${id}${name === '' ? '' : `, ${name}`}`;

async function changedMeanwhile(tx: Tx, person: Person): Promise<Refusal> {
  const last = await findLastChange(tx, person.id);
  const by = last === null ? '' : ` by ${last.by}`;
  const at = (last?.at ?? person.updatedAt).toISOString().slice(0, 16).replace('T', ' ');
  const who = `Contact ${contactName(person).slice('contact '.length)}`;
  return refusal(
    'changed_meanwhile',
    `${who}${person.name === '' ? '' : ','} was changed${by} on ${at}Z, after you looked.`,
    `Look again with: deskbell contact show ${person.id}; it is version ${person.version} now.`,
  );
}
