import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { headerText } from '../mail/compose.ts';

/** What the page behind a link to set a password says. */
export type PasswordPage =
  | { readonly is: 'form'; readonly userName: string; readonly problem: string | null }
  | { readonly is: 'done'; readonly userName: string }
  /** The link is used, too old, revoked, or nobody ever made it: whoever looks is not told which. */
  | { readonly is: 'gone' }
  | { readonly is: 'too_many' };

const SOURCE = readFileSync(new URL('../../templates/portal/password.hbs', import.meta.url), 'utf8');
const page = Handlebars.create().compile(SOURCE, { strict: true, knownHelpersOnly: true });
const style = /<style>(.*?)<\/style>/s.exec(SOURCE)?.[1] ?? '';

/** The Content-Security-Policy the page is served with: its own style by its hash, its own form, and nothing else. */
export const PASSWORD_PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Titles, sentences and statuses; of a form the sentences are in the template. */
const SAYS: {
  readonly [Is in PasswordPage['is']]: {
    readonly status: number;
    readonly title: string;
    readonly sentences: readonly string[];
  };
} = {
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
  too_many: {
    status: 429,
    title: 'Too many tries',
    sentences: ['Too many tries have come from where you are. Please wait for a quarter of an hour, and try again.'],
  },
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
    html: page({ desk: headerText(deskName), title, sentences, form }),
  };
}
