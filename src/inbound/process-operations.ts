import { z } from 'zod';
import { actorLabel, isAllowed } from '../access/actor.ts';
import { addressField, numberField, quoted } from '../access/fields.ts';
import { changed, changeOperation } from '../access/operation.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import { loadStaff } from '../access/staff.ts';
import type { Tx } from '../db/client.ts';
import type { InboundMessageId } from '../db/ids.ts';
import type { Override } from '../db/schema/mailboxes.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { EmailAddress } from '../mail/address.ts';
import { deskAddressTest } from '../mailboxes/model.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import type { Settings } from '../settings/resolve.ts';
import { settingsOf, withChoices } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { whyNotValue } from '../settings/toggle-values.ts';
import type { ToggleId } from '../settings/toggles.ts';
import { findToggle } from '../settings/toggles.ts';
import type { TraceStep } from './decide.ts';
import { decide } from './decide.ts';
import { candidatesOf, shellWord } from './candidates.ts';
import type { Facts } from './facts.ts';
import { askerOf } from './facts.ts';
import type { Choice } from './flip.ts';
import { findFlip } from './flip.ts';
import { fateWords } from './held.ts';
import { findFate } from './held-store.ts';
import { HOLD_REASONS, POLICY } from './policy.ts';
import { lockKept, releaseKept } from './process-store.ts';
import { whoIs } from './who-is.ts';

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
    sender: addressField.optional(),
  }),
  run: async ({ tx, actor, keys, clock }, { message, with: written, anyway, sender = null }) => {
    const id = message as InboundMessageId;
    const kept = await lockKept(tx, id);
    if (kept === null) {
      const mend = 'See those that wait with: deskbell held list';
      return err(refusal('not_held', fateWords(id, await findFate(tx, id)), mend));
    }
    const choices = readChoices(written);
    if (!choices.ok) return choices;
    const at = clock.now();
    const override: Override = { by: actorLabel(actor), at: at.toISOString(), choices: choices.value, anyway, sender };
    const refused = sender === null ? null : whyNotSender(message, kept.facts, sender);
    if (refused !== null) return err(refused);
    const facts = {
      ...kept.facts,
      override,
      ...(sender === null ? {} : await asIfFrom(tx, keys, kept.facts, sender, at)),
    };
    const asker = askerOf(facts);
    const settings = settingsOf(
      await loadSettings(
        tx,
        'customerId' in asker ? [asker.customerId] : [],
        'contactId' in asker ? [asker.contactId] : [],
      ),
    );
    const chosen = withChoices(settings, choices.value, override.by);
    const { outcome, trace } = decide(facts, chosen);
    const beyond = choices.value.find(({ toggle }) => !decidesFate(trace, toggle));
    if (beyond !== undefined && !isAllowed(actor, 'toggle.manage')) return err(onlyForAdmins(message, beyond));
    if (outcome.do === 'hold' || outcome.do === 'quarantine') {
      const mend = mendOf(message, facts, chosen, sender);
      return err(refusal('still_held', `It would be held again: ${HOLD_REASONS[outcome.reason]}.`, mend));
    }
    await releaseKept(tx, id, override);
    return changed({ message, outcome: outcome.do, choices: choices.value, anyway, sender }, [], {
      from: { status: kept.status, reason: kept.reason },
      to: { status: 'received', choices: choices.value, anyway, sender },
    });
  },
});

/** Whether a toggle decides what becomes of the message, and not only what its sender is sent. */
const decidesFate = (trace: readonly TraceStep[], toggle: ToggleId): boolean =>
  trace.some(({ rule, asked }) => POLICY.some(({ id }) => id === rule) && asked.some((one) => one.toggle === toggle));

const onlyForAdmins = (message: number, { toggle }: Choice): Refusal =>
  refusal(
    'not_allowed',
    `${toggle} does not decide whether message ${message} goes on, so only who may set toggles chooses it.`,
    'Leave it out; it goes on as the desk has it set.',
  );

/** What would let it through: whom it may be from, else the fewest toggles, else nothing but the word of a person. */
function mendOf(message: number, facts: Facts, settings: Settings, chosen: EmailAddress | null): string {
  const [candidate] = facts.sender.is === 'ambiguous' ? candidatesOf(facts.sender) : [];
  if (candidate !== undefined) {
    const command = `deskbell process ${message} --sender ${shellWord(candidate.address)}`;
    return `Say who wrote it, as in: ${command}. All whom it may be from: deskbell why ${message}`;
  }
  const flip = findFlip(facts, settings);
  const again = `deskbell process ${message}${chosen === null ? '' : ` --sender ${shellWord(chosen)}`}`;
  if (flip === null) return `No toggle would let it through. To do it all the same: ${again} --anyway`;
  return `This would let it through: ${again} ${flip.map(({ toggle, value }) => `--with ${toggle}=${value}`).join(' ')}`;
}

/** Only where From names several, and only one of those: whoever was not named did not write. */
function whyNotSender(message: number, { sender }: Facts, chosen: EmailAddress): Refusal | null {
  if (sender.is !== 'ambiguous') {
    const says = `From of message ${message} can be read in one way alone, so there is nobody to choose.`;
    return refusal('sender_is_known', says, `To let it go on: deskbell process ${message}`);
  }
  const names = candidatesOf(sender).map(({ address }) => address);
  if (names.some((name) => name === chosen)) return null;
  const mend = names.length === 0 ? 'It can go on as mail of nobody: --anyway' : `It names: ${names.join(', ')}`;
  return refusal('no_candidate', `From of message ${message} does not name ${chosen}.`, mend);
}

/** What is looked at when From names the chosen one alone, and nothing proves it. */
async function asIfFrom(
  tx: Tx,
  keys: Keys,
  facts: Facts,
  chosen: EmailAddress,
  now: Date,
): Promise<Pick<Facts, 'sender' | 'authentication'>> {
  const mailboxes = await listMailboxes(tx);
  const defaultCustomerId = mailboxes.find(({ id }) => id === facts.mailboxId)?.defaultCustomerId ?? null;
  const desk = { defaultCustomerId, isOwnAddress: deskAddressTest(mailboxes), operators: await loadStaff(tx) };
  return { sender: await whoIs(tx, keys, chosen, desk, now), authentication: { verdict: 'none', says: '' } };
}

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
