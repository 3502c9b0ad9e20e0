import { z } from 'zod';
import { nearest } from '../../lib/nearest.ts';
import { headerText } from '../../mail/compose.ts';
import { readLocale } from '../../mail/locale.ts';
import { MAIL_KIND_NAMES } from '../templates.ts';
import type { TemplatePart } from './assemble.ts';
import { TEMPLATE_PARTS } from './assemble.ts';
import { MAX_TEMPLATE_CHARS } from './check.ts';
import { LAST_LOCALE } from './locales.ts';

/** A kind of mail; written as its folder is, it is understood too. */
export const kindField = z.string().transform((raw, context) => {
  const written = raw.trim().replaceAll('-', '_');
  const kind = MAIL_KIND_NAMES.find((one) => one === written);
  if (kind !== undefined) return kind;
  const near = nearest(written, MAIL_KIND_NAMES);
  const mend = near === null ? 'see them with: deskbell template list' : `did you mean ${near}?`;
  context.addIssue({
    code: 'custom',
    message: `is a kind of mail such as agent_replied, not "${headerText(raw, 60)}"; ${mend}`,
  });
  return z.NEVER;
});

/** A language tag. */
export const languageField = z.string().transform((raw, context) => {
  const read = readLocale(raw);
  if (read.ok && read.value !== '') return read.value;
  context.addIssue({ code: 'custom', message: read.ok ? 'is empty' : read.error });
  return z.NEVER;
});

/** The language of a template: English unless given. */
export const templateLocaleField = languageField.default(LAST_LOCALE);

/** A part as an operator wrote it: LF line ends, and no character that no mail may have. */
const partField = z
  .string()
  .max(MAX_TEMPLATE_CHARS, `is longer than ${MAX_TEMPLATE_CHARS} characters`)
  .transform((raw) =>
    raw
      .replace(/^\ufeff/, '')
      .toWellFormed()
      .replace(/\r\n?/g, '\n'),
  )
  // oxlint-disable-next-line no-control-regex -- these are what we refuse
  .refine((text) => !/[\x00-\x08\x0b-\x1f\x7f]/.test(text), 'has a control character in it')
  .refine((text) => text.trim() !== '', 'is empty');

export const partsFields = {
  subject: partField.optional(),
  text: partField.optional(),
  html: partField.optional(),
} as const;

export type GivenParts = { readonly [Part in TemplatePart]?: string | undefined };

/** What was given, and for the rest what it was. */
export const partsOver = (given: GivenParts, before: Readonly<Record<TemplatePart, string>>) => ({
  subject: given.subject ?? before.subject,
  text: given.text ?? before.text,
  html: given.html ?? before.html,
});

export const hasAnyPart = (given: GivenParts): boolean => TEMPLATE_PARTS.some((part) => given[part] !== undefined);
