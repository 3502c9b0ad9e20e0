import type { AudienceRole } from '../events/audience.ts';
import { AUDIENCE_ROLES, TICKET_ROLES } from '../events/audience.ts';
import type { EventKind } from '../events/catalogue.ts';
import type { Settings, ToggleScope } from '../settings/resolve.ts';
import { resolveToggle } from '../settings/resolve.ts';
import type { ToggleId } from '../settings/toggles.ts';
import { MAIL_KINDS } from './mail-kinds.ts';
import { STAFF_RULES } from './staff-rules.ts';
import type { DigestKind } from './view-of.ts';
import type { NotificationKind } from './views.ts';

/** What an event owes to whom. */
export interface NotificationRule {
  readonly event: EventKind;
  readonly kind: Exclude<NotificationKind, DigestKind>;
  /** In the order in which they count. Of the staff, staff-rules.ts says which of them. */
  readonly audience: readonly AudienceRole[];
  /** Who that is, for whoever reads the table. */
  readonly whom: string;
  /** Off: nobody is told, and a row says so. null: always told. */
  readonly toggle: ToggleId | null;
  /** Automatic mail has budgets and gives way to a person's words. */
  readonly isAutomatic: boolean;
  /**
   * Whether it may wait for others and come with them in one digest (FEATURES N-06). Urgent is an operator's words to a
   * customer, what somebody signs in with, and what is wrong with the desk.
   */
  readonly urgency: 'urgent' | 'normal';
  /** Whom it reaches, by what their status means (LIFECYCLE): existing tickets go on, new ones do not (FEATURES P-06). */
  readonly reaches: 'getsAutomaticMail' | 'getsAnswers' | 'opensTickets';
  /**
   * How often a send whose fate is unknown may be repeated, with the same Message-ID and bytes. RELIABILITY D8:
   * automatic mail never (0), a person's reply once, for a lost answer is worse than a second copy.
   */
  readonly resendsWhenUncertain: 0 | 1;
}

/** What nobody wrote: it has budgets, may wait for others, reaches who is active, and is never sent twice. */
const NOTICE = {
  isAutomatic: true,
  urgency: 'normal',
  reaches: 'getsAutomaticMail',
  resendsWhenUncertain: 0,
} as const;
/** An operator's own words. */
const WORDS = { isAutomatic: false, urgency: 'urgent', resendsWhenUncertain: 1 } as const;
/** Whose ticket it is, and for whom it was opened. */
const THEIRS = { audience: ['requester', 'affected'], whom: 'the requester and the affected contact' } as const;

/**
 * What customers are told, and the staff after them. Each rule fires when its event happened, which is when something
 * changed: who gives a ticket the status it has makes no event. Rules never chain, for what they plan is no event. Of a
 * merge (`ticket_merged`) nobody is told: the ticket goes on, and whoever is in it hears of it there.
 */
export const NOTIFICATION_RULES: readonly NotificationRule[] = [
  {
    ...NOTICE,
    event: 'ticket_opened',
    kind: 'ticket_opened',
    audience: ['requester'],
    whom: 'the requester',
    toggle: 'acknowledge',
  },
  {
    ...WORDS,
    event: 'agent_replied',
    kind: 'agent_replied',
    audience: TICKET_ROLES,
    whom: 'all who take part',
    toggle: 'notify_agent_replied',
    reaches: 'getsAnswers',
  },
  {
    ...WORDS,
    event: 'ticket_opened_by_operator',
    kind: 'ticket_opened_for_you',
    audience: AUDIENCE_ROLES,
    whom: 'those whom the operator chooses: of those who take part, of the team and of the customer',
    toggle: 'notify_ticket_opened_by_operator',
    reaches: 'opensTickets',
  },
  {
    ...NOTICE,
    event: 'contact_replied',
    kind: 'contact_replied',
    audience: TICKET_ROLES,
    whom: 'all others who take part',
    toggle: 'notify_contact_replied',
  },
  {
    ...NOTICE,
    event: 'participant_added',
    kind: 'participant_added',
    audience: TICKET_ROLES,
    whom: 'whoever was let in',
    toggle: 'notify_participant_added',
  },
  { ...NOTICE, event: 'ticket_pending', kind: 'ticket_pending', ...THEIRS, toggle: 'notify_ticket_pending' },
  { ...NOTICE, event: 'ticket_resolved', kind: 'ticket_resolved', ...THEIRS, toggle: 'notify_ticket_resolved' },
  { ...NOTICE, event: 'ticket_reopened', kind: 'ticket_reopened', ...THEIRS, toggle: 'notify_ticket_reopened' },
  { ...NOTICE, event: 'ticket_closed', kind: 'ticket_closed', ...THEIRS, toggle: 'notify_ticket_closed' },
  {
    ...NOTICE,
    event: 'contact_created',
    kind: 'contact_welcomed',
    audience: ['contact'],
    whom: 'the contact',
    toggle: 'welcome_new_contact',
    urgency: 'urgent',
  },
  {
    ...NOTICE,
    event: 'password_link_asked',
    kind: 'password_link',
    audience: ['contact'],
    whom: 'the contact',
    toggle: null,
    urgency: 'urgent',
    resendsWhenUncertain: 1,
  },
  ...STAFF_RULES.map(({ event, kind, hearers, whom, toggle, urgency }): NotificationRule => ({
    ...NOTICE,
    event,
    kind,
    audience: hearers.map(({ role }) => role),
    whom,
    toggle,
    urgency,
  })),
];

/** The rules of an event, those for customers first. */
export const rulesOf = (event: EventKind): readonly NotificationRule[] =>
  NOTIFICATION_RULES.filter((rule) => rule.event === event);

/** Whether the mail of a rule is for the staff alone. */
export const isForStaff = ({ kind }: Pick<NotificationRule, 'kind'>): boolean => MAIL_KINDS[kind].audience === 'staff';

/** Why somebody is not told, where their toggle says so; null: it is on. */
export const whySwitchedOff = (toggle: ToggleId | null, settings: Settings, scope: ToggleScope): string | null =>
  toggle !== null && resolveToggle(settings, toggle, scope).value === 'off' ? switchedOff(toggle) : null;

/** The words for it, as they stand beside a mail that was not sent. */
export const switchedOff = (toggle: ToggleId): string => `switched off (${toggle} = off)`;
