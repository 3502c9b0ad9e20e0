import type { ToggleId } from '../settings/toggles.ts';
import type { DigestKind } from './view-of.ts';
import type { NotificationKind } from './views.ts';

/** Mail that may wait for more of its like, and be told together with it (FEATURES N-06). */
export interface Fold {
  readonly id: 'notices' | 'staff_notices' | 'alarms';
  readonly kinds: readonly NotificationKind[];
  readonly digest: DigestKind;
  /** For how long the first waits for others: a toggle's minutes, or always so many. */
  readonly waitMinutes: ToggleId | number;
  /** Whether a full digest goes at once, before that time is up. */
  readonly goesWhenFull: boolean;
}

/**
 * A person's words, receipts, welcomes and links are in none: they never wait. Customers and staff have digests of their
 * own, so that nothing of the staff's is ever told to anybody else.
 */
export const FOLDS: readonly Fold[] = [
  {
    id: 'notices',
    kinds: [
      'contact_replied',
      'participant_added',
      'ticket_pending',
      'ticket_resolved',
      'ticket_reopened',
      'ticket_closed',
    ],
    digest: 'digest',
    waitMinutes: 'digest_minutes',
    goesWhenFull: true,
  },
  {
    id: 'staff_notices',
    kinds: [
      'staff_ticket_opened',
      'staff_contact_replied',
      'staff_agent_replied',
      'staff_note_added',
      'staff_reply_waits',
      'staff_assigned',
    ],
    digest: 'staff_digest',
    waitMinutes: 'digest_minutes',
    goesWhenFull: true,
  },
  // RELIABILITY G10: whoever is told of four things that are wrong has heard it; the rest of the hour is one mail.
  {
    id: 'alarms',
    kinds: [
      'held_mail_waits',
      'flood_began',
      'breaker_opened',
      'mailbox_unhealthy',
      'delivery_delayed',
      'delivery_failed',
    ],
    digest: 'staff_digest',
    waitMinutes: 60,
    goesWhenFull: false,
  },
];

/** With which such mail waits; null: it never does. */
export const foldOf = (kind: NotificationKind): Fold | null => FOLDS.find(({ kinds }) => kinds.includes(kind)) ?? null;

/** Kinds that are told together with others when there are too many of them. */
export const kindsOf = (...ids: readonly Fold['id'][]): readonly NotificationKind[] =>
  FOLDS.filter(({ id }) => ids.includes(id)).flatMap(({ kinds }) => kinds);

/** What became of a mail that was to be told together with others. */
export const foldedWords = (digest: { readonly id: number; readonly state: string } | null): string =>
  digest === null
    ? 'waits to be told together with others'
    : `told in digest ${digest.id}, ${DIGEST_WORDS[digest.state] ?? `which is ${digest.state}`}`;

const DIGEST_WORDS: Readonly<Record<string, string>> = {
  sent: 'which was sent',
  failed: 'which failed',
  cancelled: 'which was cancelled',
  suppressed: 'which was not sent',
  bounced: 'which came back',
  deferred: 'which is tried again',
  uncertain: 'which may not have arrived',
};
