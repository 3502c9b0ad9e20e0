import { rateLimitKey } from '../mail/address.ts';
import type { Settings } from '../settings/resolve.ts';
import { resolveToggle } from '../settings/resolve.ts';
import type { ToggleId } from '../settings/toggles.ts';
import type { PlannedNotification } from './model.ts';
import type { NotificationKind } from './views.ts';

/** How much automatic mail a scope may have: RELIABILITY D13. */
export interface Budget {
  readonly scope: string;
  readonly toggle: ToggleId;
  readonly windowSeconds: number;
  readonly kinds: readonly NotificationKind[];
  readonly keyOf: (planned: PlannedNotification) => string;
  /** Why a mail over it does not go, as a sentence. */
  readonly says: string;
}

const HOUR = 3600;

/** Asked in this order; what one refuses costs nothing in those after it. */
const BUDGETS: readonly Budget[] = [
  {
    scope: 'ticket_10min',
    toggle: 'automatic_mails_per_ticket',
    windowSeconds: 600,
    kinds: ['ticket_opened', 'ticket_closed'],
    keyOf: ({ ticketId }) => String(ticketId),
    says: 'the ticket has had its share of automatic mail for now',
  },
  {
    scope: 'address_hour',
    toggle: 'acknowledgements_per_address_hour',
    windowSeconds: HOUR,
    kinds: ['ticket_opened'],
    keyOf: ({ recipient }) => rateLimitKey(recipient),
    says: 'the address has had its acknowledgements for this hour',
  },
  {
    scope: 'address_day',
    toggle: 'acknowledgements_per_address_day',
    windowSeconds: 24 * HOUR,
    kinds: ['ticket_opened'],
    keyOf: ({ recipient }) => rateLimitKey(recipient),
    says: 'the address has had its acknowledgements for this day',
  },
  {
    scope: 'desk_hour',
    toggle: 'acknowledgements_per_desk_hour',
    windowSeconds: HOUR,
    kinds: ['ticket_opened', 'contact_welcomed'],
    keyOf: () => 'desk',
    says: 'the breaker of the desk is open: too many acknowledgements in this hour',
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

/** Takes from the buckets; answers how much each granted, by `scope` and `key`. */
export type TakeBudget = (requests: readonly BudgetRequest[]) => Promise<ReadonlyMap<string, number>>;

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
      one.refusal === null && one.isAutomatic && budget.kinds.includes(one.kind);
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
    const left = new Map([...wanted.keys()].map((key) => [key, granted.get(key) ?? 0]));
    current = current.map((one) => {
      if (!asks(one)) return one;
      const key = budget.keyOf(one);
      const rest = left.get(key) ?? 0;
      left.set(key, rest - 1);
      return rest > 0 ? one : { ...one, refusal: `${budget.says} (${budget.toggle} = ${choice.value})` };
    });
  }
  return current;
}
