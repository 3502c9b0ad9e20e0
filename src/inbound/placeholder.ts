import type { EventId, TicketEntryId, TicketId } from '../db/ids.ts';
import type { NewEvent } from '../events/store.ts';
import type { BatchPlan, Desk, TakenIds } from './batch-plan.ts';
import { emptyPlan } from './batch-plan.ts';
import type { Facts } from './facts.ts';
import { PLAIN_MAIL } from './facts.ts';
import type { ClaimedMessage, Identity } from './store.ts';

/** The rule that stands for POLICY where there were no facts to ask it about. */
export const PLACEHOLDER_RULE = 'unreadable';

/**
 * The ticket that stands for a message nobody could read: always a ticket (FEATURES B-14). Its one entry says what
 * happened and holds the raw message; it has no requester, for we do not know who wrote, and answers nobody.
 *
 * @param problem what stopped the attempts, as part of a sentence
 */
export function planPlaceholder(claimed: ClaimedMessage, desk: Desk, ids: TakenIds, problem: string): BatchPlan {
  const [ticketId, entryId, eventId] = [ids.tickets[0], ids.ticket_entries[0], ids.events[0]] as [
    TicketId,
    TicketEntryId,
    EventId,
  ];
  const facts: Facts = {
    ...PLAIN_MAIL,
    mailboxId: desk.mailboxId,
    isHeadersOnly: claimed.isHeadersOnly,
    classification: {
      kind: 'personal',
      signal: 'unreadable',
      ref: '',
      answerable: false,
      unanswerableBecause: 'it could not be read',
    },
    sender: { is: 'nobody' },
    authentication: { verdict: 'none', says: 'it could not be read' },
    override: claimed.released,
  };
  const event: NewEvent = {
    ...{ id: eventId, kind: 'ticket_opened', actor: 'mail', ticketId, entryId, contactId: null, inboundId: claimed.id },
  };
  return {
    ...emptyPlan(),
    tickets: [
      { id: ticketId, mailboxId: desk.mailboxId, customerId: null, requesterId: null, subject: '(unreadable message)' },
    ],
    entries: [
      {
        id: entryId,
        ticketId,
        kind: 'mail',
        visibility: 'operators',
        author: 'mail',
        authorName: '(unknown sender)',
        inboundId: claimed.id,
        messageId: null,
        text: `This message could not be read: ${problem}. It was tried ${claimed.attempts - 1} times. Nothing is lost: the message as it came is attached.`,
        html: null,
        addressed: null,
        flags: ['sender_unproven', 'incomplete'],
        defects: [{ id: 'body_withheld', detail: problem }],
      },
    ],
    attachments: [
      {
        entryId,
        position: 0,
        fileName: 'message.eml',
        contentType: 'message/rfc822',
        contentId: null,
        isInline: false,
        sizeBytes: claimed.sizeBytes,
        sha256: claimed.rawSha256,
        // The raw message is a blob already: its row is taken as it is.
        bytes: new Uint8Array(),
      },
    ],
    events: [event],
    owing: [{ event, key: claimed.contentKey, author: null, tells: 'staff', isLate: false }],
    identities: [
      { contentKey: claimed.contentKey, messageIdHash: null, inboundId: claimed.id, ticketId, repeatKey: null },
    ],
    decisions: [{ inboundId: claimed.id, rule: PLACEHOLDER_RULE, facts, trace: [] }],
    finished: [
      {
        id: claimed.id,
        status: 'done',
        verdict: 'opened',
        reason: null,
        rule: PLACEHOLDER_RULE,
        duplicateOf: null,
        ticketId,
        entryId,
      },
    ],
  };
}

/** The same message, unreadable once more: it is a duplicate of its first delivery, and makes nothing. */
export function withoutTicket({ decisions, finished }: BatchPlan, first: Identity): BatchPlan {
  const { inboundId: duplicateOf, ticketId } = first;
  return {
    ...emptyPlan(),
    decisions,
    finished: finished.map((one) => ({ ...one, verdict: 'duplicate', duplicateOf, ticketId, entryId: null })),
  };
}
