import type { MailOrigin } from '../mail/compose.ts';
import type { MailView, NotificationKind } from './views.ts';

interface KindOfMail<Kind extends NotificationKind> {
  /** The folder below templates/mail/<locale>/. */
  readonly template: string;
  /** Whom it is written for. What is the staff's is in no view of the others (FEATURES B-15). */
  readonly audience: 'customers' | 'staff';
  /** Who speaks: decides which headers go with it. */
  readonly origin: MailOrigin;
  /** For previews, and for the names a template may use: every name is present and nothing is null. */
  readonly example: Extract<MailView, { readonly kind: Kind }>;
}

const DESK = { name: 'Lantern Works Support', address: 'support@lantern.example', timeZone: 'Europe/Berlin' };
const TICKET = { number: 1042, subject: 'The timer switches the lamps off too early' };
const EXAMPLE = { desk: DESK, ticket: TICKET, recipient: { name: 'Ana Peralta' } };
const ACCOUNT = {
  userName: 'ana.peralta',
  link: 'https://support.lantern.example/password/4Xw0TnqJ5mSgV1cUe8kZyD2rBhLfAoPi6Q9tNxRaE7s',
};
const STAFF = { desk: DESK, recipient: { name: 'Jonas Weil' } };
const STAFF_TICKET = {
  ...STAFF,
  ticket: TICKET,
  requester: { name: 'Ana Peralta', address: 'ana@peralta.example', customer: 'Peralta Gardens' },
};
const CONTACTS_WORDS = {
  authorName: 'Ana Peralta',
  at: '2026-03-02T08:05:00Z',
  text: `Hello,

since Sunday the lamps in the yard go dark at five, an hour before they should. I have not touched the timer.

Can you tell me what to do?

Ana Peralta`,
};
const ITEMS = [
  {
    kind: 'contact_replied',
    at: '2026-03-02T09:12:00Z',
    number: 1042,
    subject: TICKET.subject,
    authorName: 'Teodor Brandt',
    text: 'The lamps at the gate do the same. I will send a photo this evening.',
  },
  {
    kind: 'ticket_resolved',
    at: '2026-03-02T09:20:00Z',
    number: 1039,
    subject: 'A lamp flickers',
    authorName: null,
    text: null,
  },
];
const TROUBLED_MAIL = {
  id: 4711,
  to: 'ana@peralta.example',
  subject: TICKET.subject,
  number: 1042,
  said: '450 4.2.1 the mailbox is busy, please try again',
  since: '2026-03-02T05:30:00Z',
};

