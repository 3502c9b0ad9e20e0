import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { headerText } from '../mail/compose.ts';
import type { Words, WordValues } from '../notifications/templates/words.ts';
import type { PageLanguage } from '../portal/page-languages.ts';
import type { PageSentence } from '../portal/page-sentences.ts';

/** A page of those that the desk's customers see, compiled once. */
export interface PortalTemplate {
  readonly render: (frame: PageFrame, words: PageWords, values: WordValues, view: object) => string;
  /** The Content-Security-Policy it is served with: its own style by its hash, its own form, and nothing else. */
  readonly policy: string;
}

/** Whose page it is, and in which language. */
export interface PageFrame {
  /** '': not known. */
  readonly deskName: string;
  readonly language: PageLanguage;
}

/** What a page in one state says, and its HTTP status. */
export interface PageWords {
  readonly status: number;
  readonly title: PageSentence;
  readonly sentences: readonly PageSentence[];
}

/** A page as it is sent. */
export interface RenderedPage {
  readonly status: number;
  readonly html: string;
}

/** What any of the pages may say whatever its link is. */
export type Notice =
  | { readonly is: 'too_many' }
  /** The request is none. */
  | { readonly is: 'unclear' }
  /** We are broken. */
  | { readonly is: 'trouble' };

/** How they say it. */
export const NOTICES: Readonly<Record<Notice['is'], PageWords>> = {
  too_many: { status: 429, title: 'too_many.title', sentences: ['too_many.wait'] },
  unclear: { status: 400, title: 'unclear.title', sentences: ['unclear.again'] },
  trouble: { status: 500, title: 'trouble.title', sentences: ['trouble.again'] },
};

const engine = Handlebars.create();
engine.registerHelper('say', (sentence: PageSentence, { hash, data }: Handlebars.HelperOptions) =>
  wordsOf(data).say(sentence, hash as WordValues),
);
/** What Handlebars hands on is of our making: `render`. */
const wordsOf = (data: unknown): Words => (data as { readonly words: Words }).words;

/** @param name of a file of templates/portal, without its end */
export function loadPortalTemplate(name: string): PortalTemplate {
  const source = readFileSync(new URL(`../../templates/portal/${name}.hbs`, import.meta.url), 'utf8');
  const style = /<style>(.*?)<\/style>/s.exec(source)?.[1] ?? '';
  const fill = engine.compile<object>(source, { strict: true, knownHelpers: { say: true }, knownHelpersOnly: true });
  return {
    render: ({ deskName, language: { locale, direction, words } }, { title, sentences }, values, view) => {
      const [titleText, ...texts] = [title, ...sentences].map((sentence) => words.say(sentence, values));
      const frame = { locale, direction, desk: headerText(deskName), title: titleText, sentences: texts };
      return fill({ ...frame, ...view }, { data: { words } });
    },
    policy: [
      "default-src 'none'",
      `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ].join('; '),
  };
}
