import { z } from 'zod';
import { instantField, numberField } from '../access/fields.ts';
import { lockNamedPerson } from '../access/lock-person.ts';
import { changed, changeOperation } from '../access/operation.ts';
import { contactField } from '../access/references.ts';
import type { Refusal } from '../access/refusal.ts';
import { refusal } from '../access/refusal.ts';
import { revokeLinks } from '../accounts/link-store.ts';
import type { ContactStatus } from '../db/schema/contacts.ts';
import { err } from '../lib/result.ts';
import type { Person } from './lifecycle-store.ts';
import { putStatus } from './lifecycle-store.ts';
import { effectiveStatus } from './model.ts';

/** Their mail opens no tickets from now on, for good or until a date; tickets there are go on (FEATURES P-06). */
export const deactivateContact = changeOperation({
  name: 'contact.deactivate',
  permission: 'contact.manage',
  input: z.strictObject({ contact: contactField, until: instantField.optional(), version: numberField.optional() }),
  run: async ({ tx, clock }, { until, ...wanted }) => {
    const now = clock.now();
    if (until !== undefined && until <= now) {
      return err(refusal('date_is_past', 'The date until which to deactivate is over.', 'Choose one that is to come.'));
    }
    const found = await lockNamedPerson(tx, wanted);
    if (!found.ok) return found;
    const person = found.value;
    const to = until === undefined ? 'deactivated' : 'deactivated_until';
    const isSo = effectiveStatus(person, now) === to && person.deactivatedUntil?.getTime() === until?.getTime();
    if (isSo) return err(already(person, to));
    await putStatus(tx, person.id, to, until ?? null);
    await revokeLinks(tx, { contactIds: person.ids });
    return changed(...transition(person, to, until ?? null));
  },
});

/** Their mail opens tickets again. */
export const activateContact = changeOperation({
  name: 'contact.activate',
  permission: 'contact.manage',
  input: z.strictObject({ contact: contactField, version: numberField.optional() }),
  run: async ({ tx, clock }, wanted) => {
    const found = await lockNamedPerson(tx, wanted);
    if (!found.ok) return found;
    const person = found.value;
    if (effectiveStatus(person, clock.now()) === 'active') return err(already(person, 'active'));
    await putStatus(tx, person.id, 'active', null);
    return changed(...transition(person, 'active', null));
  },
});

/** The answer, no event, and what was and is for the audit. */
function transition({ id, name, version, ...before }: Person, status: ContactStatus, deactivatedUntil: Date | null) {
  const was = { status: before.status, deactivatedUntil: before.deactivatedUntil };
  const is = { status, deactivatedUntil };
  const output = { id, name, version: version + 1, was, ...is };
  return [output, [], { from: { id, ...was }, to: { id, ...is } }] as const;
}

const STATUS_WORDS: Readonly<Record<Exclude<ContactStatus, 'deleted'>, string>> = {
  active: 'active',
  deactivated: 'deactivated',
  deactivated_until: 'deactivated until that moment',
};

const already = ({ id }: Person, is: keyof typeof STATUS_WORDS): Refusal =>
  refusal(`already_${is}`, `Contact ${id} is ${STATUS_WORDS[is]} already.`, 'There is nothing to do.');
