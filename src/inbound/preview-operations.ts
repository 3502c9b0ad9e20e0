import { z } from 'zod';
import { addressField } from '../access/fields.ts';
import { readOperation } from '../access/operation.ts';
import { refusal } from '../access/refusal.ts';
import { loadStaff } from '../access/staff.ts';
import { listOperators } from '../access/store.ts';
import { err, ok } from '../lib/result.ts';
import { deskAddressTest } from '../mailboxes/model.ts';
import { listMailboxes } from '../mailboxes/store.ts';
import type { ToggleScope } from '../settings/resolve.ts';
import { resolveToggle, settingsOf } from '../settings/resolve.ts';
import { loadSettings } from '../settings/store.ts';
import { TOGGLES } from '../settings/toggles.ts';
import { ANSWER_POLICY } from './answer-policy.ts';
import { decide } from './decide.ts';
import { AUTHENTICATION_VERDICTS, PLAIN_MAIL } from './facts.ts';
import { POLICY } from './policy.ts';
import { whoIs } from './who-is.ts';

/**
 * What a new mail of a person would become: every toggle as it is for them, who set it where, and the decision for a
 * sender who is proven, who is not, and who failed. Nothing is written.
 */
export const previewMail = readOperation({
  name: 'toggle.list_for',
  permission: 'toggle.read',
  input: z.strictObject({ address: addressField, mailbox: addressField.optional() }),
  run: async ({ db, keys, clock }, { address, mailbox: wanted }) => {
    const [mailboxes, everybody] = await Promise.all([listMailboxes(db), listOperators(db)]);
    const mailbox = wanted === undefined ? mailboxes[0] : mailboxes.find((one) => one.address === wanted);
    if (mailbox === undefined) {
      const message = wanted === undefined ? 'The desk has no mailbox yet.' : `The desk has no mailbox ${wanted}.`;
      return err(refusal('mailbox_not_found', message, 'See all with: deskbell mailbox list'));
    }
    const desk = { ...mailbox, isOwnAddress: deskAddressTest(mailboxes), operators: await loadStaff(db) };
    const sender = await whoIs(db, keys, address, desk, clock.now());
    const customerId = 'customerId' in sender ? sender.customerId : null;
    const contactId = 'contactId' in sender ? sender.contactId : null;
    const settings = settingsOf(
      await loadSettings(db, customerId === null ? [] : [customerId], contactId === null ? [] : [contactId]),
    );
    const scope: ToggleScope = { mailboxId: mailbox.id, customerId, contactId };
    const names = new Map(everybody.map(({ id, name }) => [`operator:${id}`, name]));
    return ok({
      address,
      mailbox: mailbox.address,
      sender: sender.is,
      toggles: TOGGLES.map(({ id }) => {
        const { setBy, ...choice } = resolveToggle(settings, id, scope);
        return { ...choice, setBy: setBy === null ? null : (names.get(setBy) ?? setBy) };
      }),
      verdicts: AUTHENTICATION_VERDICTS.map((verdict) => {
        const { outcome, rule, answer } = decide(
          { ...PLAIN_MAIL, mailboxId: mailbox.id, sender, authentication: { verdict, says: '' } },
          settings,
        );
        return {
          proven: verdict,
          becomes:
            outcome.do === 'hold' || outcome.do === 'quarantine' ? `${outcome.do}: ${outcome.reason}` : outcome.do,
          because: POLICY.find(({ id }) => id === rule)?.says ?? rule,
          acknowledged: answer === null ? null : answer.send,
          answerBecause: ANSWER_POLICY.find(({ id }) => id === answer?.rule)?.says ?? null,
        };
      }),
    });
  },
});
