import { z } from 'zod';
import type { HoldReason } from '../inbound/policy.ts';
import { HOLD_REASONS } from '../inbound/policy.ts';
import { nearest } from '../lib/nearest.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { headerText } from '../mail/compose.ts';
import { addressField, quoted } from './fields.ts';
import type { Refusal } from './refusal.ts';
import { refusal } from './refusal.ts';

const MAX_BECAUSE = 500;
const REASONS = Object.keys(HOLD_REASONS) as readonly HoldReason[];

/** Which mail that waits is meant: all that waits for one reason, or that of one sender. */
export const heldSelection = {
  reason: z.string({ error: `is missing: one of ${REASONS.join(', ')}` }).max(100),
  sender: addressField.optional(),
} as const;

/** The reason for which mail waits, as somebody wrote it. */
export function findHoldReason(written: string): Result<HoldReason, Refusal> {
  const reason = REASONS.find((one) => one === written);
  if (reason !== undefined) return ok(reason);
  const near = nearest(written, REASONS);
  const mend = near === null ? `It is one of: ${REASONS.join(', ')}` : `Did you mean ${near}?`;
  return err(refusal('no_such_reason', `No mail is held for a reason ${quoted(written)}.`, mend));
}

/** No mail of the selection waits. */
export function nothingHeld(reason: HoldReason, sender: string | null): Refusal {
  const whose = sender === null ? '' : ` of ${sender}`;
  const message = `No mail${whose} waits for this reason: ${HOLD_REASONS[reason]}.`;
  return refusal('not_held', message, 'See those that wait with: deskbell held list');
}

const SAY_WHY = 'say why, for those who ask later';

/** Why nothing comes of a mail: one line. */
export const becauseField = z
  .string({ error: `is missing: ${SAY_WHY}` })
  .max(MAX_BECAUSE, `is longer than ${MAX_BECAUSE} characters`)
  .transform((raw) => headerText(raw, MAX_BECAUSE))
  .refine((text) => text !== '', `is empty: ${SAY_WHY}`);