/** Every mail we know how to write. */
export const MAIL_KINDS: { readonly [Kind in NotificationKind]: KindOfMail<Kind> } = {
  ticket_opened: {
    template: 'ticket-opened',
    audience: 'customers',
    origin: 'auto_replied',
    example: { kind: 'ticket_opened', desk: DESK, ticket: { number: TICKET.number } },
  },
  late_receipt: {
    template: 'late-receipt',
    audience: 'customers',
    origin: 'auto_replied',
    example: {
      kind: 'late_receipt',
      desk: DESK,
      ticket: { number: TICKET.number },
      sentAt: '2026-03-01T17:40:00Z',
    },
  },
  agent_replied: {
    template: 'agent-replied',
    audience: 'customers',
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
    audience: 'customers',
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
    audience: 'customers',
    origin: 'auto_generated',
    example: { kind: 'ticket_closed', ...EXAMPLE },
  },
  contact_welcomed: {
    template: 'contact-welcomed',
    audience: 'customers',
    origin: 'auto_generated',
    example: {
      kind: 'contact_welcomed',
      desk: DESK,
      recipient: EXAMPLE.recipient,
      ...ACCOUNT,
      password: 'h7kqm-2xwvd-9rtnp-c4yeb',
    },
  },
  password_link: {
    template: 'password-link',
    audience: 'customers',
    origin: 'auto_generated',
    example: { kind: 'password_link', desk: DESK, recipient: EXAMPLE.recipient, ...ACCOUNT },
  },
  participant_added: {
    template: 'participant-added',
    audience: 'customers',
    origin: 'auto_generated',
    example: { kind: 'participant_added', ...EXAMPLE },
  },
  ticket_pending: {
    template: 'ticket-pending',
    audience: 'customers',
    origin: 'auto_generated',
    example: { kind: 'ticket_pending', ...EXAMPLE },
  },
  ticket_resolved: {
    template: 'ticket-resolved',
    audience: 'customers',
    origin: 'auto_generated',
    example: { kind: 'ticket_resolved', ...EXAMPLE },
  },
  ticket_reopened: {
    template: 'ticket-reopened',
    audience: 'customers',
    origin: 'auto_generated',
    example: { kind: 'ticket_reopened', ...EXAMPLE },
  },
  contact_replied: {
    template: 'contact-replied',
    audience: 'customers',
    origin: 'auto_generated',
    example: { kind: 'contact_replied', ...EXAMPLE, entry: { ...CONTACTS_WORDS, authorName: 'Teodor Brandt' } },
  },
  digest: {
    template: 'digest',
    audience: 'customers',
    origin: 'auto_generated',
    example: { kind: 'digest', desk: DESK, recipient: EXAMPLE.recipient, items: ITEMS },
  },
  staff_ticket_opened: {
    template: 'staff-ticket-opened',
    audience: 'staff',
    origin: 'auto_generated',
    example: { kind: 'staff_ticket_opened', ...STAFF_TICKET, entry: CONTACTS_WORDS },
  },
  staff_contact_replied: {
    template: 'staff-contact-replied',
    audience: 'staff',
    origin: 'auto_generated',
    example: { kind: 'staff_contact_replied', ...STAFF_TICKET, entry: CONTACTS_WORDS },
  },
  staff_agent_replied: {
    template: 'staff-agent-replied',
    audience: 'staff',
    origin: 'auto_generated',
    example: { kind: 'staff_agent_replied', ...STAFF_TICKET, entry: CONTACTS_WORDS },
  },
  staff_note_added: {
    template: 'staff-note-added',
    audience: 'staff',
    origin: 'auto_generated',
    example: { kind: 'staff_note_added', ...STAFF_TICKET, entry: CONTACTS_WORDS },
  },
  staff_reply_waits: {
    template: 'staff-reply-waits',
    audience: 'staff',
    origin: 'auto_generated',
    example: { kind: 'staff_reply_waits', ...STAFF_TICKET, entry: CONTACTS_WORDS },
  },
  staff_assigned: {
    template: 'staff-assigned',
    audience: 'staff',
    origin: 'auto_generated',
    example: { kind: 'staff_assigned', ...STAFF_TICKET, by: 'Mira Holt', team: 'Outdoor lamps' },
  },
  staff_digest: {
    template: 'staff-digest',
    audience: 'staff',
    origin: 'auto_generated',
    example: { kind: 'staff_digest', ...STAFF, items: ITEMS },
  },
  held_mail_waits: {
    template: 'held-mail-waits',
    audience: 'staff',
    origin: 'auto_generated',
    example: { kind: 'held_mail_waits', ...STAFF, waiting: 3, oldestAt: '2026-03-02T07:10:00Z' },
  },
  flood_began: {
    template: 'flood-began',
    audience: 'staff',
    origin: 'auto_generated',
    example: { kind: 'flood_began', ...STAFF, sender: 'alerts@pump-station.example', limit: 20, messageId: 88123 },
  },
  breaker_opened: {
    template: 'breaker-opened',
    audience: 'staff',
    origin: 'auto_generated',
    example: { kind: 'breaker_opened', ...STAFF, toggle: 'acknowledgements_per_desk_hour', limit: 600 },
  },
  mailbox_unhealthy: {
    template: 'mailbox-unhealthy',
    audience: 'staff',
    origin: 'auto_generated',
    example: {
      kind: 'mailbox_unhealthy',
      ...STAFF,
      mailbox: { address: 'billing@lantern.example' },
      problem: 'The server refuses the password of billing@lantern.example.',
      since: '2026-03-02T06:30:00Z',
    },
  },
  delivery_delayed: {
    template: 'delivery-delayed',
    audience: 'staff',
    origin: 'auto_generated',
    example: { kind: 'delivery_delayed', ...STAFF, mail: TROUBLED_MAIL },
  },
  delivery_failed: {
    template: 'delivery-failed',
    audience: 'staff',
    origin: 'auto_generated',
    example: { kind: 'delivery_failed', ...STAFF, mail: TROUBLED_MAIL },
  },
};

/** Mail that is for operators alone. */
export const STAFF_KINDS: ReadonlySet<string> = new Set(
  Object.entries(MAIL_KINDS).flatMap(([kind, { audience }]) => (audience === 'staff' ? [kind] : [])),
);
