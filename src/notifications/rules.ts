import type { AudienceRole } from '../events/audience.ts';
import { AUDIENCE_ROLES, TICKET_ROLES } from '../events/audience.ts';
import type { EventKind } from '../events/catalogue.ts';
import type { Settings, ToggleScope } from '../settings/resolve.ts';
import { resolveToggle } from '../settings/resolve.ts';
import type { ToggleId } from '../settings/toggles.ts';
import type { DigestKind } from './view-of.ts';
import type { NotificationKind } from './views.ts';

/** What an event owes to whom. */
export interface NotificationRule {
  readonly event: EventKind;
  readonly kind: Exclude<NotificationKind, DigestKind>;
  /** In the order in which they count. */
  readonly audience: readonly AudienceRole[];
  /** Off: nobody is told, and a row says so. null: always told. */
  readonly toggle: ToggleId | null;
  /** Automatic mail has budgets and gives way to a person's words. */
  readonly isAutomatic: boolean;
  /** Whom it reaches, by what their status means (LIFECYCLE): existing tickets go on, new ones do not (FEATURES P-06). */
  readonly reaches: 'getsAutomaticMail' | 'getsAnswers' | 'opensTickets';
  /**
   * How often a send whose fate is unknown may be repeated, with the same Message-ID and bytes. RELIABILITY D8:
   * automatic mail never (0), a person's reply once, for a lost answer is worse than a second copy.
   */
  readonly resendsWhenUncertain: 0 | 1;
}

export const NOTIFICATION_RULES: readonly NotificationRule[] = [
  {
    event: 'ticket_opened',
    kind: 'ticket_opened',
    audience: ['requester'],
    toggle: 'acknowledge',
    isAutomatic: true,
    reaches: 'getsAutomaticMail',
    resendsWhenUncertain: 0,
  },
  {
    event: 'agent_replied',
    kind: 'agent_replied',
    audience: TICKET_ROLES,
    toggle: 'notify_agent_replied',
    isAutomatic: false,
    reaches: 'getsAnswers',
    resendsWhenUncertain: 1,
  },
  {
    event: 'ticket_opened_by_operator',
    kind: 'ticket_opened_for_you',
    audience: AUDIENCE_ROLES,
    toggle: 'notify_ticket_opened_by_operator',
    isAutomatic: false,
    reaches: 'opensTickets',
    resendsWhenUncertain: 1,
  },
  {
    event: 'ticket_closed',
    kind: 'ticket_closed',
    audience: ['requester'],
    toggle: 'notify_ticket_closed',
    isAutomatic: true,
    reaches: 'getsAutomaticMail',
    resendsWhenUncertain: 0,
  },
  {
    event: 'contact_created',
    kind: 'contact_welcomed',
    audience: ['contact'],
    toggle: 'welcome_new_contact',
    isAutomatic: true,
    reaches: 'getsAutomaticMail',
    resendsWhenUncertain: 0,
  },
  {
    event: 'password_link_asked',
    kind: 'password_link',
    audience: ['contact'],
    toggle: null,
    isAutomatic: true,
    reaches: 'getsAutomaticMail',
    resendsWhenUncertain: 1,
  },
];

/** Why somebody is not told, where their toggle says so; null: it is on. */
export const whySwitchedOff = (toggle: ToggleId | null, settings: Settings, scope: ToggleScope): string | null =>
  toggle !== null && resolveToggle(settings, toggle, scope).value === 'off' ? switchedOff(toggle) : null;

/** The words for it, as they stand beside a mail that was not sent. */
export const switchedOff = (toggle: ToggleId): string => `switched off (${toggle} = off)`;
