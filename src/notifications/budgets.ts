import { PUBLIC_MAIL_DOMAINS } from '../contacts/model.ts';
import type { ContactId } from '../db/ids.ts';
import { domainOf, rateLimitKey } from '../mail/address.ts';
import { organisationalDomain } from '../mail/organisational-domain.ts';
import type { ToggleId } from '../settings/toggles.ts';
import { kindsOf } from './folds.ts';
import type { PlannedNotification } from './model.ts';
import type { NotificationKind } from './views.ts';

/** How much automatic mail a scope may have: RELIABILITY D13. */
export interface Budget {
  readonly scope: string;
  /** A toggle's, or always so many. */
  readonly limit: ToggleId | number;
  readonly windowSeconds: number;
  /** Its limit comes back in the course of the window, or all of it when the window that its first mail began is over. */
  readonly refills: 'steadily' | 'at_once';
  readonly kinds: readonly NotificationKind[];
  /** Whether it is about the mail, or about what it brings to sign in with: then the mail goes without it. */
  readonly of: 'mail' | 'credential';
  /** In its turn, or when all the others let the mail go: asked in its turn it is so too, but it spends nothing then. */
  readonly spends: 'in_turn' | 'last';
  /** null: it is not asked about this one. `personId`: who stands for the recipient. */
  readonly keyOf: (planned: PlannedNotification, personId: ContactId | null) => string | null;
  /** Why a mail over it does not go, as a sentence. */
  readonly says: string;
}

const MINUTES_10 = 600;
const HOUR = 3600;

/** The bucket of the desk's invitations. */
export const INVITATIONS = { scope: 'invitation_hour', key: 'desk', windowSeconds: HOUR } as const;

/** The bucket of its acknowledgements: when it is full, the breaker is open. */
export const BREAKER = {
  scope: 'desk_hour',
  key: 'desk',
  windowSeconds: HOUR,
  toggle: 'acknowledgements_per_desk_hour',
} as const;

/** Budgets of the whole desk: one that is used up is an alarm. */
export const BREAKERS: ReadonlySet<string> = new Set<ToggleId>([BREAKER.toggle, 'invitations_per_desk_hour']);

const addressKey = ({ recipient }: PlannedNotification): string => rateLimitKey(recipient);

const personKey = (planned: PlannedNotification, personId: ContactId | null): string =>
  personId === null ? addressKey(planned) : `contact:${personId}`;

/** Anybody may have an address at a public host, so such a domain says nothing. */
function domainKey({ recipient }: PlannedNotification): string | null {
  const domain = organisationalDomain(domainOf(recipient));
  return PUBLIC_MAIL_DOMAINS.has(domain) ? null : domain;
}

/**
 * Asked in this order; what one refuses costs nothing in those after it, nor in those that spend last. Mail that may be folded is folded where it goes
 * over one of these, and never dropped; other mail is refused.
 */
export const BUDGETS: readonly Budget[] = [
  {
    scope: 'ticket_10min',
    limit: 'automatic_mails_per_ticket',
    windowSeconds: MINUTES_10,
    refills: 'steadily',
    kinds: ['ticket_opened', ...kindsOf('notices')],
    of: 'mail',
    spends: 'in_turn',
    keyOf: ({ ticketId }) => String(ticketId),
    says: 'the ticket has had its share of automatic mail for now',
  },
  {
    scope: 'person_10min',
    limit: 'notices_per_person',
    windowSeconds: MINUTES_10,
    refills: 'steadily',
    kinds: kindsOf('notices', 'staff_notices'),
    of: 'mail',
    spends: 'in_turn',
    keyOf: personKey,
    says: 'they have had their share of notices for now',
  },
  // RELIABILITY G10, G11: a bucket that gains meanwhile would let twice as many through in its first hour or day.
  {
    scope: 'alarm_hour',
    limit: 'alarms_per_hour',
    windowSeconds: HOUR,
    refills: 'at_once',
    kinds: kindsOf('alarms'),
    of: 'mail',
    spends: 'in_turn',
    keyOf: addressKey,
    says: 'they have had their alarms for this hour',
  },
  {
    scope: 'address_hour',
    limit: 'acknowledgements_per_address_hour',
    windowSeconds: HOUR,
    refills: 'steadily',
    kinds: ['ticket_opened'],
    of: 'mail',
    spends: 'in_turn',
    keyOf: addressKey,
    says: 'the address has had its acknowledgements for this hour',
  },
  {
    scope: 'address_day',
    limit: 'acknowledgements_per_address_day',
    windowSeconds: 24 * HOUR,
    refills: 'at_once',
    kinds: ['ticket_opened'],
    of: 'mail',
    spends: 'in_turn',
    keyOf: addressKey,
    says: 'the address has had its acknowledgements for this day',
  },
  {
    scope: 'late_receipt_day',
    limit: 1,
    windowSeconds: 24 * HOUR,
    refills: 'at_once',
    kinds: ['late_receipt'],
    of: 'mail',
    // The day's one is theirs still when the domain or the desk has had enough for now.
    spends: 'last',
    keyOf: personKey,
    says: 'they have been told already that their late mail has arrived',
  },
  {
    scope: 'domain_hour',
    limit: 'acknowledgements_per_domain_hour',
    windowSeconds: HOUR,
    refills: 'steadily',
    kinds: ['ticket_opened', 'late_receipt'],
    of: 'mail',
    spends: 'in_turn',
    keyOf: domainKey,
    says: 'the domain has had its acknowledgements for this hour',
  },
  {
    scope: BREAKER.scope,
    limit: BREAKER.toggle,
    windowSeconds: BREAKER.windowSeconds,
    refills: 'steadily',
    kinds: ['ticket_opened', 'late_receipt', 'contact_welcomed'],
    of: 'mail',
    spends: 'in_turn',
    keyOf: () => BREAKER.key,
    says: 'the breaker of the desk is open: too many acknowledgements in this hour',
  },
  // RELIABILITY D14. Whom an operator invites by hand, they invite as often as they like.
  {
    scope: 'invitation_month',
    limit: 'invitations_per_address_month',
    windowSeconds: 30 * 24 * HOUR,
    refills: 'steadily',
    kinds: ['contact_welcomed'],
    of: 'credential',
    spends: 'in_turn',
    keyOf: addressKey,
    says: 'the address has had its invitations for this month',
  },
  {
    scope: INVITATIONS.scope,
    limit: 'invitations_per_desk_hour',
    windowSeconds: INVITATIONS.windowSeconds,
    refills: 'steadily',
    kinds: ['contact_welcomed', 'password_link'],
    of: 'credential',
    spends: 'in_turn',
    keyOf: () => INVITATIONS.key,
    says: 'the breaker of the desk is open: too many invitations in this hour',
  },
];
