import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { limitField } from '../access/fields.ts';
import { findHoldReason, heldSelection, nothingHeld } from '../access/hold-reason.ts';
import { changed, changeOperation } from '../access/operation.ts';
import type { InboundMessageId } from '../db/ids.ts';
import type { Override } from '../db/schema/mailboxes.ts';
import { err } from '../lib/result.ts';
import { settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { decide } from './decide.ts';
import { askerOf } from './facts.ts';
import { findFlip, isKept } from './flip.ts';
import { lockKeptFor, releaseAll } from './process-store.ts';

/**
 * Lets many messages go on that wait for the same reason, the oldest first: each as `message.process` would, with the
 * fewest other choices that let it through, for that message alone. What no toggle would let through stays.
 */
export const releaseMessages = changeOperation({
  name: 'message.release',
  permission: 'message.process',
  input: z.strictObject({
    ...heldSelection,
    limit: limitField,
  }),
  run: async ({ tx, actor, clock }, { reason: written, sender = null, limit }) => {
    const found = findHoldReason(written);
    if (!found.ok) return found;
    const reason = found.value;
    const kept = await lockKeptFor(tx, { reason, sender, upTo: null }, limit);
    if (kept.length === 0) return err(nothingHeld(reason, sender));
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
    await releaseAll(tx, released);
    const ids = released.map(({ id }) => id);
    return changed({ reason, sender, released: ids, staying, isMoreLikely: kept.length === limit }, [], {
      from: { status: 'held', reason, messages: ids },
      to: { status: 'received', messages: ids },
    });
  },
});
