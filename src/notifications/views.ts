import { z } from 'zod';
import type { MailOrigin } from '../mail/compose.ts';

/** What a template may know, frozen when the mail was owed and stored as JSON: a later change of the ticket does not show. */
export type MailView = z.infer<typeof MAIL_VIEW>;
export type NotificationKind = MailView['kind'];

/** Characters; what is longer was cut before it came here. */
const MAX_VIEW_TEXT = 1_048_576;

const line = z.string().max(998);
const desk = z.strictObject({ name: line, address: line });
const recipient = z.strictObject({ name: line.nullable() });
const ticket = z.strictObject({ number: z.int().positive(), subject: line.nullable() });
const entry = z.strictObject({
  authorName: line,
  text: z.string().max(MAX_VIEW_TEXT),
  at: z.iso.datetime(),
});
export type EntryView = z.infer<typeof entry>;

const MAIL_VIEW = z.discriminatedUnion('kind', [
  // Mail to a stranger who may not have written to us: nothing that a sender chose may come back. RELIABILITY I3.
  z.strictObject({ kind: z.literal('ticket_opened'), desk, ticket: ticket.omit({ subject: true }) }),
  // The entry is a public reply; an internal note never becomes a view.
  z.strictObject({ kind: z.literal('agent_replied'), desk, ticket, recipient, entry }),
  // `requester`: for whom it was opened; nobody is named where it is the recipient.
  z.strictObject({
    kind: z.literal('ticket_opened_for_you'),
    desk,
    ticket,
    recipient,
    requester: z.strictObject({ name: line.nullable() }),
    entry,
  }),
  z.strictObject({ kind: z.literal('ticket_closed'), desk, ticket, recipient }),
  // What welcomes of earlier releases do not say is null.
  z.strictObject({
    kind: z.literal('contact_welcomed'),
    desk,
    recipient,
    userName: line.nullable().default(null),
    link: line.nullable().default(null),
    password: line.nullable().default(null),
  }),
  z.strictObject({ kind: z.literal('password_link'), desk, recipient, userName: line, link: line }),
]);

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

interface KindOfMail<Kind extends NotificationKind> {
  /** The folder below templates/mail/<locale>/. */
  readonly template: string;
  /** Who speaks: decides which headers go with it. */
  readonly origin: MailOrigin;
  /** For previews, and for the names a template may use: every name is present and nothing is null. */
  readonly example: Extract<MailView, { readonly kind: Kind }>;
}

const EXAMPLE = {
  desk: { name: 'Lantern Works Support', address: 'support@lantern.example' },
  ticket: { number: 1042, subject: 'The timer switches the lamps off too early' },
  recipient: { name: 'Ana Peralta' },
};
const EXAMPLE_ACCOUNT = {
  userName: 'ana.peralta',
  link: 'https://support.lantern.example/password/4Xw0TnqJ5mSgV1cUe8kZyD2rBhLfAoPi6Q9tNxRaE7s',
};

/** Every mail we know how to write. */
export const MAIL_KINDS: { readonly [Kind in NotificationKind]: KindOfMail<Kind> } = {
  ticket_opened: {
    template: 'ticket-opened',
    origin: 'auto_replied',
    example: { kind: 'ticket_opened', desk: EXAMPLE.desk, ticket: { number: EXAMPLE.ticket.number } },
  },
  agent_replied: {
    template: 'agent-replied',
    origin: 'person',
    example: {
      kind: 'agent_replied',
      ...EXAMPLE,
      entry: {
        authorName: 'Jonas Weil',
        at: '2026-03-02T09:30:00Z',
        text: `Hello Ana,

Thank you for the photo, that helped. The timer on your model counts in UTC, so in winter it switches off one hour early.

You can set the difference yourself:
  1. hold the round button for three seconds,
  2. turn it to +1,
  3. press it once more.

If the lamps still go off before sunset tomorrow, please write back and I will send you a new timer.

Kind regards,
Jonas`,
      },
    },
  },
  ticket_opened_for_you: {
    template: 'ticket-opened-for-you',
    origin: 'person',
    example: {
      kind: 'ticket_opened_for_you',
      ...EXAMPLE,
      requester: { name: 'Teodor Brandt' },
      entry: {
        authorName: 'Jonas Weil',
        at: '2026-03-02T09:30:00Z',
        text: `As you told us on the phone this morning, the timer switches the lamps in the yard off an hour too early.

We are sending a new timer today. It arrives on Wednesday.`,
      },
    },
  },
  ticket_closed: {
    template: 'ticket-closed',
    origin: 'auto_generated',
    example: { kind: 'ticket_closed', ...EXAMPLE },
  },
  contact_welcomed: {
    template: 'contact-welcomed',
    origin: 'auto_generated',
    example: {
      kind: 'contact_welcomed',
      desk: EXAMPLE.desk,
      recipient: EXAMPLE.recipient,
      ...EXAMPLE_ACCOUNT,
      password: 'h7kqm-2xwvd-9rtnp-c4yeb',
    },
  },
  password_link: {
    template: 'password-link',
    origin: 'auto_generated',
    example: { kind: 'password_link', desk: EXAMPLE.desk, recipient: EXAMPLE.recipient, ...EXAMPLE_ACCOUNT },
  },
};
