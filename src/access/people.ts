import { holdPeople } from '../contacts/address-store.ts';
import type { Person } from '../contacts/person-store.ts';
import { findPeople, personWords } from '../contacts/person-store.ts';
import { findTombstones } from '../contacts/store.ts';
import { tombstoneHash } from '../contacts/tombstone.ts';
import type { Tx } from '../db/client.ts';
import type { Keys } from '../lib/crypto.ts';
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
 * Whoever these name stays who they are until the transaction ends, as the sender of a mail does while it is decided
 * about. All at once, and before the ticket is locked: who is erased is locked before their tickets.
 */
export async function holdNamed(tx: Tx, written: readonly (EmailAddress | number | undefined)[]): Promise<void> {
  await holdPeople(
    tx,
    written.flatMap((one) => (one === undefined ? [] : [asContactKey(one)])),
  );
}

/** Why these are not to be told of anything: an address of somebody who was erased is nobody's until it is given anew. */
export async function whyErased(tx: Tx, keys: Keys, named: readonly Reachable[]): Promise<Refusal | null> {
  const byHash = new Map(
    named.flatMap((one) =>
      one.is === 'address' ? [[tombstoneHash(keys, one.address).toString('hex'), one.address] as const] : [],
    ),
  );
  const [hash] = await findTombstones(
    tx,
    [...byHash.keys()].map((hex) => Buffer.from(hex, 'hex')),
  );
  const address = hash === undefined ? undefined : byHash.get(hash);
  if (address === undefined) return null;
  const message = `${address} was the address of a contact who was deleted, so nothing is sent there.`;
  const mend = `If somebody else has it now, add them first: deskbell contact add --address ${address}`;
  return refusal('address_erased', message, mend);
}

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
