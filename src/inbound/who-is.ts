import type { Queryable } from '../db/client.ts';
import type { CustomerId } from '../db/ids.ts';
import type { Keys } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { SenderMatch } from './facts.ts';
import { matchSender } from './match.ts';
import { loadPeople } from './people.ts';
import type { DeskPeople } from './understand.ts';

/** Who an address is to the desk, outside of any batch: for whoever looks ahead. */
export async function whoIs(
  db: Queryable,
  keys: Keys,
  address: EmailAddress,
  desk: DeskPeople & { readonly defaultCustomerId: CustomerId | null },
  now: Date,
): Promise<SenderMatch> {
  return matchSender({ is: 'address', address, name: '' }, await loadPeople(db, [address], keys), desk, now);
}
