import type { TemplateFiles } from './templates/files.ts';
import { openTemplateFiles } from './templates/files.ts';
import type { CompiledParts, TemplateSource } from './templates/assemble.ts';
import { assembleTemplate } from './templates/assemble.ts';
import type { Vocabulary } from './templates/check.ts';
import { LAST_LOCALE, localeChain } from './templates/locales.ts';
import { TemplateProblem } from './templates/problem.ts';
import type { Words } from './templates/words.ts';
import { MAIL_MESSAGES, readWords } from './templates/words.ts';
import { MAIL_KINDS } from './mail-kinds.ts';
import type { NotificationKind } from './views.ts';

/** One mail of one language, ready to be filled. */
export interface MailTemplate {
  readonly locale: string;
  /** Of an operator; null: our files. */
  readonly version: number | null;
  readonly words: Words;
  readonly source: TemplateSource;
  readonly parts: () => CompiledParts;
}

/** All that the desk can say by mail. */
export interface Templates {
  /** In which there is any template, in alphabetical order. */
  readonly locales: readonly string[];
  /** The template for a reader of this locale: theirs, their language's, English. */
  readonly pick: (kind: NotificationKind, locale: string) => MailTemplate;
  /** The one of exactly this locale; null: there is none, and readers get another. */
  readonly find: (kind: NotificationKind, locale: string) => MailTemplate | null;
  /** What is not used because it may not be sent; readers get the next in line. */
  readonly problems: readonly UnusableTemplate[];
}

export interface UnusableTemplate {
  readonly locale: string;
  /** null: the whole locale, for its messages. */
  readonly kind: NotificationKind | null;
  /** Of an operator; null: our files. */
  readonly version: number | null;
  /** File or part, line, and what is wrong there. */
  readonly says: string;
}

