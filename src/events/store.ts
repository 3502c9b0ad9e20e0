import type { Tx } from '../db/client.ts';
import { records } from '../db/records.ts';
import type { ContactId, EventId, InboundMessageId, TicketEntryId, TicketId } from '../db/ids.ts';
import type { AudienceRole } from './audience.ts';
import type { EventKind } from './catalogue.ts';

/** Something that happened, with its id already taken from the sequence. */
export interface NewEvent {
  readonly id: EventId;
  readonly kind: EventKind;
  /** 'contact:12', 'operator:3' or 'system'. */
  readonly actor: string;
  readonly ticketId: TicketId | null;
  readonly entryId: TicketEntryId | null;
  readonly contactId: ContactId | null;
  readonly inboundId: InboundMessageId | null;
  /** By the schema of its kind in EVENTS; absent: it has none. */
  readonly payload?: unknown;
  /** Why nobody is to be told of it by automatic mail, as a sentence; not stored with it, but with the mail it owes. */
  readonly refusal?: string | null;
  /** Whom the actor chose to tell of it; absent: everybody the rule names. Stored with the mail it owes, as `refusal` is. */
  readonly notify?: readonly AudienceRole[];
}

export async function insertEvents(tx: Tx, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await tx.sql`
    insert into events (id, kind, actor, ticket_id, entry_id, contact_id, inbound_id, payload) overriding system value
    select r.id, r.kind, r.actor, r."ticketId", r."entryId", r."contactId", r."inboundId", r.payload
    from json_to_recordset(${records(tx, events)}) as r(id bigint, kind text, actor text, "ticketId" bigint,
      "entryId" bigint, "contactId" bigint, "inboundId" bigint, payload jsonb)`;
}
