import type { Tx } from '../db/client.ts';
import type { ContactId } from '../db/ids.ts';
import { hexBytes } from '../db/records.ts';
import type { EmailAddress } from '../mail/address.ts';
import { lockOrder } from './lifecycle-store.ts';

/**
 * Whoever has these addresses, and whoever stands for them, stays who they are until the transaction ends: nobody is
 * deleted, merged or loses an address while mail of theirs is decided about. What is read after it, and not before, holds.
 *
 * @returns the locked contacts
 */
export const holdOwners = (tx: Tx, addresses: readonly EmailAddress[]): Promise<ReadonlySet<ContactId>> =>
  holdPeople(tx, addresses);

/** The same for contacts that are named by their number or an address. */
export async function holdPeople(
  tx: Tx,
  named: readonly (ContactId | EmailAddress)[],
): Promise<ReadonlySet<ContactId>> {
  if (named.length === 0) return new Set();
  const ids = named.filter((one) => typeof one === 'number');
  const addresses = named.filter((one) => typeof one === 'string');
  const rows = await tx.sql<{ id: ContactId }[]>`
    select id from contacts where id = any(array(
      with owners as (
        select id, merged_into_id from contacts where id = any(${ids}::bigint[])
        union all
        select o.id, o.merged_into_id from contact_addresses a join contacts o on o.id = a.contact_id
        where a.address = any(${addresses}::text[]))
      select id from owners union select merged_into_id from owners where merged_into_id is not null))
    order by ${lockOrder(tx)} for key share`;
  return new Set(rows.map(({ id }) => id));
}

/** Authenticated mail came from these addresses: their owners read mail there. */
export async function markVerifiedByMail(tx: Tx, addresses: Iterable<EmailAddress>): Promise<void> {
  const sorted = [...addresses].toSorted();
  if (sorted.length === 0) return;
  await tx.sql`
    update contact_addresses set verified_at = now(), verified_by = 'mail'
    where address = any(${sorted}::text[]) and verified_at is null`;
}

/** Somebody said that the owner reads mail there. */
export async function putVerified(tx: Tx, address: EmailAddress, at: Date, by: string): Promise<void> {
  await tx.sql`
    update contact_addresses set verified_at = ${at}, verified_by = ${by} where address = ${address}`;
}

/** The address is another contact's from now on, and proven to be nobody's. */
export async function putOwner(tx: Tx, address: EmailAddress, to: ContactId, isPrimary: boolean): Promise<void> {
  await tx.sql`
    update contact_addresses set contact_id = ${to}, is_primary = ${isPrimary}, verified_at = null, verified_by = null
    where address = ${address}`;
}

/** The address is nobody's from now on. */
export async function deleteAddress(tx: Tx, address: EmailAddress): Promise<void> {
  await tx.sql`delete from contact_addresses where address = ${address}`;
}

/** The addresses with these hashes were those of erased people. */
export async function putTombstones(tx: Tx, hashes: readonly Buffer[]): Promise<void> {
  if (hashes.length === 0) return;
  await tx.sql`
    insert into tombstones (address_hash) select unnest(${hashes.map(hexBytes).toSorted()}::text[]::bytea[])
    on conflict do nothing`;
}

/** No tombstones have these hashes any more. @returns in hex those that were there */
export async function deleteTombstones(tx: Tx, hashes: readonly Buffer[]): Promise<readonly string[]> {
  const rows = await tx.sql<{ hash: string }[]>`
    delete from tombstones where address_hash = any(${hashes.map(hexBytes).toSorted()}::text[]::bytea[])
    returning encode(address_hash, 'hex') as hash`;
  return rows.map(({ hash }) => hash);
}
