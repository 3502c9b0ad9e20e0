import { z } from 'zod';
import { actorLabel } from '../access/actor.ts';
import { numberField, quoted } from '../access/fields.ts';
import { changed, changeOperation } from '../access/operation.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import type { InboundMessageId } from '../db/ids.ts';
import type { Override } from '../db/schema/mailboxes.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { settingsOf, withChoices } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { findToggle, whyNotValue } from '../settings/toggles.ts';
import { decide } from './decide.ts';
import { askerOf } from './facts.ts';
import type { Choice } from './flip.ts';
import { findFlip } from './flip.ts';
import { fateWords } from './held.ts';
import { findFate } from './held-store.ts';
import { HOLD_REASONS } from './policy.ts';
import { lockKept, releaseKept } from './process-store.ts';

const MAX_CHOICES = 10;

/**
 * Processes a message that waits for a person now: as the settings are, with other choices for this message alone, or
 * anyway, past every rule that would hold it. It goes the way of all mail, in its mailbox's order; what was overridden,
 * and by whom, is recorded with its decision.
 */
export const processMessage = changeOperation({
  name: 'message.process',
  permission: 'message.process',
  input: z.strictObject({
    message: numberField,
    with: z.array(z.string().max(200)).max(MAX_CHOICES).default([]),
    anyway: z.boolean().default(false),
  }),
  run: async ({ tx, actor, clock }, { message, with: written, anyway }) => {
    const id = message as InboundMessageId;
    const kept = await lockKept(tx, id);
    if (kept === null) {
      const mend = 'See those that wait with: deskbell held list';
      return err(refusal('not_held', fateWords(id, await findFate(tx, id)), mend));
    }
    const choices = readChoices(written);
    if (!choices.ok) return choices;
    const override: Override = { by: actorLabel(actor), at: clock.now().toISOString(), choices: choices.value, anyway };
    const asker = askerOf(kept.facts);
    const settings = settingsOf(
      await loadSettings(
        tx,
        'customerId' in asker ? [asker.customerId] : [],
        'contactId' in asker ? [asker.contactId] : [],
      ),
    );
    const chosen = withChoices(settings, choices.value, override.by);
    const { outcome } = decide({ ...kept.facts, override }, chosen);
    if (outcome.do === 'hold' || outcome.do === 'quarantine') {
      const flip = findFlip(kept.facts, chosen);
      const mend =
        flip === null
          ? `No toggle would let it through. To do it all the same: deskbell process ${message} --anyway`
          : `This would let it through: deskbell process ${message} ${flip.map(({ toggle, value }) => `--with ${toggle}=${value}`).join(' ')}`;
      return err(refusal('still_held', `It would be held again: ${HOLD_REASONS[outcome.reason]}.`, mend));
    }
    await releaseKept(tx, id, override);
    return changed({ message, outcome: outcome.do, choices: choices.value, anyway }, [], {
      from: { status: kept.status, reason: kept.reason },
      to: { status: 'received', choices: choices.value, anyway },
    });
  },
});

function readChoices(written: readonly string[]): Result<readonly Choice[], Refusal> {
  const choices: Choice[] = [];
  for (const one of written) {
    const [name = '', value = ''] = one.split('=', 2).map((part) => part.trim());
    const toggle = findToggle(name);
    if (toggle === null) {
      return err(
        refusal('no_such_toggle', `There is no toggle ${quoted(name)}.`, 'See all with: deskbell toggle list'),
      );
    }
    const problem = whyNotValue(toggle, value);
    if (problem !== null) return err(refusal('no_such_value', `${problem}.`, 'See all with: deskbell toggle list'));
    choices.push({ toggle: toggle.id, value });
  }
  return ok(choices);
}
