import { DELETED_CONTACT } from '../contacts/model.ts';
import type { Queryable } from '../db/client.ts';
import type { ContactId, TicketId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { NotificationKind } from './views.ts';

/** A mail of ours whose recipient may want to hear less: who they are, and of which ticket it told. */
export interface MutableMail {
  readonly kind: NotificationKind;
  /** Their contact's own row, and whoever stands for them; null: nobody we know. */
  readonly ownerId: ContactId | null;
  readonly contactId: ContactId | null;
  readonly address: EmailAddress;
  readonly name: string;
  /** In which it was written, or would have been if there were words for it. */
  readonly locale: string;
  /** Under which name the desk wrote to them. */
  readonly deskName: string;
  /** Where a merge led, if there was one; null: it told of several. */
  readonly ticket: {
    readonly id: TicketId;
    readonly number: number;
    readonly subject: string;
    readonly isTheirs: boolean;
  } | null;
}

/** The mail of this public id; null where it is none, or went to somebody who has been erased. */
export async function findMutableMail(db: Queryable, publicId: string): Promise<MutableMail | null> {
  const [row] = await db.sql<
    (Omit<MutableMail, 'ticket'> & {
      readonly ticketId: TicketId | null;
      readonly number: number | null;
      readonly subject: string | null;
      readonly isTheirs: boolean | null;
    })[]
  >`
    select n.kind, o.id as "ownerId", c.id as "contactId", n.recipient as address, n.recipient_name as name, n.locale,
      m.display_name as "deskName", t.id as "ticketId", t.number, t.subject,
      coalesce(r.merged_into_id, r.id) = c.id as "isTheirs"
    from notifications n
    join mailboxes m on m.id = n.mailbox_id
    left join contact_addresses a on n.contact_id is null and a.address = n.recipient
    left join contacts o on o.id = coalesce(n.contact_id, a.contact_id)
    left join contacts c on c.id = coalesce(o.merged_into_id, o.id)
    left join tickets k on k.id = n.ticket_id
    left join tickets t on t.id = coalesce(k.merged_into_id, k.id)
    left join contacts r on r.id = t.requester_id
    where n.public_id = ${publicId} and n.recipient <> ${DELETED_CONTACT}
      and o.status is distinct from 'deleted' and c.status is distinct from 'deleted'`;
  if (row === undefined) return null;
  const { ticketId: id, number, subject, isTheirs, ...mail } = row;
  const ticket =
    id === null || number === null || subject === null ? null : { id, number, subject, isTheirs: isTheirs === true };
  return { ...mail, ticket };
}
