import type { ContactId, MailboxId } from '../db/ids.ts';
import type { Settings } from '../settings/resolve.ts';
import { resolveToggle } from '../settings/resolve.ts';
import type { Budget } from './budgets.ts';
import { BUDGETS } from './budgets.ts';
import { foldOf } from './folds.ts';
import type { LimitedBy, PlannedNotification } from './model.ts';
import { withoutCredential } from './plan.ts';

/** What is asked of one bucket. */
export interface BudgetRequest {
  readonly scope: string;
  readonly key: string;
  readonly wanted: number;
  readonly limit: number;
  readonly windowSeconds: number;
  /** Steadily unless it is said. */
  readonly refills?: Budget['refills'];
}

/** What a bucket granted, and how full it is with that. */
export interface BudgetGrant {
  readonly granted: number;
  readonly level: number;
}

/** Asks the buckets of one scope; answers by `key`. */
export type AskBudget = (requests: readonly BudgetRequest[]) => Promise<ReadonlyMap<string, BudgetGrant>>;

/** The buckets of a desk: what they would grant, and what they grant. */
export interface Buckets {
  readonly peek: AskBudget;
  readonly take: AskBudget;
}

/** A mail that its budgets have been asked about. */
export interface BudgetedNotification extends PlannedNotification {
  /** Why it waits to be told together with others; null: it does not wait. */
  readonly foldedBecause: string | null;
}

/** Who stands for whom a mail goes to; null: nobody we know. */
export type PersonOf = (planned: PlannedNotification) => ContactId | null;

/**
 * Holds automatic mail to its budgets, the earliest planned first: what goes over is folded where it may be, else refused
 * with the reason.
 */
export async function applyBudgets(
  planned: readonly PlannedNotification[],
  settings: Settings,
  { peek, take }: Buckets,
  personOf: PersonOf = ({ contactId }) => contactId,
): Promise<readonly BudgetedNotification[]> {
  const inTurn = BUDGETS.map((budget) => ({ budget, ask: budget.spends === 'last' ? peek : take }));
  const last = BUDGETS.filter(({ spends }) => spends === 'last').map((budget) => ({ budget, ask: take }));
  let current: readonly BudgetedNotification[] = planned.map((one) => ({ ...one, foldedBecause: null }));
  for (const { budget, ask } of [...inTurn, ...last])
    current = await applyBudget(current, budget, settings, ask, personOf);
  return current;
}

async function applyBudget(
  planned: readonly BudgetedNotification[],
  budget: Budget,
  settings: Settings,
  ask: AskBudget,
  personOf: PersonOf,
): Promise<readonly BudgetedNotification[]> {
  const keyOf = (one: BudgetedNotification): string | null =>
    isAsked(budget, one) ? budget.keyOf(one, personOf(one)) : null;
  const wanted = new Map<string, number>();
  for (const key of planned.flatMap((one) => keyOf(one) ?? [])) wanted.set(key, (wanted.get(key) ?? 0) + 1);
  const first = planned.find((one) => keyOf(one) !== null);
  if (first === undefined) return planned;
  const limit = limitOf(budget, settings, first.mailboxId);
  const { scope, windowSeconds, refills } = budget;
  const granted = await ask(
    [...wanted].map(([key, count]) => ({ scope, key, wanted: count, limit, windowSeconds, refills })),
  );
  const asked = new Map<string, number>();
  return planned.map((one) => {
    const key = keyOf(one);
    if (key === null) return one;
    const place = (asked.get(key) ?? 0) + 1;
    asked.set(key, place);
    const grant = granted.get(key) ?? { granted: 0, level: 0 };
    // With a limit that leaves room for it behind those that went.
    const enough = Math.ceil(grant.level + place - grant.granted - EPSILON);
    return place <= grant.granted ? one : over(budget, one, limit, enough);
  });
}

const isAsked = (budget: Budget, one: BudgetedNotification): boolean =>
  one.refusal === null &&
  one.foldedBecause === null &&
  (one.isAutomatic || foldOf(one.kind) !== null) &&
  budget.kinds.includes(one.kind) &&
  (budget.of === 'mail' || one.credential !== null);

