import { z } from 'zod';
import { changesOf } from '../access/edit.ts';
import { nameField, quoted, switchField } from '../access/fields.ts';
import { changed, changeOperation, readOperation } from '../access/operation.ts';
import type { Refusal } from '../access/refusal.ts';
import { invalidInput, refusal } from '../access/refusal.ts';
import type { Queryable } from '../db/client.ts';
import type { CustomFieldOwner } from '../db/schema/contacts.ts';
import { CUSTOM_FIELD_KINDS, CUSTOM_FIELD_OWNERS } from '../db/schema/contacts.ts';
import { nearest } from '../lib/nearest.ts';
import { err, ok } from '../lib/result.ts';
import {
  countCustomFields,
  countCustomValues,
  countWithout,
  deleteCustomField,
  forgetCustomValues,
  insertCustomField,
  listCustomFields,
  lockCustomField,
  MAX_CUSTOM_FIELDS,
  updateCustomField,
} from './custom-field-store.ts';
import { whyNotKey } from './custom-fields.ts';

const MAX_CHOICES = 200;
const ownerField = z.enum(CUSTOM_FIELD_OWNERS);
const keyField = z.string().trim().max(100);
const choicesField = z.array(nameField).max(MAX_CHOICES).default([]);

/** Defines a field that every customer or every contact has from now on. */
export const addField = changeOperation({
  name: 'field.add',
  permission: 'field.manage',
  input: z
    .strictObject({
      owner: ownerField,
      key: keyField,
      label: nameField,
      kind: z.enum(CUSTOM_FIELD_KINDS),
      choices: choicesField,
      required: z.boolean().default(false),
    })
    .superRefine(({ owner, key, kind, choices }, context) => {
      const why = whyNotKey(owner, key);
      if (why !== null) context.addIssue({ code: 'custom', path: ['key'], message: why });
      if ((kind === 'choice') === choices.length > 0) return;
      const message = kind === 'choice' ? 'is missing: name every choice there is' : `is for kind choice, not ${kind}`;
      context.addIssue({ code: 'custom', path: ['choices'], message });
    }),
  run: async ({ tx }, { owner, key, label, kind, required: isRequired, ...given }) => {
    const choices = distinct([], given.choices);
    const field = { owner, key, label, kind, choices, isRequired };
    if ((await countCustomFields(tx, owner)) >= MAX_CUSTOM_FIELDS) {
      const message = `There are ${MAX_CUSTOM_FIELDS} fields of every ${owner} already.`;
      return err(refusal('too_many_fields', message, 'Remove one that nobody needs: deskbell field remove'));
    }
    if (!(await insertCustomField(tx, field))) {
      const message = `Every ${owner} has a field ${key} already.`;
      return err(
        refusal('field_exists', message, `Choose another key, or change it: deskbell field set ${owner} ${key}`),
      );
    }
    return changed({ ...field, without: isRequired ? await countWithout(tx, owner, key) : 0 });
  },
});

/** The fields that operators have defined. */
export const showFields = readOperation({
  name: 'field.list',
  permission: 'contact.read',
  input: z.strictObject({}),
  run: async ({ db }) => ok(await listCustomFields(db)),
});

/** Changes what a field is called, whether it is required, or adds choices. Its key and kind stay: values are stored by them. */
export const setField = changeOperation({
  name: 'field.set',
  permission: 'field.manage',
  input: z.strictObject({
    owner: ownerField,
    key: keyField,
    label: nameField.optional(),
    required: switchField.optional(),
    choices: choicesField,
  }),
  run: async ({ tx }, { owner, key, label, required, choices }) => {
    const before = await lockCustomField(tx, owner, key);
    if (before === null) return err(await noField(tx, owner, key));
    if (choices.length > 0 && before.kind !== 'choice') {
      return err(invalidInput([{ field: 'choices', says: `is for fields of kind choice: ${key} is ${before.kind}` }]));
    }
    const all = distinct(before.choices, choices);
    if (all.length > MAX_CHOICES) return err(invalidInput([{ field: 'choices', says: `are at most ${MAX_CHOICES}` }]));
    const after = { ...before, label: label ?? before.label, isRequired: required ?? before.isRequired, choices: all };
    await updateCustomField(tx, after);
    const { changed: _, ...changes } = changesOf({ field: key }, { ...before }, after);
    return changed({ ...after, without: after.isRequired ? await countWithout(tx, owner, key) : 0 }, [], changes);
  },
});

/** Removes a field; with the values that people have in it only when that is said. */
export const removeField = changeOperation({
  name: 'field.remove',
  permission: 'field.manage',
  input: z.strictObject({ owner: ownerField, key: keyField, withValues: z.boolean().default(false) }),
  run: async ({ tx }, { owner, key, withValues }) => {
    const before = await lockCustomField(tx, owner, key);
    if (before === null) return err(await noField(tx, owner, key));
    const values = await countCustomValues(tx, owner, key);
    if (values > 0 && !withValues) {
      const message = `${values} ${owner}${values === 1 ? ' has' : 's have'} a value in ${key} (${before.label}).`;
      return err(refusal('field_in_use', message, 'To remove the field and these values: --with-values'));
    }
    await deleteCustomField(tx, owner, key);
    if (values > 0) await forgetCustomValues(tx, owner, key);
    return changed({ owner, key, values }, [], { from: { ...before, values }, to: null });
  },
});

async function noField(db: Queryable, owner: CustomFieldOwner, key: string): Promise<Refusal> {
  const keys = (await listCustomFields(db)).filter((field) => field.owner === owner).map((field) => field.key);
  const near = nearest(key, keys);
  const hint = near === null ? '.' : `: did you mean ${near}?`;
  return refusal(
    'field_not_found',
    `No ${owner} has a field ${quoted(key)}${hint}`,
    'See all with: deskbell field list',
  );
}

/** Choices differ by more than their case. */
function distinct(before: readonly string[], added: readonly string[]): readonly string[] {
  const choices = new Map(before.map((choice) => [choice.toLowerCase(), choice]));
  for (const choice of added) {
    const text = choice.normalize('NFC');
    if (!choices.has(text.toLowerCase())) choices.set(text.toLowerCase(), text);
  }
  return [...choices.values()];
}
