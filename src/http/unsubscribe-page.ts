import { headerText } from '../mail/compose.ts';
import type { Muted, Standing } from '../notifications/apply-mute.ts';
import type { PageSentence } from '../portal/page-sentences.ts';
import type { Notice, PageFrame, PageWords, RenderedPage } from './portal-template.ts';
import { loadPortalTemplate, NOTICES } from './portal-template.ts';
import { WAIT_MINUTES } from './visitor-budget.ts';

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
  | Notice;

/** What the page's buttons do. */
export const UNSUBSCRIBE_ACTS = {
  mute_ticket: { of: 'ticket', mutes: true, done: 'unsubscribe.done.mute_ticket' },
  unmute_ticket: { of: 'ticket', mutes: false, done: 'unsubscribe.done.unmute_ticket' },
  mute_all: { of: 'all', mutes: true, done: 'unsubscribe.done.mute_all' },
  unmute_all: { of: 'all', mutes: false, done: 'unsubscribe.done.unmute_all' },
} as const satisfies Record<string, { readonly of: Muted; readonly mutes: boolean; readonly done: PageSentence }>;
export type UnsubscribeAct = keyof typeof UNSUBSCRIBE_ACTS;

const { render, policy } = loadPortalTemplate('unsubscribe');

/** The Content-Security-Policy the page is served with. */
export const UNSUBSCRIBE_PAGE_POLICY = policy;

const SAYS: Readonly<Record<UnsubscribePage['is'], PageWords>> = {
  choice: { status: 200, title: 'unsubscribe.title', sentences: [] },
  gone: { status: 404, title: 'gone.title', sentences: ['unsubscribe.gone.newest', 'unsubscribe.gone.answer'] },
  ...NOTICES,
};

/** The page as HTML, and its status: needs no script; what is shown of others is text. */
export function renderUnsubscribePage(view: UnsubscribePage, frame: PageFrame): RenderedPage {
  const words = SAYS[view.is];
  const choice = view.is === 'choice' ? choiceOf(view, frame) : null;
  return { status: words.status, html: render(frame, words, { minutes: WAIT_MINUTES }, { choice }) };
}

function choiceOf(
  { ticket, muted, done }: Extract<UnsubscribePage, { readonly is: 'choice' }>,
  { language }: PageFrame,
) {
  const subject = ticket === null ? '' : headerText(ticket.subject.replaceAll(`[#${ticket.number}]`, ' '), 120);
  const isTheirs = ticket?.isTheirs === true ? 'yes' : 'no';
  // Muting it as well would change nothing that anybody notices.
  const isWithinAll = muted.all && ticket?.isTheirs === false;
  return {
    done: done === null ? null : language.words.say(UNSUBSCRIBE_ACTS[done].done, {}),
    ticket: ticket === null ? null : { number: ticket.number, subject, isTheirs, isWithinAll },
    isTicketMuted: muted.ticket,
    isAllMuted: muted.all,
  };
}
