import { z } from 'zod';
import { addressField, numberField } from '../../access/fields.ts';
import { readOperation } from '../../access/operation.ts';
import { noTicket } from '../../access/references.ts';
import type { Refusal } from '../../access/refusal.ts';
import { refusal } from '../../access/refusal.ts';
import type { Queryable } from '../../db/client.ts';
import { diffLines } from '../../lib/line-diff.ts';
import type { Result } from '../../lib/result.ts';
import { err, ok } from '../../lib/result.ts';
import { pageLanguages } from '../../portal/page-languages.ts';
import { MAIL_KINDS } from '../mail-kinds.ts';
import { fillTemplate } from '../render.ts';
import type { MailTemplate } from '../templates.ts';
import { MAIL_KIND_NAMES, templateLibrary } from '../templates.ts';
import type { NotificationKind } from '../views.ts';
import { TEMPLATE_PARTS } from './assemble.ts';
import { findPreviewView } from './example.ts';
import { hasAnyPart, kindField, languageField, partsFields, partsOver, templateLocaleField } from './fields.ts';
import { readTemplates } from './live.ts';
import { LAST_LOCALE } from './locales.ts';
import { findVersion, listActiveVersions, listVersions } from './store.ts';
import { tryTemplate } from './trial.ts';
import { variablesOf } from './variables.ts';

/** Every template of every language, what is used of it, and what cannot be; and the same of the pages for customers. */
export const listTemplates = readOperation({
  name: 'template.list',
  permission: 'template.read',
  input: z.strictObject({ locale: languageField.optional() }),
  run: async ({ db }, { locale: only }) => {
    const [templates, versions] = await Promise.all([readTemplates(db), listActiveVersions(db)]);
    const locales = only === undefined ? templates.locales : [only];
    const rows = locales.flatMap((locale) =>
      MAIL_KIND_NAMES.map((kind) => {
        const found = templates.find(kind, locale);
        const override = versions.find((one) => one.kind === kind && one.locale === locale);
        const trouble = templates.problems.find((one) => one.kind === kind && one.locale === locale);
        return {
          kind,
          audience: MAIL_KINDS[kind].audience,
          locale,
          /** Of an operator; null: our file, or none. */
          version: found?.version ?? null,
          /** In which language its readers get it. */
          written: found?.locale ?? templates.pick(kind, locale).locale,
          author: override?.authorName ?? null,
          at: override?.createdAt ?? null,
          trouble: trouble?.says ?? null,
        };
      }),
    );
    const { all, problems: unusablePages } = pageLanguages();
    const pages = all
      .filter(({ locale }) => only === undefined || locale === only)
      .map(({ locale, missing }) => ({ locale, missing }));
    const problems = templates.problems.filter(({ kind }) => kind === null);
    return ok({ rows, problems, pages, unusablePages });
  },
});

/** One template: its parts, its versions, and what it may name. */
export const showTemplate = readOperation({
  name: 'template.show',
  permission: 'template.read',
  input: z.strictObject({
    kind: kindField,
    locale: templateLocaleField,
    version: numberField.optional(),
    part: z.enum(TEMPLATE_PARTS).optional(),
  }),
  run: async ({ db }, { kind, locale, version, part }) => {
    const found = await findParts(db, kind, locale, version ?? null);
    if (!found.ok) return found;
    const all = await listVersions(db, kind, locale);
    const versions = all.map(({ version: number, isActive, authorName, createdAt }) => ({
      version: number,
      isActive,
      author: authorName,
      at: createdAt,
    }));
    const { audience } = MAIL_KINDS[kind];
    return ok({ kind, audience, locale, part: part ?? null, ...found.value, versions, variables: variablesOf(kind) });
  },
});

/** A template as a mail: filled for somebody real, or with its example; also before it is saved. */
export const previewTemplate = readOperation({
  name: 'template.preview',
  permission: 'template.read',
  input: z.strictObject({
    kind: kindField,
    locale: languageField.optional(),
    ticket: numberField.optional(),
    to: addressField.optional(),
    part: z.enum(TEMPLATE_PARTS).optional(),
    ...partsFields,
  }),
  run: async ({ db }, { kind, locale: wanted, ticket, to, part, ...given }) => {
    const preview = await findPreviewView(db, kind, { ticket: ticket ?? null, to: to ?? null });
    if (preview === null) return err(noTicket(ticket ?? 0));
    const locale = wanted ?? preview.locale ?? LAST_LOCALE;
    const template = await findDraft(db, kind, locale, given);
    if (!template.ok) return template;
    const mail = fillTemplate(template.value, preview.view, locale);
    const { version } = template.value;
    return ok({ kind, of: preview.of, version, isDraft: hasAnyPart(given), part: part ?? null, ...mail });
  },
});

async function findDraft(
  db: Queryable,
  kind: NotificationKind,
  locale: string,
  given: Parameters<typeof partsOver>[0],
): Promise<Result<MailTemplate, Refusal>> {
  if (!hasAnyPart(given)) return ok((await readTemplates(db)).pick(kind, locale));
  const now = await findParts(db, kind, locale, null);
  if (!now.ok) return now;
  const tried = tryTemplate(kind, { locale, ...partsOver(given, now.value) }, null);
  return tried.ok ? tried : err(refusal('template_refused', tried.error.says, tried.error.mend));
}

/** What an operator changed: what is used, or a version, against another one, or against our file. */
export const diffTemplate = readOperation({
  name: 'template.diff',
  permission: 'template.read',
  input: z.strictObject({ kind: kindField, locale: templateLocaleField, version: numberField.optional() }),
  run: async ({ db }, { kind, locale, version }) => {
    const [now, before] = await Promise.all([
      findParts(db, kind, locale, null),
      version === undefined ? ok(shippedParts(kind, locale)) : findParts(db, kind, locale, version),
    ]);
    if (!now.ok) return now;
    if (!before.ok) return before;
    const parts = TEMPLATE_PARTS.map((part) => ({ part, lines: diffLines(before.value[part], now.value[part]) }));
    return ok({ kind, locale, from: version ?? null, to: now.value.version, parts });
  },
});

interface Parts {
  /** Of an operator; null: our files. */
  readonly version: number | null;
  /** The language they are written in: another one where this one has none. */
  readonly written: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** @param version null: what is used, be it usable or not */
async function findParts(
  db: Queryable,
  kind: NotificationKind,
  locale: string,
  version: number | null,
): Promise<Result<Parts, Refusal>> {
  const found = await findVersion(db, kind, locale, version);
  if (found !== null) return ok({ ...found, written: locale });
  if (version === null) return ok(shippedParts(kind, locale));
  const message = `The template ${kind} in ${locale} has no version ${version}.`;
  return err(refusal('version_not_found', message, `See them with: deskbell template show ${kind} --locale ${locale}`));
}

function shippedParts(kind: NotificationKind, locale: string): Parts {
  const { source, locale: written } = templateLibrary().shipped.pick(kind, locale);
  return {
    version: null,
    written,
    subject: source.subject.source,
    text: source.text.source,
    html: source.html.source,
  };
}
