import type { Queryable, Tx } from '../db/client.ts';
import type { ContactId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';

/** The contact signs in with this from now on. @param mailedTo where it was mailed to; null: they chose it */
export async function putPassword(
  tx: Tx,
  contactId: ContactId,
  passwordHash: string,
  mailedTo: EmailAddress | null,
): Promise<void> {
  await tx.sql`
    insert into portal_accounts (contact_id, password_hash, mailed_to) values (${contactId}, ${passwordHash}, ${mailedTo})
    on conflict (contact_id) do update
    set password_hash = excluded.password_hash, mailed_to = excluded.mailed_to, set_at = now()`;
}

/** What somebody signs in with. */
export interface Account {
  readonly contactId: ContactId;
  readonly passwordHash: string;
  /** null: they chose it themselves. */
  readonly mailedTo: EmailAddress | null;
}

/** What a person signs in with: while contacts are merged, whatever was set last; unmerged, each has their own again. */
export async function findAccount(db: Queryable, personId: ContactId): Promise<Account | null> {
  const [row] = await db.sql<Account[]>`
    select p.contact_id as "contactId", p.password_hash as "passwordHash", p.mailed_to as "mailedTo"
    from contacts c join portal_accounts p on p.contact_id = c.id
    where c.id = ${personId} or c.merged_into_id = ${personId}
    order by p.set_at desc, p.contact_id desc limit 1`;
  return row ?? null;
}

/** The accounts of these very contacts. */
export async function listAccounts(
  db: Queryable,
  contactIds: readonly ContactId[],
): Promise<ReadonlyMap<ContactId, Account>> {
  if (contactIds.length === 0) return new Map();
  const rows = await db.sql<Account[]>`
    select contact_id as "contactId", password_hash as "passwordHash", mailed_to as "mailedTo"
    from portal_accounts where contact_id = any(${[...contactIds]}::bigint[])`;
  return new Map(rows.map((row) => [row.contactId, row]));
}

/** Nothing is left of how these contacts signed in, nor of links to what is theirs: they are erased. */
export async function eraseAccounts(
  tx: Tx,
  contactIds: readonly ContactId[],
  addresses: readonly EmailAddress[] = [],
): Promise<void> {
  await tx.sql`
    delete from password_links
    where contact_id = any(${[...contactIds]}::bigint[]) or address = any(${[...addresses]}::text[])`;
  await tx.sql`delete from portal_accounts where contact_id = any(${[...contactIds]}::bigint[])`;
}
