import type { Tx } from '../db/client.ts';
import type { Keys } from '../lib/crypto.ts';
import { hmac } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import { deleteTombstones } from './address-store.ts';

/** The keyed hash an erased address leaves (FEATURES P-07): it says nothing to whoever has no key. */
export const tombstoneHash = (keys: Keys, address: EmailAddress): Buffer => hmac(keys.tombstone, [address]);

/**
 * Forgets that these addresses were those of erased people: somebody has them again.
 *
 * @returns which of them were
 */
export async function liftTombstones(
  tx: Tx,
  keys: Keys,
  addresses: readonly EmailAddress[],
): Promise<readonly EmailAddress[]> {
  if (addresses.length === 0) return [];
  const byHash = new Map(addresses.map((address) => [tombstoneHash(keys, address).toString('hex'), address]));
  const gone = await deleteTombstones(
    tx,
    [...byHash.keys()].map((hash) => Buffer.from(hash, 'hex')),
  );
  return gone.flatMap((hash) => byHash.get(hash) ?? []);
}
