/** Everything that can happen and be told, each as a sentence. */
const EVENTS = {
  ticket_opened: 'a ticket was opened',
  ticket_opened_by_operator: 'an operator opened a ticket for somebody',
  contact_created: 'a contact was made, by mail or by hand',
  password_link_asked: 'a contact is to be sent a link to set a password',
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
  participant_removed: 'somebody takes no part in the ticket any more',
  ticket_assigned: 'the ticket was given to an operator or a team, or taken from them',
  bounce_recorded: 'mail of ours could not be delivered',
  report_recorded: 'a machine reported on mail of ours, or a reader complained',
} as const;

export type EventKind = keyof typeof EVENTS;
