import { bodyText, headerText } from '../mail/compose.ts';
import type { Templates } from './templates.ts';
import type { MailView } from './views.ts';

export interface RenderedMail {
  /** One line. */
  readonly subject: string;
  /** LF line ends. */
  readonly text: string;
  readonly html: string;
}

const MAX_LINE_CHARS = 200;

/**
 * One mail in words. Whatever a view's strings hold comes out as text: a line stays one line, nothing turns the
 * direction of what follows, and no character of it is markup.
 *
 * @throws when a template names what the view does not have: the notification is `failed(template)`
 */
export function renderMail(templates: Templates, view: MailView): RenderedMail {
  const template = templates[view.kind];
  const clean = cleanView(view);
  return {
    subject: headerText(template.subject(clean)),
    text: `${template.text(clean).trimEnd()}\n`,
    html: template.html(clean),
  };
}

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
