import juice from 'juice';
import type { TemplateFile } from './check.ts';
import { checkTemplate } from './check.ts';
import type { Vocabulary } from './check.ts';
import type { TemplateRole } from './helpers.ts';
import { compileSource } from './helpers.ts';
import type { HelperData } from './helpers.ts';
import { TemplateProblem } from './problem.ts';

export const TEMPLATE_PARTS = ['subject', 'text', 'html'] as const;
export type TemplatePart = (typeof TEMPLATE_PARTS)[number];

/** The three parts of one mail as they were written. */
export type TemplateSource = Readonly<Record<TemplatePart, TemplateFile>>;

/** The same as functions of a view whose strings are clean (render.ts). */
export type CompiledParts = Readonly<Record<TemplatePart, (view: object, data: HelperData) => string>>;

/** What the layout knows besides the view. */
export interface LayoutVariables {
  readonly locale: string;
  readonly direction: 'ltr' | 'rtl';
  /** Where its lines begin. */
  readonly side: 'left' | 'right';
}

/**
 * Checks the three parts of a mail with all they refer to, and gives what compiles them: putting styles into elements
 * costs some milliseconds, and most mails of most locales are never sent.
 *
 * @throws TemplateProblem at the first that may not be sent
 */
export function assembleTemplate(
  source: TemplateSource,
  layout: TemplateFile,
  vocabulary: Vocabulary,
): () => CompiledParts {
  checkTemplate(source.subject, 'text', vocabulary);
  checkTemplate(source.text, 'text', vocabulary);
  checkTemplate(source.html, 'html', vocabulary);
  const known: LayoutVariables = { locale: '', direction: 'ltr', side: 'left' };
  checkTemplate(layout, 'layout', { ...vocabulary, example: { ...vocabulary.example, ...known } });
  const html = fillSlots(layout, { ...source.html, source: expand(source.html.source, 'html', vocabulary) });
  let compiled: CompiledParts | null = null;
  return () =>
    (compiled ??= {
      subject: compileSource(expand(source.subject.source, 'text', vocabulary), { noEscape: true }),
      text: compileSource(expand(source.text.source, 'text', vocabulary), { noEscape: true }),
      html: compileSource(juice(html), { noEscape: false }),
    });
}

const PARTIAL = /\{\{>\s*([\w-]+)\s*\}\}/g;

/** Partials are put in before anything is compiled, so that the styles of the layout reach their elements. */
function expand(source: string, role: TemplateRole, vocabulary: Vocabulary): string {
  return source.replaceAll(PARTIAL, (_, name: string) =>
    expand((vocabulary.findPartial(name, role)?.source ?? '').replace(/\n$/, ''), role, vocabulary),
  );
}

/** The whole document before it is compiled. */
function fillSlots(layout: TemplateFile, html: TemplateFile): string {
  const slots = new Map(
    [...html.source.matchAll(/\{\{#\*inline "(\w+)"\}\}(.*?)\{\{\/inline\}\}/gs)].map(([, name = '', body = '']) => [
      name,
      body.trim(),
    ]),
  );
  const document = layout.source.replaceAll(PARTIAL, (_, name: string) => {
    const body = slots.get(name);
    if (body === undefined)
      throw new TemplateProblem(html.name, 1, `{{#*inline "${name}"}} is missing, ${layout.name} shows it`);
    slots.delete(name);
    return body;
  });
  const [unused] = slots.keys();
  if (unused !== undefined)
    throw new TemplateProblem(html.name, 1, `{{#*inline "${unused}"}} is not shown by ${layout.name}`);
  return document;
}
