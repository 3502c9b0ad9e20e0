import { findOwners, insertAddress } from '../contacts/store.ts';
import type { Tx } from '../db/client.ts';
import type { ContactId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import { findMailbox } from '../mailboxes/store.ts';
import type { Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';

/**
 * Gives an address to a contact. It has one owner in the whole system (FEATURES P-03), and the desk itself is nobody's
 * contact.
 *
 * @returns null: it is theirs now; else why not
 */
export async function giveAddress(
  tx: Tx,
  address: EmailAddress,
  contactId: ContactId,
  isPrimary: boolean,
): Promise<Refusal | null> {
  if ((await findMailbox(tx, address)) !== null) {
    const message = `${address} is a mailbox of the desk itself.`;
    return refusal('address_of_desk', message, 'Give the address at which this person reads mail.');
  }
  if (await insertAddress(tx, address, contactId, isPrimary)) return null;
  const owner = (await findOwners(tx, [address])).get(address);
  const who =
    owner === undefined ? 'another contact' : `contact ${owner.id}${owner.name === '' ? '' : `, ${owner.name}`}`;
  return refusal(
    'address_taken',
    `${address} belongs to ${who}.`,
    'An address has one owner: correct it or leave it out.',
  );
}
