import { z } from 'zod';
import { headerText } from '../mail/compose.ts';
import type { ContactFieldId } from './fields.ts';
import { CONTACT_FIELDS } from './fields.ts';
import { readContactField } from './field-values.ts';

const MAX_WRITTEN = 20_000;
const MAX_FIELDS = 200;
const MAX_DEVICES = 100;
const MAX_DEVICE = 200;

const textField = (field: (typeof CONTACT_FIELDS)[number]) =>
  z
    .string()
    .max(MAX_WRITTEN)
    .transform((written, context) => {
      const read = readContactField(field, written);
      if (read.ok && (read.value !== '' || !REQUIRED.includes(field.id))) return read.value;
      context.addIssue({ code: 'custom', message: read.ok ? 'is empty: everybody has one' : read.error });
      return z.NEVER;
    });

/** By hand, that is; mail fills what it can. */
const REQUIRED: readonly ContactFieldId[] = ['firstName', 'lastName'];

type TextField = ReturnType<typeof textField>;

/** The texts of CONTACT_FIELDS as an operation takes them; what is not given is not there. */
export const contactTexts = Object.fromEntries(
  CONTACT_FIELDS.map((field) => [field.id, textField(field).optional()]),
) as Readonly<Record<ContactFieldId, z.ZodOptional<TextField>>>;

/** Values of custom fields by their keys, as written. */
export const customField = z
  .record(z.string().max(100), z.union([z.string().max(MAX_WRITTEN), z.number(), z.boolean()]).transform(String))
  .refine((given) => Object.keys(given).length <= MAX_FIELDS, `are at most ${MAX_FIELDS}`)
  .default({});

/** Names of devices. */
export const devicesField = z
  .array(
    z
      .string()
      .max(MAX_DEVICE)
      .transform((written) => headerText(written, MAX_DEVICE).normalize('NFC'))
      .refine((name) => name !== '', 'is empty'),
  )
  .max(MAX_DEVICES)
  .default([]);

/**
 * The devices after some came and some went; of one name, whatever its case, there is one.
 *
 * @returns null: they are more than anybody can have
 */
export function changeDevices(
  before: readonly string[],
  added: readonly string[],
  removed: readonly string[],
): readonly string[] | null {
  const gone = new Set(removed.map((name) => name.toLowerCase()));
  const devices = new Map(
    before.filter((name) => !gone.has(name.toLowerCase())).map((name) => [name.toLowerCase(), name]),
  );
  for (const name of added) if (!devices.has(name.toLowerCase())) devices.set(name.toLowerCase(), name);
  return devices.size > MAX_DEVICES ? null : [...devices.values()];
}
