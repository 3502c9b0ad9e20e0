import { nearest } from '../lib/nearest.ts';
import type { Queryable } from '../db/client.ts';
import type { MailboxId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import { listMailboxes } from '../mailboxes/store.ts';

/** A mailbox by its address, or the nearest address there is; null: none is given. */
export async function findMailboxId(
  db: Queryable,
  address: EmailAddress | null,
): Promise<{ readonly id: MailboxId | null } | { readonly near: string | null }> {
  if (address === null) return { id: null };
  const mailboxes = await listMailboxes(db);
  const found = mailboxes.find((mailbox) => mailbox.address === address);
  if (found !== undefined) return { id: found.id };
  return {
    near: nearest(
      address,
      mailboxes.map((mailbox) => mailbox.address),
    ),
  };
}
