import { z } from 'zod';
import { actorLabel } from '../../access/actor.ts';
import { numberField } from '../../access/fields.ts';
import { changed, changeOperation } from '../../access/operation.ts';
import type { Refusal } from '../../access/refusal.ts';
import { refusal } from '../../access/refusal.ts';
import { err } from '../../lib/result.ts';
import { templateLibrary } from '../templates.ts';
import type { NotificationKind } from '../views.ts';
import type { TemplateRefusal } from './trial.ts';
import { hasAnyPart, kindField, partsFields, partsOver, templateLocaleField } from './fields.ts';
import { activateVersion, findVersion, insertVersion, lockTemplate } from './store.ts';
import { tryTemplate } from './trial.ts';

/** What an operator wrote is used from now on; the parts that were not given stay as they are. */
export const setTemplate = changeOperation({
  name: 'template.set',
  permission: 'template.write',
  input: z.strictObject({
    kind: kindField,
    locale: templateLocaleField,
    ...partsFields,
    // 0: the files that come with the program.
    ifVersion: z.union([z.literal(0), z.literal('0').transform(() => 0), numberField]).optional(),
  }),
  run: async ({ tx, actor }, { kind, locale, ifVersion, ...given }) => {
    if (!hasAnyPart(given)) {
      const message = 'Nothing was given to write: no subject, no text, no html.';
      return err(refusal('nothing_given', message, 'Give files with --subject, --text or --html.'));
    }
    await lockTemplate(tx, kind, locale);
    const active = await findVersion(tx, kind, locale, null);
    const from = active?.version ?? null;
    if (ifVersion !== undefined && ifVersion !== (from ?? 0)) return err(changedMeanwhile(kind, locale, from));
    const before = active ?? shippedText(kind, locale);
    const parts = partsOver(given, before);
    const tried = tryTemplate(kind, { locale, ...parts }, null);
    if (!tried.ok) return err(notSaved(tried.error));
    const isSame = parts.subject === before.subject && parts.text === before.text && parts.html === before.html;
    const version = isSame ? from : await insertVersion(tx, { kind, locale, ...parts, author: actorLabel(actor) });
    const changes = { from: { version: from }, to: { kind, locale, version } };
    return changed({ kind, locale, version, before: from, isSame }, [], changes);
  },
});

/** An older version is used again, or our files. */
export const restoreTemplate = changeOperation({
  name: 'template.restore',
  permission: 'template.write',
  input: z
    .strictObject({
      kind: kindField,
      locale: templateLocaleField,
      version: numberField.optional(),
      shipped: z.boolean().default(false),
    })
    .refine(({ version, shipped }) => shipped !== (version !== undefined), {
      path: ['version'],
      message: 'is the version to use again; or give --shipped for the one that comes with the program',
    }),
  run: async ({ tx }, { kind, locale, version }) => {
    await lockTemplate(tx, kind, locale);
    const active = await findVersion(tx, kind, locale, null);
    const wanted = version === undefined ? null : await findVersion(tx, kind, locale, version);
    if (version !== undefined && wanted === null) {
      const message = `The template ${kind} in ${locale} has no version ${version}.`;
      const mend = `See them with: deskbell template show ${kind} --locale ${locale}`;
      return err(refusal('version_not_found', message, mend));
    }
    const tried = wanted === null ? null : tryTemplate(kind, wanted, wanted.version);
    if (tried?.ok === false) return err(notSaved(tried.error));
    await activateVersion(tx, kind, locale, wanted?.version ?? null);
    const from = { version: active?.version ?? null };
    const to = { kind, locale, version: wanted?.version ?? null };
    return changed({ ...to, before: from.version }, [], { from, to });
  },
});

function shippedText(kind: NotificationKind, locale: string) {
  const { source } = templateLibrary().shipped.pick(kind, locale);
  return { subject: source.subject.source, text: source.text.source, html: source.html.source };
}

const notSaved = ({ says, mend }: TemplateRefusal): Refusal =>
  refusal('template_refused', `${says} Nothing was saved.`, mend);

function changedMeanwhile(kind: NotificationKind, locale: string, version: number | null): Refusal {
  const now = version === null ? 'the one that comes with the program' : `version ${version}`;
  const message = `Somebody has changed the template ${kind} in ${locale} meanwhile: ${now} is used.`;
  return refusal('changed_meanwhile', message, `Look again with: deskbell template diff ${kind} --locale ${locale}`);
}
