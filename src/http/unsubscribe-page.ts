import { headerText } from '../mail/compose.ts';
import type { Muted, Standing } from '../notifications/apply-mute.ts';
import type { PageWords } from './portal-template.ts';
import { loadPortalTemplate, TOO_MANY } from './portal-template.ts';

/** What the page behind a link to hear less says. */
export type UnsubscribePage =
  | {
      readonly is: 'choice';
      /** null: the mail told of several. */
      readonly ticket: { readonly number: number; readonly subject: string; readonly isTheirs: boolean } | null;
      readonly muted: Standing;
      /** What they have just done; null: they look. */
      readonly done: UnsubscribeAct | null;
    }
  /** Nobody made the link, or it is of somebody the desk knows no more: whoever looks is not told which. */
  | { readonly is: 'gone' }
  | { readonly is: 'too_many' };

/** What the page's buttons do. */
export const UNSUBSCRIBE_ACTS = {
  mute_ticket: { of: 'ticket', mutes: true, done: 'Done: you get no more notices of this ticket.' },
  unmute_ticket: { of: 'ticket', mutes: false, done: 'Done: you get notices of this ticket again.' },
  mute_all: { of: 'all', mutes: true, done: 'Done: you get no more notices of tickets that others have opened.' },
  unmute_all: { of: 'all', mutes: false, done: 'Done: you get notices of tickets that others have opened again.' },
} as const satisfies Record<string, { readonly of: Muted; readonly mutes: boolean; readonly done: string }>;
export type UnsubscribeAct = keyof typeof UNSUBSCRIBE_ACTS;

const { render, policy } = loadPortalTemplate('unsubscribe');

/** The Content-Security-Policy the page is served with. */
export const UNSUBSCRIBE_PAGE_POLICY = policy;

const SAYS: Readonly<Record<UnsubscribePage['is'], PageWords>> = {
  choice: { status: 200, title: 'Which mail do you want?', sentences: [] },
  gone: {
    status: 404,
    title: 'This link does not work',
    sentences: [
      'Perhaps it was not copied whole. The newest mail you have from us holds one that works.',
      'You can also answer that mail with the one word “unsubscribe”.',
    ],
  },
  too_many: TOO_MANY,
};

/** The page as HTML, and its status: needs no script; what is shown of others is text. */
export function renderUnsubscribePage(
  view: UnsubscribePage,
  deskName: string,
): { readonly status: number; readonly html: string } {
  const { status, title, sentences } = SAYS[view.is];
  return {
    status,
    html: render({
      desk: headerText(deskName),
      title,
      sentences,
      choice: view.is === 'choice' ? choiceOf(view) : null,
    }),
  };
}

function choiceOf({ ticket, muted, done }: Extract<UnsubscribePage, { readonly is: 'choice' }>) {
  const subject = ticket === null ? '' : headerText(ticket.subject.replaceAll(`[#${ticket.number}]`, ' '), 120);
  return {
    done: done === null ? null : UNSUBSCRIBE_ACTS[done].done,
    ticket: ticket === null ? null : { number: ticket.number, subject, isTheirs: ticket.isTheirs },
    isTicketMuted: muted.ticket,
    isAllMuted: muted.all,
  };
}