/** What operators wrote in the place of a file. */
export interface TemplateOverride {
  readonly kind: string;
  readonly locale: string;
  readonly version: number;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The files as they were checked, and the way to check and use others in their place. */
export interface TemplateLibrary {
  readonly shipped: Templates;
  /** @throws TemplateProblem when it may not be sent */
  readonly assemble: (override: Omit<TemplateOverride, 'version'>, version: number | null) => MailTemplate;
  /** The files, and these in their place as far as they may be sent. */
  readonly withOverrides: (overrides: readonly TemplateOverride[]) => Templates;
}

export const MAIL_KIND_NAMES = Object.keys(MAIL_KINDS) as readonly NotificationKind[];

/**
 * Reads and checks every mail template of every language that has a folder.
 *
 * @param folder ends in a slash; for tests
 * @throws TemplateProblem at the first file of the last language in line that may not be sent
 */
export function loadLibrary(folder?: URL): TemplateLibrary {
  const files = openTemplateFiles(folder);
  const problems: UnusableTemplate[] = [];
  const wordsOf = readAllWords(files, problems);
  const found = new Map<string, MailTemplate>();
  for (const locale of files.locales) {
    for (const kind of MAIL_KIND_NAMES) {
      const template = attempt(problems, { locale, kind, version: null }, () => {
        const source = files.source(locale, kind);
        return source === null ? null : assembleWith(files, wordsOf, kind, locale, source, null);
      });
      if (template !== null) found.set(keyOf(kind, locale), template);
    }
  }
  const missing = MAIL_KIND_NAMES.find((kind) => !found.has(keyOf(kind, LAST_LOCALE)));
  if (missing !== undefined) throw new Error(`there is no template ${LAST_LOCALE}/${MAIL_KINDS[missing].template}`);
  const assemble: TemplateLibrary['assemble'] = ({ kind, locale, ...parts }, version) => {
    const known = MAIL_KIND_NAMES.find((one) => one === kind);
    if (known === undefined) throw new Error(`there is no mail of kind ${kind}`);
    const source = {
      subject: { name: 'subject', source: parts.subject },
      text: { name: 'text', source: parts.text },
      html: { name: 'html', source: parts.html },
    };
    return assembleWith(files, wordsOf, known, locale, source, version);
  };
  return {
    shipped: templatesOf(found, problems),
    assemble,
    withOverrides: (overrides) => {
      const all = new Map(found);
      const unusable = [...problems];
      for (const override of overrides) {
        const { locale, version } = override;
        const kind = MAIL_KIND_NAMES.find((one) => one === override.kind);
        // Of a release that has this kind no more, or not yet.
        if (kind === undefined) continue;
        const template = attempt(unusable, { locale, kind, version }, () => assemble(override, version));
        if (template !== null) all.set(keyOf(kind, locale), template);
      }
      return templatesOf(all, unusable);
    },
  };
}

let library: TemplateLibrary | null = null;

/** Those that come with the program, read once. */
export const templateLibrary = (): TemplateLibrary => (library ??= loadLibrary());

/** The files alone, whatever operators wrote in their place: for tests, and where there is no database. */
export const loadTemplates = (): Templates => templateLibrary().shipped;

const keyOf = (kind: string, locale: string): string => `${locale}/${kind}`;

function templatesOf(found: ReadonlyMap<string, MailTemplate>, problems: readonly UnusableTemplate[]): Templates {
  const find = (kind: NotificationKind, locale: string): MailTemplate | null => found.get(keyOf(kind, locale)) ?? null;
  return {
    locales: [...new Set([...found.values()].map(({ locale }) => locale))].toSorted(),
    find,
    pick: (kind, wanted) => {
      for (const locale of localeChain(wanted)) {
        const template = find(kind, locale);
        if (template !== null) return template;
      }
      throw new Error(`there is no template for ${kind}`);
    },
    problems,
  };
}

type WordsOf = (locale: string) => Words;

function readAllWords(files: TemplateFiles, problems: UnusableTemplate[]): WordsOf {
  const last = files.messages(LAST_LOCALE);
  if (last === null) throw new Error(`there is no template file ${LAST_LOCALE}/messages.json`);
  const lastWords = readWords(last, LAST_LOCALE, null, MAIL_MESSAGES);
  const read = new Map([[LAST_LOCALE, lastWords]]);
  for (const locale of files.locales) {
    const file = files.messages(locale);
    if (file === null || locale === LAST_LOCALE) continue;
    const words = attempt(problems, { locale, kind: null, version: null }, () =>
      readWords(file, locale, lastWords, MAIL_MESSAGES),
    );
    if (words !== null) read.set(locale, words);
  }
  return (wanted) => {
    const locale = localeChain(wanted).find((one) => read.has(one)) ?? LAST_LOCALE;
    return read.get(locale) ?? lastWords;
  };
}

function assembleWith(
  files: TemplateFiles,
  wordsOf: WordsOf,
  kind: NotificationKind,
  locale: string,
  source: TemplateSource,
  version: number | null,
): MailTemplate {
  const words = wordsOf(locale);
  const findPartial: Vocabulary['findPartial'] = (name, role) => {
    for (const one of localeChain(locale)) {
      const partial = files.partial(one, name, role);
      if (partial !== null) return partial;
    }
    return null;
  };
  const vocabulary = { example: MAIL_KINDS[kind].example, words, findPartial };
  return { locale, version, words, source, parts: assembleTemplate(source, files.layout, vocabulary) };
}

/** What the last locale in line cannot say, nobody can: that is thrown. */
function attempt<T>(
  problems: UnusableTemplate[],
  which: Omit<UnusableTemplate, 'says'>,
  make: () => T | null,
): T | null {
  try {
    return make();
  } catch (error) {
    if (which.version === null && which.locale === LAST_LOCALE) throw error;
    const says = error instanceof TemplateProblem ? error.message : String(error);
    problems.push({ ...which, says });
    return null;
  }
}
