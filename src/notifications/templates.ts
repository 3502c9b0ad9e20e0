import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import juice from 'juice';
import { headerText } from '../mail/compose.ts';
import { checkTemplate, TEMPLATE_HELPERS } from './template-check.ts';
import type { TemplateFile } from './template-check.ts';
import { MAIL_KINDS } from './mail-kinds.ts';
import type { MailView, NotificationKind } from './views.ts';

/** The three parts of one mail, compiled. Each takes a view whose strings are clean (render.ts) and gives its text. */
export interface MailTemplate {
  readonly subject: (view: MailView) => string;
  readonly text: (view: MailView) => string;
  readonly html: (view: MailView) => string;
}

export type Templates = Readonly<Record<NotificationKind, MailTemplate>>;

const FOLDER = new URL('../../templates/mail/', import.meta.url);
const LAYOUT = 'layouts/mail.hbs';

/**
 * Reads, checks and compiles every mail template of one locale; styles are put into the elements here, once.
 *
 * @param folder ends in a slash; for tests
 * @throws at the first file that may not be sent, with its name and line
 */
export function loadTemplates(locale = 'en', folder: URL = FOLDER): Templates {
  const read = (name: string): TemplateFile => ({ name, source: readFileSync(new URL(name, folder), 'utf8') });
  const layout = read(LAYOUT);
  const load = (kind: NotificationKind): MailTemplate => {
    const { template, example } = MAIL_KINDS[kind];
    const [subject, text, html] = ['subject', 'text', 'html'].map((part) => read(`${locale}/${template}/${part}.hbs`));
    if (subject === undefined || text === undefined || html === undefined) throw new Error('three parts make a mail');
    checkTemplate(subject, 'text', example);
    checkTemplate(text, 'text', example);
    checkTemplate(html, 'html', example);
    checkTemplate(layout, 'layout', example);
    return {
      subject: compile(subject.source, { noEscape: true }),
      text: compile(text.source, { noEscape: true }),
      html: compile(juice(fillSlots(layout, html)), { noEscape: false }),
    };
  };
  const kinds = Object.keys(MAIL_KINDS) as NotificationKind[];
  return Object.fromEntries(kinds.map((kind) => [kind, load(kind)])) as Templates;
}

/** The whole document before it is compiled, so that the styles of the layout reach the elements of the body. */
function fillSlots(layout: TemplateFile, html: TemplateFile): string {
  const slots = new Map(
    [...html.source.matchAll(/\{\{#\*inline "(\w+)"\}\}(.*?)\{\{\/inline\}\}/gs)].map(([, name = '', body = '']) => [
      name,
      body.trim(),
    ]),
  );
  const document = layout.source.replaceAll(/\{\{> (\w+)\}\}/g, (_, name: string) => {
    const body = slots.get(name);
    if (body === undefined)
      throw new Error(`${html.name}:1: {{#*inline "${name}"}} is missing, ${layout.name} shows it`);
    slots.delete(name);
    return body;
  });
  const [unused] = slots.keys();
  if (unused !== undefined) throw new Error(`${html.name}:1: {{#*inline "${unused}"}} is not shown by ${layout.name}`);
  return document;
}

/** juice has gone by when a view comes, so these carry their style themselves. */
const FIRST_PARAGRAPH = '<p style="margin: 0;">';
const NEXT_PARAGRAPH = '<p style="margin: 18px 0 0;">';

const engine = Handlebars.create();
engine.registerHelper('paragraphs', (text: string) => new Handlebars.SafeString(paragraphs(text)));
// The first words, for the line a mail list shows under the subject.
engine.registerHelper('excerpt', (text: string) => headerText(text, 110));
const knownHelpers = Object.fromEntries(Object.keys(TEMPLATE_HELPERS).map((name) => [name, true]));

function compile(source: string, { noEscape }: { readonly noEscape: boolean }): (view: MailView) => string {
  return engine.compile<MailView>(source, { strict: true, knownHelpers, knownHelpersOnly: true, noEscape });
}

/** A person's text as HTML: blank lines part paragraphs, line ends and indentation stay, links are left to the reader's program. */
function paragraphs(text: string): string {
  // Escaped first: from here on every tag is ours.
  const broken = Handlebars.escapeExpression(text).replaceAll('  ', '&nbsp; ').replaceAll('\n', '<br>\n');
  return `${FIRST_PARAGRAPH}${broken.replaceAll(/(?:<br>\n){2,}/g, `</p>\n${NEXT_PARAGRAPH}`)}</p>`;
}
