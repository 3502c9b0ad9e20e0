import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';

/** A page of those that the desk's customers see, compiled once. */
export interface PortalTemplate {
  readonly render: (view: object) => string;
  /** The Content-Security-Policy it is served with: its own style by its hash, its own form, and nothing else. */
  readonly policy: string;
}

/** What a page in one state says, and its HTTP status. */
export interface PageWords {
  readonly status: number;
  readonly title: string;
  readonly sentences: readonly string[];
}

/** @param name of a file of templates/portal, without its end */
export function loadPortalTemplate(name: string): PortalTemplate {
  const source = readFileSync(new URL(`../../templates/portal/${name}.hbs`, import.meta.url), 'utf8');
  const style = /<style>(.*?)<\/style>/s.exec(source)?.[1] ?? '';
  return {
    render: Handlebars.create().compile<object>(source, { strict: true, knownHelpersOnly: true }),
    policy: [
      "default-src 'none'",
      `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ].join('; '),
  };
}

/** What any of them says to whoever tries too often. */
export const TOO_MANY: PageWords = {
  status: 429,
  title: 'Too many tries',
  sentences: ['Too many tries have come from where you are. Please wait for a quarter of an hour, and try again.'],
};