function limitOf({ limit }: Budget, settings: Settings, mailboxId: MailboxId): number {
  if (typeof limit === 'number') return limit;
  return Number(resolveToggle(settings, limit, { mailboxId, customerId: null, contactId: null }).value);
}

function over(budget: Budget, one: BudgetedNotification, limit: number, enough: number): BudgetedNotification {
  const { limit: toggle, says } = budget;
  const why = typeof toggle === 'number' ? says : `${says} (${toggle} = ${limit})`;
  const limitedBy: LimitedBy | null =
    typeof toggle === 'number' ? null : { toggle, value: String(limit), enough: String(enough) };
  if (budget.of === 'credential') return { ...one, ...withoutCredential(one, why), limitedBy };
  return foldOf(one.kind) === null ? { ...one, refusal: why, limitedBy } : { ...one, foldedBecause: why, limitedBy };
}

/** Where somebody waits to be told of several things together: what comes behind those does not overtake them. */
export const foldKey = ({
  recipient,
  mailboxId,
  kind,
}: Pick<PlannedNotification, 'recipient' | 'mailboxId' | 'kind'>) => `${mailboxId} ${foldOf(kind)?.id} ${recipient}`;

const NO_OVERTAKING = 'others that came before it wait to be told together';

/**
 * Folds also what its budgets would let go while something earlier waits for the same reader, in order.
 *
 * @param waiting `foldKey` of those for whom something waits already
 */
export function keepOrder(
  budgeted: readonly BudgetedNotification[],
  waiting: ReadonlySet<string>,
): readonly BudgetedNotification[] {
  const waits = new Set(waiting);
  return budgeted.map((one) => {
    if (one.refusal !== null || foldOf(one.kind) === null) return one;
    const key = foldKey(one);
    if (one.foldedBecause !== null) waits.add(key);
    return one.foldedBecause === null && waits.has(key) ? { ...one, foldedBecause: NO_OVERTAKING } : one;
  });
}

/** A bucket: how full it was, and when it was last asked; or when its window began, where it refills at once. */
export interface Bucket {
  readonly level: number;
  /** Microseconds since 1970. */
  readonly atUs: number;
}

/** The name of a bucket among those of a replay. */
export const bucketKey = (scope: string, key: string): string => `${scope} ${key}`;

/** Takes from buckets in memory as the statement of `storeOwed` takes from those of the desk, at a moment of a replay. */
export const takeFrom =
  (buckets: Map<string, Bucket>, nowUs: number): AskBudget =>
  (requests) =>
    Promise.resolve(
      new Map(
        requests.map(({ scope, key, wanted, limit, windowSeconds, refills }) => {
          const name = bucketKey(scope, key);
          const bucket = buckets.get(name) ?? { level: 0, atUs: nowUs };
          const aheadSeconds = (bucket.atUs - nowUs) / 1_000_000;
          const isAstray = aheadSeconds > windowSeconds;
          const passedSeconds = isAstray ? windowSeconds : Math.max(0, -aheadSeconds);
          const isOver = passedSeconds >= windowSeconds;
          const leaked = refills === 'at_once' ? (isOver ? bucket.level : 0) : (limit * passedSeconds) / windowSeconds;
          const leftOver = Math.max(0, bucket.level - leaked);
          const grant = grantAt(leftOver, wanted, limit);
          const atUs = refills === 'at_once' && !isOver ? bucket.atUs : isAstray ? nowUs : Math.max(nowUs, bucket.atUs);
          buckets.set(name, { level: grant.level, atUs });
          return [key, grant];
        }),
      ),
    );

/** Buckets in memory, at a moment of a replay. */
export const bucketsIn = (buckets: Map<string, Bucket>, nowUs: number): Buckets => ({
  take: takeFrom(buckets, nowUs),
  peek: (requests) => takeFrom(new Map(buckets), nowUs)(requests),
});

/** What a bucket of this level grants. */
export function grantAt(level: number, wanted: number, limit: number): BudgetGrant {
  const granted = Math.max(0, Math.min(wanted, Math.floor(limit - level + EPSILON)));
  return { granted, level: level + granted };
}

/** What a sum of fractions may be short of a whole mail. */
const EPSILON = 1e-9;
