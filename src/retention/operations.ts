import { z } from 'zod';
import { readOperation } from '../access/operation.ts';
import { ok } from '../lib/result.ts';
import { cutoff, retentionChoices } from './forget.ts';
import { RETENTION } from './kinds.ts';
import { listSwept } from './sweep-store.ts';

const daysField = z.coerce
  .number({ error: 'is a number of days from 1 to 36500' })
  .int('is a whole number of days')
  .min(1, 'is at least 1')
  .max(36_500, 'is at most 36500');

/** What is kept for how long, and what would be deleted now, by kind; as if all were kept so many days, where they are given. */
export const showRetention = readOperation({
  name: 'retention.show',
  permission: 'toggle.read',
  input: z.strictObject({ days: daysField.optional() }),
  run: async ({ db, clock }, { days: wanted }) => {
    const now = clock.now();
    const [choiceOf, swept] = await Promise.all([retentionChoices(db), listSwept(db)]);
    const rows = [];
    for (const { id, toggle, says, count } of RETENTION) {
      const chosen = Number(choiceOf(toggle).value);
      const days = wanted ?? chosen;
      const due = days === 0 ? { count: 0, sizeBytes: null } : await count(db, cutoff(days, now));
      rows.push({ kind: id, toggle, says, days: chosen, due, sweptAt: swept.get(id) ?? null });
    }
    return ok({ rows, days: wanted ?? null });
  },
});
