import { headerText } from '../mail/compose.ts';
import type { PageWords } from './portal-template.ts';
import { loadPortalTemplate, TOO_MANY } from './portal-template.ts';

/** What the page behind a link to set a password says. */
export type PasswordPage =
  | { readonly is: 'form'; readonly userName: string; readonly problem: string | null }
  | { readonly is: 'done'; readonly userName: string }
  /** The link is used, too old, revoked, or nobody ever made it: whoever looks is not told which. */
  | { readonly is: 'gone' }
  | { readonly is: 'too_many' };

const { render, policy } = loadPortalTemplate('password');

/** The Content-Security-Policy the page is served with. */
export const PASSWORD_PAGE_POLICY = policy;

/** Titles, sentences and statuses; of a form the sentences are in the template. */
const SAYS: Readonly<Record<PasswordPage['is'], PageWords>> = {
  form: { status: 200, title: 'Set your password', sentences: [] },
  done: {
    status: 200,
    title: 'Your password is set',
    sentences: ['This link works no more. You can close this page.'],
  },
  gone: {
    status: 404,
    title: 'This link does not work',
    sentences: [
      'Links like this one work once, within 72 hours, and only the newest of them.',
      'If you need another, write to the desk that sent it to you.',
    ],
  },
  too_many: TOO_MANY,
};

/** The page as HTML, and its status: needs no script; what is shown of others is text. */
export function renderPasswordPage(
  view: PasswordPage,
  deskName: string,
): { readonly status: number; readonly html: string } {
  const { status, title, sentences } = SAYS[view.is];
  const form = view.is === 'form' ? { userName: headerText(view.userName), problem: view.problem } : null;
  const isRefused = view.is === 'form' && view.problem !== null;
  return {
    status: isRefused ? 422 : status,
    html: render({ desk: headerText(deskName), title, sentences, form }),
  };
}
