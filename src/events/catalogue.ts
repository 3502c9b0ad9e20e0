import { z } from 'zod';

/** What happened, and what else there is to say of it than whose ticket, entry and contact it was. */
interface EventKindRow {
  /** As a sentence. */
  readonly says: string;
  /** What it happened to. */
  readonly about: 'ticket' | 'contact' | 'desk';
  /** null: its ticket, entry and contact say it all. */
  readonly payload: z.ZodType | null;
  /** A payload as it is stored: for previews and tests. */
  readonly sample: unknown;
}

const row = z.int().positive();
const mailbox = { mailboxId: z.int().positive() };
/** `others`: so many more of the same mailbox have the same trouble. */
const mail = { notificationId: z.int().positive(), others: z.int().nonnegative().default(0) };
const ticketEvent = (says: string): EventKindRow => ({ says, about: 'ticket', payload: null, sample: null });
const contactEvent = (says: string): EventKindRow => ({ says, about: 'contact', payload: null, sample: null });

/** Everything that can happen and be told. Payloads name rows, never people: names are looked up when somebody is told. */
export const EVENTS = {
  ticket_opened: ticketEvent('a ticket was opened'),
  ticket_opened_by_operator: ticketEvent('an operator opened a ticket for somebody'),
  contact_replied: ticketEvent('somebody who takes part wrote to the ticket'),
  reply_airlocked: ticketEvent('somebody who takes no part wrote to the ticket; operators see it'),
  agent_replied: ticketEvent('an operator answered'),
  note_added: ticketEvent('an operator left a note'),
  ticket_pending: ticketEvent('the ticket waits'),
  ticket_resolved: ticketEvent('the ticket was resolved'),
  ticket_closed: ticketEvent('the ticket was closed'),
  ticket_reopened: ticketEvent('the ticket was opened again'),
  ticket_merged: ticketEvent('the ticket became part of another'),
  participant_added: ticketEvent('somebody takes part in the ticket from now on'),
  participant_removed: ticketEvent('somebody takes no part in the ticket any more'),
  ticket_assigned: {
    says: 'the ticket was given to an operator or a team, or taken from them',
    about: 'ticket',
    // Whose it is now who did not have it before; null: nobody has it anew.
    payload: z.strictObject({ assigneeId: row.nullable(), teamId: row.nullable() }),
    sample: { assigneeId: 3, teamId: null },
  },
  bounce_recorded: ticketEvent('mail of ours could not be delivered'),
  report_recorded: ticketEvent('a machine reported on mail of ours, or a reader complained'),
  contact_created: contactEvent('a contact was made, by mail or by hand'),
  password_link_asked: contactEvent('a contact is to be sent a link to set a password'),
  contact_merged: contactEvent('two contacts are one person from now on'),
  contact_unmerged: contactEvent('two contacts are two people again'),
  held_mail_waits: {
    says: 'mail has waited for a person for longer than it should',
    about: 'desk',
    payload: z.strictObject({ ...mailbox, waiting: z.int().positive(), oldestAt: z.iso.datetime() }),
    sample: { mailboxId: 1, waiting: 3, oldestAt: '2026-03-02T07:10:00Z' },
  },
  flood_began: {
    says: 'so much mail came from one sender that it is held from now on',
    about: 'desk',
    payload: z.strictObject({ ...mailbox, inboundId: z.int().positive(), limit: z.int().nonnegative() }),
    sample: { mailboxId: 1, inboundId: 88123, limit: 20 },
  },
  breaker_opened: {
    says: 'the desk has sent so much automatic mail that it sends no more for now',
    about: 'desk',
    payload: z.strictObject({ ...mailbox, toggle: z.string(), limit: z.int().nonnegative() }),
    sample: { mailboxId: 1, toggle: 'acknowledgements_per_desk_hour', limit: 600 },
  },
  mailbox_unhealthy: {
    says: 'a mailbox cannot be read, or its mail not be sent',
    about: 'desk',
    payload: z.strictObject({ ...mailbox, problem: z.string().max(2000), since: z.iso.datetime() }),
    sample: {
      mailboxId: 2,
      problem: 'the server refuses the password of billing@lantern.example',
      since: '2026-03-02T06:30:00Z',
    },
  },
  delivery_delayed: {
    says: 'mail of ours has not been taken for hours, and is tried again',
    about: 'desk',
    payload: z.strictObject(mail),
    sample: { notificationId: 4711, others: 0 },
  },
  delivery_failed: {
    says: 'mail of ours was refused, given up, or came back',
    about: 'desk',
    payload: z.strictObject(mail),
    sample: { notificationId: 4712, others: 2 },
  },
} as const satisfies Record<string, EventKindRow>;

export type EventKind = keyof typeof EVENTS;

/** What is stored of an event of this kind, beside its ticket, entry and contact. */
export type EventPayload<Kind extends EventKind> = (typeof EVENTS)[Kind]['payload'] extends z.ZodType
  ? z.infer<(typeof EVENTS)[Kind]['payload']>
  : null;
