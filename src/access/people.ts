import type { Person } from '../contacts/person-store.ts';
import { findPeople, personWords } from '../contacts/person-store.ts';
import type { Tx } from '../db/client.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { deskAddressTest } from '../mailboxes/model.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import { asContactKey, noContact } from './references.ts';
import type { Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';

/** Somebody who can be told of something: a person we know, or an address of nobody we know. */
export type Reachable =
  { readonly is: 'person'; readonly person: Person } | { readonly is: 'address'; readonly address: EmailAddress };

/**
 * Who these contacts and addresses are, in their order and each once. An address that belongs to a contact is that
 * contact; one of the desk itself, and a contact whom no mail would reach, are refused.
 */
export async function readReachable(
  tx: Tx,
  written: readonly (EmailAddress | number)[],
): Promise<Result<readonly Reachable[], Refusal>> {
  if (written.length === 0) return ok([]);
  const people = await findPeople(tx, written.map(asContactKey));
  const isDesk = deskAddressTest(await listMailboxes(tx));
  const read = new Map<number | EmailAddress, Reachable>();
  for (const one of written) {
    const person = people.get(asContactKey(one));
    if (person !== undefined) {
      if (person.status === 'deleted' || person.address === null) return err(unreachable(person));
      read.set(person.contactId, { is: 'person', person });
    } else if (typeof one === 'number') {
      return err(noContact(one));
    } else if (isDesk(one)) {
      const message = `${one} is a mailbox of the desk itself: its mail would come back as mail to the desk.`;
      return err(refusal('address_of_desk', message, 'Give the address at which somebody reads mail.'));
    } else {
      read.set(one, { is: 'address', address: one });
    }
  }
  return ok([...read.values()]);
}

/** The same where an address of nobody we know will not do. */
export async function readPeople(
  tx: Tx,
  written: readonly (EmailAddress | number)[],
): Promise<Result<readonly Person[], Refusal>> {
  const read = await readReachable(tx, written);
  if (!read.ok) return read;
  const people: Person[] = [];
  for (const one of read.value) {
    if (one.is === 'address') {
      const mend = `Add them with: deskbell contact add --address ${one.address}; as a mere address: --extra ${one.address}`;
      return err(refusal('contact_not_found', `There is no contact ${one.address}.`, mend));
    }
    people.push(one.person);
  }
  return ok(people);
}

function unreachable(person: Person): Refusal {
  if (person.status === 'deleted') {
    const message = `Contact ${person.contactId} was deleted, and nobody is behind that number any more.`;
    return refusal('contact_deleted', message, 'Name somebody else.');
  }
  const mend = `Give them one: deskbell address add ${person.contactId} <address>`;
  return refusal('no_address', `${personWords(person)} has no address, so no mail would reach them.`, mend);
}
