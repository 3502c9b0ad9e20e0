import { rateLimitKey } from '../mail/address.ts';
import type { Settings } from '../settings/resolve.ts';
import { resolveToggle } from '../settings/resolve.ts';
import type { ToggleId } from '../settings/toggles.ts';
import type { LimitedBy, PlannedNotification } from './model.ts';
import { withoutCredential } from './plan.ts';
import type { NotificationKind } from './views.ts';

/** How much automatic mail a scope may have: RELIABILITY D13. */
export interface Budget {
  readonly scope: string;
  readonly toggle: ToggleId;
  readonly windowSeconds: number;
  readonly kinds: readonly NotificationKind[];
  /** Whether it is about the mail, or about what it brings to sign in with: then the mail goes without it. */
  readonly of: 'mail' | 'credential';
  readonly keyOf: (planned: PlannedNotification) => string;
  /** Why a mail over it does not go, as a sentence. */
  readonly says: string;
}

const HOUR = 3600;

/** The bucket of the desk's invitations. */
export const INVITATIONS = { scope: 'invitation_hour', key: 'desk', windowSeconds: HOUR } as const;

/** Asked in this order; what one refuses costs nothing in those after it. */
const BUDGETS: readonly Budget[] = [
  {
    scope: 'ticket_10min',
    toggle: 'automatic_mails_per_ticket',
    windowSeconds: 600,
    kinds: ['ticket_opened', 'ticket_closed'],
    of: 'mail',
    keyOf: ({ ticketId }) => String(ticketId),
    says: 'the ticket has had its share of automatic mail for now',
  },
  {
    scope: 'address_hour',
    toggle: 'acknowledgements_per_address_hour',
    windowSeconds: HOUR,
    kinds: ['ticket_opened'],
    of: 'mail',
    keyOf: ({ recipient }) => rateLimitKey(recipient),
    says: 'the address has had its acknowledgements for this hour',
  },
  {
    scope: 'address_day',
    toggle: 'acknowledgements_per_address_day',
    windowSeconds: 24 * HOUR,
    kinds: ['ticket_opened'],
    of: 'mail',
    keyOf: ({ recipient }) => rateLimitKey(recipient),
    says: 'the address has had its acknowledgements for this day',
  },
  {
    scope: 'desk_hour',
    toggle: 'acknowledgements_per_desk_hour',
    windowSeconds: HOUR,
    kinds: ['ticket_opened', 'contact_welcomed'],
    of: 'mail',
    keyOf: () => 'desk',
    says: 'the breaker of the desk is open: too many acknowledgements in this hour',
  },
  // RELIABILITY D14. Whom an operator invites by hand, they invite as often as they like.
  {
    scope: 'invitation_month',
    toggle: 'invitations_per_address_month',
    windowSeconds: 30 * 24 * HOUR,
    kinds: ['contact_welcomed'],
    of: 'credential',
    keyOf: ({ recipient }) => rateLimitKey(recipient),
    says: 'the address has had its invitations for this month',
  },
  {
    scope: INVITATIONS.scope,
    toggle: 'invitations_per_desk_hour',
    windowSeconds: INVITATIONS.windowSeconds,
    kinds: ['contact_welcomed', 'password_link'],
    of: 'credential',
    keyOf: () => INVITATIONS.key,
    says: 'the breaker of the desk is open: too many invitations in this hour',
  },
];

/** What is asked of one bucket. */
export interface BudgetRequest {
  readonly scope: string;
  readonly key: string;
  readonly wanted: number;
  readonly limit: number;
  readonly windowSeconds: number;
}

/** What a bucket granted, and how full it is with that. */
export interface BudgetGrant {
  readonly granted: number;
  readonly level: number;
}

/** Takes from the buckets of one scope; answers by `key`. */
export type TakeBudget = (requests: readonly BudgetRequest[]) => Promise<ReadonlyMap<string, BudgetGrant>>;

/**
 * Holds automatic mail to its budgets: what goes over is refused with the reason, the earliest planned go first.
 *
 * @param take asks the buckets of one budget
 */
export async function applyBudgets(
  planned: readonly PlannedNotification[],
  settings: Settings,
  take: TakeBudget,
): Promise<readonly PlannedNotification[]> {
  let current = planned;
  for (const budget of BUDGETS) {
    const asks = (one: PlannedNotification) =>
      one.refusal === null &&
      one.isAutomatic &&
      budget.kinds.includes(one.kind) &&
      (budget.of === 'mail' || one.credential !== null);
    const wanted = new Map<string, number>();
    for (const one of current.filter(asks)) wanted.set(budget.keyOf(one), (wanted.get(budget.keyOf(one)) ?? 0) + 1);
    if (wanted.size === 0) continue;
    const first = current.find(asks) as PlannedNotification;
    const choice = resolveToggle(settings, budget.toggle, {
      mailboxId: first.mailboxId,
      customerId: null,
      contactId: null,
    });
    const { scope, windowSeconds } = budget;
    const granted = await take(
      [...wanted].map(([key, count]) => ({ scope, key, wanted: count, limit: Number(choice.value), windowSeconds })),
    );
    const asked = new Map<string, number>();
    current = current.map((one) => {
      if (!asks(one)) return one;
      const key = budget.keyOf(one);
      const place = (asked.get(key) ?? 0) + 1;
      asked.set(key, place);
      const grant = granted.get(key) ?? { granted: 0, level: 0 };
      if (place <= grant.granted) return one;
      // With a limit that leaves room for it behind those that went.
      const enough = String(Math.ceil(grant.level + place - grant.granted - EPSILON));
      const limitedBy: LimitedBy = { toggle: budget.toggle, value: choice.value, enough };
      const why = `${budget.says} (${budget.toggle} = ${choice.value})`;
      return budget.of === 'mail' ? { ...one, refusal: why, limitedBy } : withoutCredential(one, why);
    });
  }
  return current;
}

/** A leaky bucket: how full it was when it was last asked. */
export interface Bucket {
  readonly level: number;
  /** Microseconds since 1970. */
  readonly atUs: number;
}

/** The name of a bucket among those of a replay. */
export const bucketKey = (scope: string, key: string): string => `${scope} ${key}`;

/** Takes from buckets in memory as the statement of `storeOwed` takes from those of the desk, at a moment of a replay. */
export const takeFrom =
  (buckets: Map<string, Bucket>, nowUs: number): TakeBudget =>
  (requests) =>
    Promise.resolve(
      new Map(
        requests.map(({ scope, key, wanted, limit, windowSeconds }) => {
          const name = bucketKey(scope, key);
          const bucket = buckets.get(name) ?? { level: 0, atUs: nowUs };
          const leakedSeconds = Math.max(0, nowUs - bucket.atUs) / 1_000_000;
          const leftOver = Math.max(0, bucket.level - (limit * leakedSeconds) / windowSeconds);
          const granted = Math.max(0, Math.min(wanted, Math.floor(limit - leftOver + EPSILON)));
          const level = leftOver + granted;
          buckets.set(name, { level, atUs: Math.max(nowUs, bucket.atUs) });
          return [key, { granted, level }];
        }),
      ),
    );

/** What a sum of fractions may be short of a whole mail. */
const EPSILON = 1e-9;
