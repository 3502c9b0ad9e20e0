import type { ToggleId } from '../settings/toggles.ts';
import { isForStaff, NOTIFICATION_RULES } from './rules.ts';
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

const kindsBy = (urgency: 'normal' | 'alarm', readers: 'customers' | 'staff'): readonly NotificationKind[] =>
  NOTIFICATION_RULES.filter((rule) => rule.urgency === urgency && isForStaff(rule) === (readers === 'staff')).map(
    ({ kind }) => kind,
  );

/**
 * What the rules call urgent is in none: it never waits. Customers and staff have digests of their own, so that nothing
 * of the staff's is ever told to anybody else.
 */
export const FOLDS: readonly Fold[] = [
  {
    id: 'notices',
    kinds: kindsBy('normal', 'customers'),
    digest: 'digest',
    waitMinutes: 'digest_minutes',
    goesWhenFull: true,
  },
  {
    id: 'staff_notices',
    kinds: kindsBy('normal', 'staff'),
    digest: 'staff_digest',
    waitMinutes: 'digest_minutes',
    goesWhenFull: true,
  },
  // RELIABILITY G10: whoever is told of four things that are wrong has heard it; the rest of the hour is one mail.
  {
    id: 'alarms',
    kinds: kindsBy('alarm', 'staff'),
    digest: 'staff_digest',
    waitMinutes: 60,
    goesWhenFull: false,
  },
];

/** With which such mail waits; null: it never does. */
export const foldOf = (kind: NotificationKind): Fold | null => BY_KIND.get(kind) ?? null;

const BY_KIND: ReadonlyMap<NotificationKind, Fold> = new Map(
  FOLDS.flatMap((fold) => fold.kinds.map((kind) => [kind, fold] as const)),
);

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
