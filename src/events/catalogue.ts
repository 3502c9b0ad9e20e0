/** Everything that can happen and be told, each as a sentence. */
const EVENTS = {
  ticket_opened: 'a ticket was opened',
  contact_created: 'a contact was made, by mail or by hand',
  contact_replied: 'somebody who takes part wrote to the ticket',
  reply_airlocked: 'somebody who takes no part wrote to the ticket; operators see it',
  agent_replied: 'an operator answered',
  note_added: 'an operator left a note',
  ticket_pending: 'the ticket waits',
  ticket_resolved: 'the ticket was resolved',
  ticket_closed: 'the ticket was closed',
  ticket_reopened: 'the ticket was opened again',
  ticket_merged: 'the ticket became part of another',
  participant_added: 'somebody takes part in the ticket from now on',
  contact_merged: 'two contacts are one person from now on',
  contact_unmerged: 'two contacts are two people again',
  bounce_recorded: 'mail of ours could not be delivered',
  report_recorded: 'a machine reported on mail of ours, or a reader complained',
} as const;

export type EventKind = keyof typeof EVENTS;
