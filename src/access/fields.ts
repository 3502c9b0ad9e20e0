import { z } from 'zod';
import { Secret } from '../lib/crypto.ts';
import { parseAddress } from '../mail/address.ts';
import { bodyText, headerText } from '../mail/compose.ts';

const MAX_QUOTED = 60;
const MAX_NAME = 200;
const MAX_BODY = 1_000_000;

/** What somebody wrote, as a refusal may quote it: one short line in quotation marks. */
export const quoted = (raw: unknown): string =>
  `"${headerText(typeof raw === 'string' ? raw : JSON.stringify(raw), MAX_QUOTED)}"`;

/** An address in its canonical form. */
export const addressField = z.string().transform((raw, context) => {
  const address = parseAddress(raw.trim());
  if (address !== null) return address;
  context.addIssue({
    code: 'custom',
    message: `is an e-mail address such as ana@customer.example, not ${quoted(raw)}`,
  });
  return z.NEVER;
});

/** A name of something or somebody: one line, cleaned, not empty. */
export const nameField = z
  .string()
  .max(MAX_NAME)
  .transform((raw) => headerText(raw, MAX_NAME))
  .refine((name) => name !== '', 'is empty');

/** The same, where nothing may be written. */
export const optionalNameField = z
  .string()
  .max(MAX_NAME)
  .transform((raw) => headerText(raw, MAX_NAME))
  .default('');

/** What a person wrote: any number of lines, cleaned of what is no text. */
export const bodyField = z
  .string()
  .max(MAX_BODY, `is longer than ${MAX_BODY} characters`)
  .transform((raw) => bodyText(raw).trimEnd())
  .refine((text) => text.trim() !== '', 'is empty: write something');

/** A number that counts rows, from a form or a command line. */
export const numberField = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\s*#?\d{1,15}\s*$/)
        .transform((raw) => Number(raw.replace('#', ''))),
    ],
    {
      error: ({ input }) => (input === undefined ? 'is missing' : `is a number such as 1001, not ${quoted(input)}`),
    },
  )
  .refine((number) => Number.isSafeInteger(number) && number > 0, 'is a number from 1 up');

/** How many rows a list shows at most. */
export const limitField = z.coerce
  .number({ error: 'is a number from 1 to 1000' })
  .int('is a number from 1 to 1000')
  .min(1, 'is a number from 1 to 1000')
  .max(1000, 'is a number from 1 to 1000')
  .default(100);

/** The same, of lists that are long by nature: people, companies. */
export const pageLimitField = limitField.removeDefault().default(1000);

/** What to look for, in any number of words; "" for all. */
export const searchField = z.string().max(MAX_NAME).default('');

/** On or off, as people and programs say it. */
export const switchField = z.union(
  [z.boolean(), z.enum(['on', 'off']).transform((word) => word === 'on')],
  'is on or off',
);

/** The version that whoever edits has seen: when it is another by now, they are told. */
export const versionField = numberField.optional();

/** A password: from here on it prints as [secret]. */
export const secretField = z
  .string()
  .min(1, 'is empty')
  .max(10_000)
  .transform((raw) => new Secret(raw));

/** A day, or a moment with its zone, from a form or a command line. A day begins at midnight, UTC. */
export const instantField = z
  .union([z.date(), z.iso.datetime({ offset: true }), z.iso.date()], {
    error: ({ input }) =>
      input === undefined ? 'is missing' : `is a date such as 2030-01-31 or 2030-01-31T09:00Z, not ${quoted(input)}`,
  })
  .transform((value) => new Date(value));
