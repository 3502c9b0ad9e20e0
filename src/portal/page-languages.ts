import { readdirSync, readFileSync } from 'node:fs';
import { readLocale } from '../mail/locale.ts';
import type { TemplateFile } from '../notifications/templates/check.ts';
import { directionOf, LAST_LOCALE, localeChain } from '../notifications/templates/locales.ts';
import { TemplateProblem } from '../notifications/templates/problem.ts';
import type { Words } from '../notifications/templates/words.ts';
import { readWords } from '../notifications/templates/words.ts';
import { PAGE_SENTENCES } from './page-sentences.ts';

/** A language that the pages for customers can be shown in. */
export interface PageLanguage {
  readonly locale: string;
  readonly direction: 'ltr' | 'rtl';
  /** What the language does not say itself is said by the next in line: de-AT, de, en. */
  readonly words: Words;
  /** The names of sentences that nobody but the last in line says. */
  readonly missing: readonly string[];
}

/** A folder of a language that cannot be used; its readers get the next in line. */
interface UnusableLanguage {
  readonly locale: string;
  /** File, line, and what is wrong there. */
  readonly says: string;
}

/** All languages of the pages. */
export interface PageLanguages {
  /** In alphabetical order. */
  readonly all: readonly PageLanguage[];
  readonly problems: readonly UnusableLanguage[];
  /** The first of these that there are words for, or for its language: nobody wishes for English without saying so. */
  readonly pick: (wishes: readonly string[]) => PageLanguage;
}

const FOLDER = new URL('../../templates/portal/', import.meta.url);
const EXAMPLES = Object.entries(PAGE_SENTENCES);
const ASKED = new Map(EXAMPLES.map(([key, example]) => [key, Object.keys(example)] as const));

/**
 * Reads the sentences of every language that has a folder.
 *
 * @param folder ends in a slash; for tests
 * @throws TemplateProblem when the last language in line cannot be used
 */
export function loadPageLanguages(folder: URL = FOLDER): PageLanguages {
  const read = new Map([[LAST_LOCALE, readLanguage(folder, LAST_LOCALE, null)]]);
  const problems: UnusableLanguage[] = [];
  // In this order, so that de is there before de-AT.
  for (const locale of foldersIn(folder).filter((name) => name !== LAST_LOCALE)) {
    try {
      const behind = localeChain(locale).find((one) => read.has(one)) ?? LAST_LOCALE;
      read.set(locale, readLanguage(folder, locale, read.get(behind) ?? null));
    } catch (error) {
      if (!(error instanceof TemplateProblem)) throw error;
      problems.push({ locale, says: error.message });
    }
  }
  const last = get(read, LAST_LOCALE);
  return {
    all: [...read.values()].toSorted((a, b) => (a.locale < b.locale ? -1 : 1)),
    problems,
    pick: (wishes) => {
      const found = wishes.flatMap(ownChain).find((locale) => read.has(locale));
      return found === undefined ? last : get(read, found);
    },
  };
}

let kept: PageLanguages | null = null;

/** Those that come with the program and whatever folder was put beside them, read once. */
export const pageLanguages = (): PageLanguages => (kept ??= loadPageLanguages());

const foldersIn = (folder: URL): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();

function readLanguage(folder: URL, locale: string, behind: PageLanguage | null): PageLanguage {
  const name = `portal/${locale}/messages.json`;
  const tag = readLocale(locale);
  if (!tag.ok) throw new TemplateProblem(name, 1, `the name of its folder ${tag.error}`);
  if (tag.value !== locale) throw new TemplateProblem(name, 1, `the name of its folder is written "${tag.value}"`);
  const file: TemplateFile = { name, source: readSource(new URL(`${locale}/messages.json`, folder), name) };
  const words = readWords(file, locale, behind?.words ?? null, ASKED);
  for (const [key, example] of EXAMPLES) trySentence(file, words, key, example);
  const missing = behind === null ? [] : behind.locale === LAST_LOCALE ? [...ASKED.keys()] : behind.missing;
  return {
    locale,
    direction: directionOf(locale),
    words,
    missing: missing.filter((key) => !words.isOwn(key)),
  };
}

/** What the person who put it there can mend is said to them: it may be missing, a folder, or readable to others alone. */
function readSource(url: URL, name: string): string {
  try {
    return readFileSync(url, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const says = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? message})`;
    throw new TemplateProblem(name, 1, says);
  }
}

/** A page that is asked for is no time to find out. */
function trySentence(file: TemplateFile, words: Words, key: string, example: Parameters<Words['say']>[1]): void {
  try {
    if (words.say(key, example).trim() === '') throw new Error('it says nothing');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TemplateProblem(file.name, words.lineOf(key), `"${key}" cannot be said: ${reason}`);
  }
}

/** A language and those that its readers read as well, but not the last in line. */
const ownChain = (wanted: string): readonly string[] => {
  const [language] = wanted.replaceAll('_', '-').split('-');
  return localeChain(wanted).filter((locale) => locale !== LAST_LOCALE || language === LAST_LOCALE);
};

function get(languages: ReadonlyMap<string, PageLanguage>, locale: string): PageLanguage {
  const found = languages.get(locale);
  if (found === undefined) throw new Error(`the language ${locale} was not read`);
  return found;
}
