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

function cleanView(view: MailView): MailView {
  const desk = { name: line(view.desk.name), address: line(view.desk.address) };
  if (view.kind === 'ticket_opened') return { ...view, desk };
  const recipient = { name: view.recipient.name === null ? null : line(view.recipient.name) };
  if (view.kind === 'contact_welcomed') {
    return { ...view, desk, recipient, userName: view.userName === null ? null : line(view.userName) };
  }
  if (view.kind === 'password_link') return { ...view, desk, recipient, userName: line(view.userName) };
  const ticket = { ...view.ticket, subject: ownSubject(view.ticket) };
  if (view.kind === 'ticket_closed') return { ...view, desk, ticket, recipient };
  const entry = { ...view.entry, authorName: line(view.entry.authorName), text: paragraphsOf(view.entry.text) };
  if (view.kind === 'agent_replied') return { ...view, desk, ticket, recipient, entry };
  const requester = { name: view.requester.name === null ? null : line(view.requester.name) };
  return { ...view, desk, ticket, recipient, requester, entry };
}

function line(value: string): string {
  return headerText(value, MAX_LINE_CHARS);
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
