import Handlebars from 'handlebars';
import { headerText } from '../../mail/compose.ts';
import { momentText } from './locales.ts';
import type { Words, WordValues } from './words.ts';
import { eventKey } from './words.ts';

/** A layout may ask for slots; an HTML body fills them; a line of text does neither. */
export type TemplateRole = 'text' | 'html' | 'layout';

interface HelperRow {
  /** For operators: docs/templates.md. */
  readonly says: string;
  readonly example: string;
  readonly roles: readonly TemplateRole[];
  /** What it is given: variables, so many; or the key of a message, and variables by name. */
  readonly takes: { readonly variables: number } | 'message';
}

const EVERYWHERE = ['text', 'html', 'layout'] as const;

/** The helpers a template may call, and where. */
export const TEMPLATE_HELPERS: Readonly<Record<string, HelperRow>> = {
  message: {
    says: "a sentence of the language's messages.json, in singular or plural as its numbers ask",
    example: '{{message "digest.subject" count=items.length desk=desk.name}}',
    roles: EVERYWHERE,
    takes: 'message',
  },
  moment: {
    says: "a time in words, in the reader's language and the desk's time zone",
    example: '{{moment entry.at}}',
    roles: EVERYWHERE,
    takes: { variables: 1 },
  },
  event: {
    says: 'in a digest: what happened, as a sentence',
    example: '{{event kind authorName}}',
    roles: EVERYWHERE,
    takes: { variables: 2 },
  },
  quote: {
    says: 'what somebody wrote, each line behind a ">"',
    example: '{{quote entry.text}}',
    roles: ['text'],
    takes: { variables: 1 },
  },
  paragraphs: {
    says: 'what somebody wrote, in paragraphs',
    example: '{{paragraphs entry.text}}',
    roles: ['html'],
    takes: { variables: 1 },
  },
  excerpt: {
    says: 'the first words of what somebody wrote',
    example: '{{excerpt entry.text}}',
    roles: ['html'],
    takes: { variables: 1 },
  },
};

/** Blocks, and their examples. */
export const TEMPLATE_BLOCKS: Readonly<Record<string, string>> = {
  if: '{{#if ticket.subject}}...{{else}}...{{/if}}',
  unless: '{{#unless ticket.subject}}...{{/unless}}',
  each: '{{#each items}}...{{/each}}',
};

/** What helpers know beside their arguments. */
export interface HelperData {
  readonly words: Words;
  /** In which times are written. */
  readonly momentLocale: string;
}

const engine = Handlebars.create();
engine.registerHelper('message', (key: string, { hash, data }: Handlebars.HelperOptions) =>
  dataOf(data).words.say(key, hash as WordValues),
);
engine.registerHelper('moment', (at: string, { data }: Handlebars.HelperOptions) =>
  momentText(at, dataOf(data).momentLocale, timeZoneOf(data)),
);
engine.registerHelper('event', (kind: string, author: string | null, { data }: Handlebars.HelperOptions) =>
  dataOf(data).words.say(eventKey(kind), { author: author ?? '', hasAuthor: hasWords(author) }),
);
engine.registerHelper('quote', (text: string) => text.replace(/^/gm, '> ').replace(/^> $/gm, '>'));
engine.registerHelper('paragraphs', (text: string) => new Handlebars.SafeString(paragraphs(text)));
// The first words, for the line a mail list shows under the subject.
engine.registerHelper('excerpt', (text: string) => headerText(text, 110));
const knownHelpers = Object.fromEntries(Object.keys(TEMPLATE_HELPERS).map((name) => [name, true]));

/** For messages that say it one way or another. */
export const hasWords = (text: string | null): string => (text === null || text === '' ? 'no' : 'yes');

/** What Handlebars hands on is of our making: `compileSource`. */
const dataOf = (data: unknown): HelperData => data as HelperData;
const timeZoneOf = (data: unknown): string =>
  (data as { readonly root: { readonly desk: { readonly timeZone: string } } }).root.desk.timeZone;

/** One part as a function. Strict: a name that the view lacks is an error, and nothing comes out raw. */
export function compileSource(
  source: string,
  { noEscape }: { readonly noEscape: boolean },
): (view: object, data: HelperData) => string {
  const compiled = engine.compile<object>(source, { strict: true, knownHelpers, knownHelpersOnly: true, noEscape });
  return (view, data) => compiled(view, { data });
}

/** juice has gone by when a view comes, so these carry their style themselves. */
const FIRST_PARAGRAPH = '<p style="margin: 0;">';
const NEXT_PARAGRAPH = '<p style="margin: 18px 0 0;">';

/** A person's text as HTML: blank lines part paragraphs, line ends and indentation stay, links are left to the reader's program. */
function paragraphs(text: string): string {
  // Escaped first: from here on every tag is ours.
  const broken = Handlebars.escapeExpression(text).replaceAll('  ', '&nbsp; ').replaceAll('\n', '<br>\n');
  return `${FIRST_PARAGRAPH}${broken.replaceAll(/(?:<br>\n){2,}/g, `</p>\n${NEXT_PARAGRAPH}`)}</p>`;
}
