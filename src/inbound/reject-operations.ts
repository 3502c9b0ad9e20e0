import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { limitField, numberField } from '../access/fields.ts';
import { becauseField, findHoldReason, heldSelection, nothingHeld } from '../access/hold-reason.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import type { InboundMessageId } from '../db/ids.ts';
import { err, ok } from '../lib/result.ts';
import { markRejected } from './held-store.ts';
import { HOLD_REASONS } from './policy.ts';
import { countKept, lockKeptFor } from './process-store.ts';

/** How much mail waits for one reason, of one sender where one is given; since when, and which of it is the newest. */
export const countHeld = readOperation({
  name: 'message.count_held',
  permission: 'message.read',
  input: z.strictObject(heldSelection),
  run: async ({ db }, { reason: written, sender = null }) => {
    const found = findHoldReason(written);
    if (!found.ok) return found;
    const reason = found.value;
    const { count, oldestAt, newest } = await countKept(db, { reason, sender, upTo: null });
    if (oldestAt === null || newest === null) return err(nothingHeld(reason, sender));
    return ok({ reason, says: HOLD_REASONS[reason], sender, count, oldestAt, newest });
  },
});

/**
 * Nothing comes of many messages that wait for the same reason, the oldest first: each as `message.reject` would do it.
 * Who does it again goes on where it stopped; with none left it changes nothing.
 */
export const rejectMessages = changeOperation({
  name: 'message.reject_many',
  permission: 'message.process',
  input: z.strictObject({
    ...heldSelection,
    because: becauseField,
    /** What came behind this one is left alone: nobody has counted it. */
    upTo: numberField.optional(),
    limit: limitField,
  }),
  run: async ({ tx, actor, clock }, { reason: written, sender = null, because, upTo, limit }) => {
    const found = findHoldReason(written);
    if (!found.ok) return found;
    const which = { reason: found.value, sender, upTo: (upTo ?? null) as InboundMessageId | null };
    const rejected = (await lockKeptFor(tx, which, limit)).map(({ id }) => id);
    const said = { by: actorLabel(actor), at: clock.now().toISOString(), choices: [], anyway: false, because };
    await markRejected(tx, rejected, said);
    const { count: left } = await countKept(tx, which);
    return changed({ reason: which.reason, sender, because, rejected, left }, [], {
      from: { status: 'held', reason: which.reason, messages: rejected },
      to: { status: 'done', verdict: 'ignored', messages: rejected },
    });
  },
});
