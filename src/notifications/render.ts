import { bodyText, headerText } from '../mail/compose.ts';
import type { LayoutVariables } from './templates/assemble.ts';
import { hasWords } from './templates/helpers.ts';
import { directionOf, momentLocale } from './templates/locales.ts';
import { CUT_KEY } from './templates/words.ts';
import type { MailTemplate, Templates } from './templates.ts';
import type { MailView } from './views.ts';

export interface RenderedMail {
  /** One line. */
  readonly subject: string;
  /** LF line ends. */
  readonly text: string;
  readonly html: string;
  /** The language it is written in: BCP 47. */
  readonly locale: string;
}

const MAX_LINE_CHARS = 200;

/**
 * One mail in words. Whatever a view's strings hold comes out as text: a line stays one line, nothing turns the
 * direction of what follows, and no character of it is markup.
 *
 * @param locale the reader's: BCP 47, or anything; the best template for it is taken
 * @throws when a template names what the view does not have: the notification is `failed(template)`
 */
export function renderMail(templates: Templates, view: MailView, locale: string): RenderedMail {
  return fillTemplate(templates.pick(view.kind, locale), view, locale);
}

/** The same with this template. */
export function fillTemplate(template: MailTemplate, view: MailView, locale: string): RenderedMail {
  const { locale: written, words } = template;
  const parts = template.parts();
  const data = { words, momentLocale: momentLocale(locale, written) };
  const clean = cleanView(view);
  const direction = directionOf(written);
  const layout: LayoutVariables = { locale: written, direction, side: direction === 'rtl' ? 'right' : 'left' };
  return {
    subject: headerText(parts.subject(clean, data)),
    text: `${parts.text(clean, data).trimEnd()}\n`,
    html: shortEnough(clean, numberOf(view), template, (fitting) => parts.html({ ...fitting, ...layout }, data)),
    locale: written,
  };
}

/** Gmail cuts the HTML of a mail at 102 KB, and with it what stands at its end. */
export const MAX_HTML_BYTES = 100_000;
/** Of lines, however many there are of them. */
const MIN_LINE_CHARS = 60;

/**
 * The HTML with as much of what people wrote as it may have; where that is not all, it says where the rest is. The text
 * part has all of it.
 */
function shortEnough(
  view: MailView,
  number: number | null,
  { words }: MailTemplate,
  render: (view: MailView) => string,
): string {
  const rest = words.say(CUT_KEY, { number: number ?? 0, hasNumber: hasWords(number === null ? null : 'number') });
  let limit = MAX_HTML_BYTES;
  for (;;) {
    const html = render(cutView(view, limit, rest));
    const sizeBytes = Buffer.byteLength(html);
    if (sizeBytes <= MAX_HTML_BYTES || limit === 0) return html;
    // What is written is no smaller than its letters; less by a tenth than what would do, so that it ends.
    limit = Math.floor(Math.min(limit, longestText(view)) * (MAX_HTML_BYTES / sizeBytes) * 0.9);
  }
}

const longestText = (view: MailView): number =>
  'items' in view
    ? Math.max(MIN_LINE_CHARS, ...view.items.map(({ text }) => text?.length ?? 0))
    : 'entry' in view
      ? view.entry.text.length
      : 0;

function cutView(view: MailView, limit: number, rest: string): MailView {
  if ('entry' in view && view.entry.text.length > limit) {
    return { ...view, entry: { ...view.entry, text: `${beginning(view.entry.text, limit)} …\n\n[${rest}]` } };
  }
  if (!('items' in view) || limit >= MAX_LINE_CHARS * 3) return view;
  const short = (value: string | null, most: number): string | null =>
    value === null || value.length <= most ? value : `${beginning(value, most)}…`;
  const lineChars = Math.max(MIN_LINE_CHARS, limit);
  const items = view.items.map((item) => ({
    ...item,
    subject: short(item.subject, lineChars),
    authorName: short(item.authorName, lineChars),
    text: short(item.text, limit),
  }));
  return { ...view, items };
}

/** Never half a letter. */
const beginning = (text: string, chars: number): string =>
  text
    .slice(0, chars)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd();

const numberOf = (view: MailView): number | null => ('ticket' in view ? view.ticket.number : null);

/** Each string by its name in the view; what is not named here is one line. */
const CLEANED: Readonly<Record<string, (value: string) => string>> = {
  text: paragraphsOf,
  problem: bodyText,
  said: (value) => headerText(value),
  // A token must come out as it went in; what they hold is ours.
  link: (value) => value,
  password: (value) => value,
};

function cleanView<View>(view: View): View {
  if (Array.isArray(view)) return view.map((one: unknown) => cleanView(one)) as View;
  if (typeof view !== 'object' || view === null) return view;
  const clean = Object.entries(view).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === 'string' ? (CLEANED[name] ?? line)(value) : cleanView(value),
  ]);
  return withOwnSubject(Object.fromEntries(clean)) as View;
}

function line(value: string): string {
  return headerText(value, MAX_LINE_CHARS);
}

/** What is a ticket in a view: it has a number and a subject. */
function withOwnSubject(part: Record<string, unknown>): Record<string, unknown> {
  const { number, subject } = part;
  if (typeof number !== 'number' || subject === undefined) return part;
  return { ...part, subject: ownSubject({ number, subject: typeof subject === 'string' ? subject : null }) };
}

/** The customer's subject without the "Re:" and the number that our own subject line brings. */
function ownSubject(ticket: { readonly number: number; readonly subject: string | null }): string | null {
  const subject = line((ticket.subject ?? '').replaceAll(`[#${ticket.number}]`, ' ')).replace(/^(?:re ?: ?)+/i, '');
  return subject === '' ? null : subject;
}

/** No white space where nobody sees it: line ends, the beginning, the end. */
function paragraphsOf(text: string): string {
  const lines = bodyText(text)
    .split('\n')
    .map((each) => each.trimEnd());
  return lines.join('\n').replace(/^\n+/, '').trimEnd();
}
