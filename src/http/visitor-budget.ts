import type { Db } from '../db/client.ts';
import { inTransaction } from '../db/client.ts';
import { takeBudget } from '../notifications/budget-store.ts';
import { forgetVisitors } from './page-store.ts';
import { visitorKey } from './visitor.ts';

/** What one visitor may do within a time: RELIABILITY G16. */
export interface VisitorBudget {
  readonly scope: string;
  readonly limit: number;
  readonly windowSeconds: number;
}

/** After so many whoever has used theirs up may go on. */
export const WAIT_MINUTES = 15;

/** Asks whether whoever calls from this address may go on, and counts it. Whose budget is whole again is forgotten. */
export function createVisitorBudget(db: Db, budget: VisitorBudget): (ip: string) => Promise<boolean> {
  const { scope, limit, windowSeconds } = budget;
  let forgotAt = performance.now();
  return async (ip) => {
    if (performance.now() - forgotAt > windowSeconds * 1000) {
      forgotAt = performance.now();
      await forgetVisitors(db, scope, windowSeconds);
    }
    const key = visitorKey(ip);
    const granted = await inTransaction(db, (tx) => takeBudget(tx, [{ scope, key, wanted: 1, limit, windowSeconds }]));
    return (granted.get(key)?.granted ?? 0) > 0;
  };
}
