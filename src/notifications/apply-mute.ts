import type { Queryable, Tx } from '../db/client.ts';
import type { TicketId } from '../db/ids.ts';
import { addRecord } from '../tickets/record.ts';
import { deleteMutes, findMutes, insertMutes } from './mute-store.ts';
import { isMutable, muteRecord, unmuteRecord } from './mutes.ts';
import { holdRecipients } from './store.ts';
import type { MutableMail } from './unsubscribe-store.ts';
import { findMutableMail } from './unsubscribe-store.ts';

/** What somebody may want to hear no more of. */
export type Muted = 'ticket' | 'all';

/** What its recipient has muted: the ticket of the mail, every ticket but their own. */
export type Standing = Readonly<Record<Muted, boolean>>;

/** The mail that a link or a subject names; null where nobody can be told less by it. */
export async function findUnsubscribable(db: Queryable, publicId: string | null): Promise<MutableMail | null> {
  const mail = publicId === null ? null : await findMutableMail(db, publicId);
  return mail !== null && isMutable(mail.kind) ? mail : null;
}

/** What the recipient of a mail has muted. */
export async function findStanding(db: Queryable, { contactId, address, ticket }: MutableMail): Promise<Standing> {
  const people = contactId === null ? [] : [contactId];
  const found = await findMutes(db, ticket === null ? [] : [ticket.id], people, [address]);
  return {
    ticket: found.some(({ ticketId }) => ticketId !== null),
    all: found.some(({ ticketId }) => ticketId === null),
  };
}

/** Its recipient hears less from now on, and the ticket's record says so; a second time nothing happens. */
export async function applyMute(tx: Tx, mail: MutableMail, what: Muted, source: 'one_click' | 'page'): Promise<void> {
  if (await isErased(tx, mail)) return;
  const ticketId = ticketOf(mail, what);
  const { ownerId: contactId, address } = mail;
  const isNew = (await insertMutes(tx, [{ contactId, address, ticketId, source }])) > 0;
  if (isNew && ticketId !== null) await addRecord(tx, ticketId, 'note', authorOf(mail), muteRecord(source));
}

/** Its recipient hears of it again. */
export async function applyUnmute(tx: Tx, mail: MutableMail, what: Muted): Promise<void> {
  if (await isErased(tx, mail)) return;
  const ticketId = ticketOf(mail, what);
  const hadIt = (await deleteMutes(tx, mail, ticketId)) > 0;
  if (hadIt && ticketId !== null) await addRecord(tx, ticketId, 'note', authorOf(mail), unmuteRecord);
}

/** Since they were looked up; until the transaction ends nobody erases them. */
const isErased = async (tx: Tx, { ownerId }: MutableMail): Promise<boolean> =>
  ownerId !== null && (await holdRecipients(tx, [ownerId])).get(ownerId)?.isErased !== false;

/** A mail that told of several tickets is of none: less of it is less of all. */
const ticketOf = ({ ticket }: MutableMail, what: Muted): TicketId | null =>
  what === 'all' || ticket === null ? null : ticket.id;

const authorOf = ({ ownerId, address, name }: MutableMail) =>
  ownerId === null
    ? { label: `mail:${address}`, name: address }
    : { label: `contact:${ownerId}`, name: name === '' ? address : name };
