import type { Queryable } from '../db/client.ts';
import type { ContactId, TicketId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import { findMutes } from './mute-store.ts';
import { whyMuted } from './mutes.ts';
import type { NotificationKind } from './views.ts';

/**
 * Why some of these people would not get such a mail about a ticket, by their addresses; whoever is not in the answer
 * has muted nothing that matters to it.
 *
 * @param ticket `personId`: whose it is
 */
export async function findMuted(
  db: Queryable,
  kind: NotificationKind,
  ticket: { readonly id: TicketId; readonly personId: ContactId | null },
  people: readonly { readonly contactId: ContactId | null; readonly address: EmailAddress }[],
): Promise<ReadonlyMap<EmailAddress, string>> {
  const mutes = await findMutes(
    db,
    [ticket.id],
    people.flatMap(({ contactId }) => contactId ?? []),
    people.map(({ address }) => address),
  );
  if (mutes.length === 0) return new Map();
  return new Map(
    people.flatMap(({ contactId, address }) => {
      const isTheirs = contactId !== null && contactId === ticket.personId;
      const why = whyMuted(mutes, { kind, ticketId: ticket.id, contactId, address, isTheirs });
      return why === null ? [] : [[address, why] as const];
    }),
  );
}
