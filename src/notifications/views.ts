import { z } from 'zod';

/** What a template may know, frozen when the mail was owed and stored as JSON: a later change of the ticket does not show. */
export type MailView = z.infer<typeof MAIL_VIEW>;
export type NotificationKind = MailView['kind'];

/** Characters; what is longer was cut before it came here. */
const MAX_VIEW_TEXT = 1_048_576;
/** A digest that would be longer is two. */
export const MAX_DIGEST_ITEMS = 50;
/** Of what somebody wrote, in a digest. */
export const MAX_ITEM_TEXT = 500;

const line = z.string().max(998);
const maybe = line.nullable();
const moment = z.iso.datetime();
// Views of earlier releases say no time zone.
const desk = z.strictObject({ name: line, address: line, timeZone: line.default('UTC') });
const recipient = z.strictObject({ name: maybe });
const ticket = z.strictObject({ number: z.int().positive(), subject: maybe });
const entry = z.strictObject({ authorName: line, text: z.string().max(MAX_VIEW_TEXT), at: moment });
export type EntryView = z.infer<typeof entry>;

/** One event in a digest: the kind of mail it would have been, and as much of it as that mail may say. */
const item = z.strictObject({
  kind: line,
  at: moment,
  number: z.int().positive().nullable(),
  subject: maybe,
  authorName: maybe,
  text: z.string().max(MAX_ITEM_TEXT).nullable(),
});
export type DigestItem = z.infer<typeof item>;

/** What the mail of a customer's or anybody's ticket says to them. */
const aboutTicket = { desk, ticket, recipient };
/** What mail to the staff says of a ticket: also whose it is. Internal notes are theirs to read. */
const forStaff = {
  desk,
  ticket,
  recipient,
  requester: z.strictObject({ name: maybe, address: maybe, customer: maybe }),
};
const alarm = { desk, recipient };
const troubledMail = z.strictObject({
  id: z.int().positive(),
  to: line,
  subject: maybe,
  /** The ticket's; null: it is about a person. */
  number: z.int().positive().nullable(),
  /** The server's words, or ours. */
  said: line,
  since: moment,
});

const MAIL_VIEW = z.discriminatedUnion('kind', [
  // Mail to a stranger who may not have written to us: nothing that a sender chose may come back. RELIABILITY I3.
  z.strictObject({ kind: z.literal('ticket_opened'), desk, ticket: ticket.omit({ subject: true }) }),
  z.strictObject({ kind: z.literal('late_receipt'), desk, ticket: ticket.omit({ subject: true }), sentAt: moment }),
  // The entry is a public reply; an internal note never becomes a view for customers.
  z.strictObject({ kind: z.literal('agent_replied'), ...aboutTicket, entry }),
  // `requester`: for whom it was opened; nobody is named where it is the recipient.
  z.strictObject({
    kind: z.literal('ticket_opened_for_you'),
    ...aboutTicket,
    requester: z.strictObject({ name: maybe }),
    entry,
  }),
  z.strictObject({ kind: z.literal('contact_replied'), ...aboutTicket, entry }),
  z.strictObject({ kind: z.literal('participant_added'), ...aboutTicket }),
  z.strictObject({ kind: z.literal('ticket_pending'), ...aboutTicket }),
  z.strictObject({ kind: z.literal('ticket_resolved'), ...aboutTicket }),
  z.strictObject({ kind: z.literal('ticket_reopened'), ...aboutTicket }),
  z.strictObject({ kind: z.literal('ticket_closed'), ...aboutTicket }),
  z.strictObject({ kind: z.literal('digest'), desk, recipient, items: z.array(item).min(1).max(MAX_DIGEST_ITEMS) }),
  // What welcomes of earlier releases do not say is null.
  z.strictObject({
    kind: z.literal('contact_welcomed'),
    desk,
    recipient,
    userName: maybe.default(null),
    link: maybe.default(null),
    password: maybe.default(null),
  }),
  z.strictObject({ kind: z.literal('password_link'), desk, recipient, userName: line, link: line }),

  z.strictObject({ kind: z.literal('staff_ticket_opened'), ...forStaff, entry }),
  z.strictObject({ kind: z.literal('staff_contact_replied'), ...forStaff, entry }),
  z.strictObject({ kind: z.literal('staff_agent_replied'), ...forStaff, entry }),
  z.strictObject({ kind: z.literal('staff_note_added'), ...forStaff, entry }),
  // Somebody who takes no part wrote: their words wait for an operator.
  z.strictObject({ kind: z.literal('staff_reply_waits'), ...forStaff, entry }),
  // `by`: who gave it to them; `team`: whose it is, where nobody has it.
  z.strictObject({ kind: z.literal('staff_assigned'), ...forStaff, by: line, team: maybe }),
  z.strictObject({
    kind: z.literal('staff_digest'),
    desk,
    recipient,
    items: z.array(item).min(1).max(MAX_DIGEST_ITEMS),
  }),
  z.strictObject({ kind: z.literal('held_mail_waits'), ...alarm, waiting: z.int().positive(), oldestAt: moment }),
  z.strictObject({
    kind: z.literal('flood_began'),
    ...alarm,
    sender: line,
    limit: z.int().nonnegative(),
    messageId: z.int().positive(),
  }),
  z.strictObject({ kind: z.literal('breaker_opened'), ...alarm, toggle: line, limit: z.int().nonnegative() }),
  z.strictObject({
    kind: z.literal('mailbox_unhealthy'),
    ...alarm,
    mailbox: z.strictObject({ address: line }),
    problem: z.string().max(2000),
    since: moment,
  }),
  z.strictObject({ kind: z.literal('delivery_delayed'), ...alarm, mail: troubledMail }),
  z.strictObject({ kind: z.literal('delivery_failed'), ...alarm, mail: troubledMail }),
]);

/** What a view of this kind is made of. */
export function viewShape(kind: NotificationKind): z.ZodObject {
  const schema = MAIL_VIEW.options.find((option) => option.shape.kind.value === kind);
  if (schema === undefined) throw new Error(`there is no view of ${kind}`);
  return schema;
}

/**
 * A view as it came out of the database.
 *
 * @throws when it is none: then another release wrote it, or a bug
 */
export function getMailView(stored: unknown): MailView {
  const parsed = MAIL_VIEW.safeParse(stored);
  if (parsed.success) return parsed.data;
  throw new Error(`not a mail view: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`);
}

/** The same; null where it is none. */
export function findMailView(stored: unknown): MailView | null {
  return MAIL_VIEW.safeParse(stored).data ?? null;
}
