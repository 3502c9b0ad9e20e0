import { z } from 'zod';
import { addressField } from '../access/fields.ts';
import { giveAddress } from '../access/give-address.ts';
import { changed, changeOperation } from '../access/operation.ts';
import { asContactKey, contactField, noContact } from '../access/references.ts';
import { refusal } from '../access/refusal.ts';
import { err } from '../lib/result.ts';
import { demotePrimaryAddress, findContact, lockContact, promoteAddress } from './store.ts';

/** Gives a contact one more address, or makes one of theirs the primary one. */
export const addAddress = changeOperation({
  name: 'address.add',
  permission: 'contact.manage',
  input: z.strictObject({ contact: contactField, address: addressField, primary: z.boolean().default(false) }),
  run: async ({ tx }, { contact, address, primary }) => {
    const found = await findContact(tx, asContactKey(contact));
    if (found === null) return err(noContact(contact));
    await lockContact(tx, found.id);
    const isTheirs = found.addresses.includes(address);
    if (isTheirs && (!primary || found.addresses[0] === address)) {
      const is = primary ? 'the primary address' : 'an address';
      return err(refusal('already_theirs', `${address} is ${is} of this contact already.`, 'There is nothing to do.'));
    }
    if (!isTheirs) {
      const refused = await giveAddress(tx, address, found.id, found.addresses.length === 0);
      if (refused !== null) return err(refused);
    }
    if (primary && found.addresses.length > 0) {
      await demotePrimaryAddress(tx, found.id);
      await promoteAddress(tx, address);
    }
    return changed(await findContact(tx, found.id));
  },
});
