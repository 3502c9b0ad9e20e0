import { LINK_HOURS } from '../accounts/model.ts';
import type { PasswordProblem } from '../accounts/password-rules.ts';
import { PASSWORD_CHARS } from '../accounts/password-rules.ts';
import { headerText } from '../mail/compose.ts';
import type { Notice, PageFrame, PageWords, RenderedPage } from './portal-template.ts';
import { loadPortalTemplate, NOTICES } from './portal-template.ts';
import { WAIT_MINUTES } from './visitor-budget.ts';

/** What the page behind a link to set a password says. */
export type PasswordPage =
  | {
      readonly is: 'form';
      readonly userName: string;
      /** Why what they sent is not taken; null: they look. */
      readonly problem: PasswordProblem | 'differs' | null;
    }
  | { readonly is: 'done'; readonly userName: string }
  /** The link is used, too old, revoked, or nobody ever made it: whoever looks is not told which. */
  | { readonly is: 'gone' }
  | Notice;

const { render, policy } = loadPortalTemplate('password');

/** The Content-Security-Policy the page is served with. */
export const PASSWORD_PAGE_POLICY = policy;

/** Titles, sentences and statuses; of a form the sentences are in the template. */
const SAYS: Readonly<Record<PasswordPage['is'], PageWords>> = {
  form: { status: 200, title: 'password.title', sentences: [] },
  done: { status: 200, title: 'password.done.title', sentences: ['password.done.user_name', 'password.done.over'] },
  gone: { status: 404, title: 'gone.title', sentences: ['password.gone.once', 'password.gone.another'] },
  ...NOTICES,
};

/** The page as HTML, and its status: needs no script; what is shown of others is text. */
export function renderPasswordPage(view: PasswordPage, frame: PageFrame): RenderedPage {
  const { language } = frame;
  const problem = view.is === 'form' ? view.problem : null;
  const userName = 'userName' in view ? headerText(view.userName) : '';
  const values = { ...PASSWORD_CHARS, hours: LINK_HOURS, minutes: WAIT_MINUTES, userName };
  const said = problem === null ? null : language.words.say(`password.${problem}`, values);
  const form =
    view.is === 'form' ? { userName, problem: said, saysMin: problem !== 'too_short', min: PASSWORD_CHARS.min } : null;
  const words = SAYS[view.is];
  return { status: problem === null ? words.status : 422, html: render(frame, words, values, { form }) };
}
