import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { addressField, limitField, quoted } from '../access/fields.ts';
import { changed, changeOperation } from '../access/operation.ts';
import { refusal } from '../access/refusal.ts';
import type { InboundMessageId } from '../db/ids.ts';
import type { Override } from '../db/schema/mailboxes.ts';
import { err } from '../lib/result.ts';
import { nearest } from '../lib/nearest.ts';
import { settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { decide } from './decide.ts';
import { askerOf } from './facts.ts';
import { findFlip, isKept } from './flip.ts';
import type { HoldReason } from './policy.ts';
import { HOLD_REASONS } from './policy.ts';
import { lockKeptFor, releaseAll } from './process-store.ts';

const REASONS = Object.keys(HOLD_REASONS) as readonly HoldReason[];

/**
 * Lets many messages go on that wait for the same reason, the oldest first: each as `message.process` would, with the
 * fewest other choices that let it through, for that message alone. What no toggle would let through stays.
 */
export const releaseMessages = changeOperation({
  name: 'message.release',
  permission: 'message.process',
  input: z.strictObject({
    reason: z.string({ error: `is missing: one of ${REASONS.join(', ')}` }).max(100),
    sender: addressField.optional(),
    limit: limitField,
  }),
  run: async ({ tx, actor, clock }, { reason: written, sender = null, limit }) => {
    const reason = REASONS.find((one) => one === written);
    if (reason === undefined) {
      const near = nearest(written, REASONS);
      const mend = near === null ? `It is one of: ${REASONS.join(', ')}` : `Did you mean ${near}?`;
      return err(refusal('no_such_reason', `No mail is held for a reason ${quoted(written)}.`, mend));
    }
    const kept = await lockKeptFor(tx, reason, sender, limit);
    const askers = kept.map(({ facts }) => askerOf(facts));
    const settings = settingsOf(
      await loadSettings(
        tx,
        [...new Set(askers.flatMap((asker) => ('customerId' in asker ? [asker.customerId] : [])))],
        [...new Set(askers.flatMap((asker) => ('contactId' in asker ? [asker.contactId] : [])))],
      ),
    );
    const said = { by: actorLabel(actor), at: clock.now().toISOString(), anyway: false };
    const released: { readonly id: InboundMessageId; readonly override: Override }[] = [];
    const staying: InboundMessageId[] = [];
    for (const { id, facts } of kept) {
      const choices = isKept(decide(facts, settings)) ? findFlip(facts, settings) : [];
      if (choices === null) staying.push(id);
      else released.push({ id, override: { ...said, choices } });
    }
    if (kept.length === 0) {
      const whose = sender === null ? '' : ` of ${sender}`;
      const mend = 'See those that wait with: deskbell held list';
      return err(refusal('not_held', `No mail${whose} waits for this reason: ${HOLD_REASONS[reason]}.`, mend));
    }
    await releaseAll(tx, released);
    const ids = released.map(({ id }) => id);
    return changed({ reason, sender, released: ids, staying, isMoreLikely: kept.length === limit }, [], {
      from: { status: 'held', reason, messages: ids },
      to: { status: 'received', messages: ids },
    });
  },
});
