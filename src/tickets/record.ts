import type { Tx } from '../db/client.ts';
import type { TicketEntryId, TicketId } from '../db/ids.ts';
import { takeIds } from '../db/sequences.ts';
import type { TicketStatus } from '../db/schema/tickets.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { parseAddress } from '../mail/address.ts';
import { findMailbox } from '../mailboxes/store.ts';
import type { TicketChange } from './lifecycle.ts';
import { TRANSITIONS } from './lifecycle.ts';
import { insertEntries, lockTicketStatus, setTicketStatuses } from './store.ts';

/** Who writes, as records name them: 'operator:3', and as people read it. */
export interface Author {
  readonly label: string;
  readonly name: string;
}

const VISIBILITY = { reply: 'everybody', note: 'operators', status: 'everybody' } as const;

/** Writes an entry into the record of a ticket: an answer, a note for operators, or a change of status. */
export async function addRecord(
  tx: Tx,
  ticketId: TicketId,
  kind: keyof typeof VISIBILITY,
  author: Author,
  text: string,
): Promise<TicketEntryId> {
  const ids = await takeIds(tx, { contacts: 0, tickets: 0, ticket_entries: 1, events: 0 });
  const id = ids.ticket_entries[0] as TicketEntryId;
  const entry = {
    id,
    ticketId,
    kind,
    visibility: VISIBILITY[kind],
    author: author.label,
    authorName: author.name,
    text,
  };
  await insertEntries(tx, [
    { ...entry, inboundId: null, messageId: null, html: null, addressed: null, flags: null, defects: null },
  ]);
  return id;
}

/**
 * Changes the status by TRANSITIONS, from the one under lock: of two operators at once the second sees what the first did.
 *
 * @returns the status before and after, or the one from which there is no such way
 */
export async function changeTicketStatus(
  tx: Tx,
  id: TicketId,
  change: TicketChange,
): Promise<Result<{ readonly from: TicketStatus; readonly to: TicketStatus }, TicketStatus>> {
  const before = await lockTicketStatus(tx, id);
  const after = TRANSITIONS[before][change];
  if (after === null) return err(before);
  await setTicketStatuses(tx, [{ id, status: after }]);
  return ok({ from: before, to: after });
}

/** The name under which the desk itself speaks about a ticket: that of its mailbox. */
export async function deskName(tx: Tx, mailbox: string): Promise<string> {
  const address = parseAddress(mailbox);
  return (address === null ? null : await findMailbox(tx, address))?.displayName ?? mailbox;
}
