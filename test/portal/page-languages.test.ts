import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { IntlMessageFormat } from 'intl-messageformat';
import { afterEach, describe, expect, test } from 'vitest';
import { readMuteWish } from '../../src/mail/unsubscribe-words.ts';
import { loadPageLanguages, pageLanguages } from '../../src/portal/page-languages.ts';
import { PAGE_SENTENCES } from '../../src/portal/page-sentences.ts';

// Issue 5: the pages behind the links of N-04 and T-05 in every language that has a folder.

const SHIPPED = new URL('../../templates/portal/', import.meta.url);
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** The shipped languages, and beside them one whose file says this. */
function withFile(locale: string, messages: string | null) {
  const folder = mkdtempSync(join(tmpdir(), 'deskbell-pages-'));
  folders.push(folder);
  cpSync(SHIPPED, folder, { recursive: true });
  mkdirSync(join(folder, locale), { recursive: true });
  if (messages !== null) writeFileSync(join(folder, locale, 'messages.json'), messages);
  return loadPageLanguages(pathToFileURL(`${folder}/`));
}
const sentencesOf = (locale: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(new URL(`${locale}/messages.json`, SHIPPED), 'utf8')) as Record<string, string>;

describe('the languages that come with the program', () => {
  test('are English and German, and can be used', () => {
    expect(pageLanguages().all.map(({ locale }) => locale)).toEqual(['de', 'en']);
    expect(pageLanguages().problems).toEqual([]);
  });

  test.each(pageLanguages().all.map(({ locale }) => [locale]))(
    'say in %s every sentence, and none that nobody asks for',
    (locale) => {
      expect(Object.keys(sentencesOf(locale))).toEqual(Object.keys(PAGE_SENTENCES));
      expect(pageLanguages().all.find((one) => one.locale === locale)?.missing).toEqual([]);
    },
  );

  test.each(pageLanguages().all.map(({ locale }) => [locale]))('name in %s all that a sentence may name', (locale) => {
    for (const [key, written] of Object.entries(sentencesOf(locale))) {
      const named = new IntlMessageFormat(written, locale)
        .getAst()
        .flatMap((part) => ('value' in part && part.type !== 0 ? [part.value] : []));
      expect([key, named]).toEqual([key, Object.keys(PAGE_SENTENCES[key as keyof typeof PAGE_SENTENCES])]);
    }
  });

  test.each(pageLanguages().all.map(({ locale }) => [locale]))(
    'name in %s a word to answer that we understand',
    (locale) => {
      const word = /[“„](.+)[”“]/.exec(sentencesOf(locale)['unsubscribe.gone.answer'] ?? '')?.[1];
      expect([word, readMuteWish(word ?? '')]).toEqual([word, 'surely']);
    },
  );

  test('are asked for all they say: by a template, or by a table', () => {
    const places = ['templates/portal/password.hbs', 'templates/portal/unsubscribe.hbs', 'src/http/password-page.ts'];
    const code = [
      ...places,
      'src/http/unsubscribe-page.ts',
      'src/http/unsubscribe-routes.ts',
      'src/http/portal-template.ts',
    ]
      .map((file) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'))
      .join('\n');
    const asked = [...code.matchAll(/["']((?:password|unsubscribe|gone|too_many|unclear|trouble)\.[\w.]+)["']/g)].map(
      ([, key]) => key,
    );
    const problems = ['too_short', 'too_long', 'names_owner', 'common', 'differs'].map((one) => `password.${one}`);
    expect(new Set([...asked, ...problems])).toEqual(new Set(Object.keys(PAGE_SENTENCES)));
  });
});

describe('of what somebody wishes', () => {
  const wishes = (...all: string[]): string => pageLanguages().pick(all).locale;
  test.each<[string, readonly string[], string]>([
    ['nothing is English', [], 'en'],
    ['a language is that', ['de'], 'de'],
    ['a region is its language', ['de-AT'], 'de'],
    ['a script and a region too', ['de_Latn_CH'], 'de'],
    ['the first that is there counts', ['fr', 'de', 'en'], 'de'],
    ['English counts before what comes later', ['en-GB', 'de'], 'en'],
    ['nothing that is there is English', ['fr', 'tlh', '../de', '__proto__', ''], 'en'],
  ])('%s', (_, all, locale) => expect(wishes(...all)).toBe(locale));
});

describe('a further language', () => {
  test('is a file alone; what it lacks is said in English, sentence by sentence', () => {
    const { pick, problems } = withFile('ar', '{"password.set": "احفظ كلمة المرور"}');
    const { locale, direction, words, missing } = pick(['ar-EG']);
    expect([locale, direction, problems]).toEqual(['ar', 'rtl', []]);
    expect(words.say('password.set', {})).toBe('احفظ كلمة المرور');
    expect(words.say('password.title', {})).toBe('Set your password');
    expect(missing).toHaveLength(Object.keys(PAGE_SENTENCES).length - 1);
    expect(missing).not.toContain('password.set');
  });

  test('of a region says what it says otherwise; its language says the rest', () => {
    const { pick } = withFile('de-CH', '{"unsubscribe.all": "Alle Anfragen ausser Ihren eigenen"}');
    const { words, missing } = pick(['de-CH']);
    expect(words.say('unsubscribe.all', {})).toBe('Alle Anfragen ausser Ihren eigenen');
    expect(words.say('password.title', {})).toBe('Legen Sie Ihr Passwort fest');
    expect(missing).toEqual([]);
    expect(pick(['de']).words.say('unsubscribe.all', {})).toContain('außer');
  });

  test('counts in its own way', () => {
    const plural = '{min, plural, one {# знак} few {# знаки} many {# знаков} other {# знака}}';
    const { words } = withFile('ru', JSON.stringify({ 'password.hint': plural })).pick(['ru']);
    expect([1, 3, 12].map((min) => words.say('password.hint', { min }))).toEqual(['1 знак', '3 знаки', '12 знаков']);
  });

  test('whose file cannot be read is named, and the pages go on without it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'deskbell-pages-'));
    folders.push(folder);
    cpSync(SHIPPED, folder, { recursive: true });
    // As one that is readable to others alone, which root would read all the same.
    mkdirSync(join(folder, 'fr/messages.json'), { recursive: true });
    const languages = loadPageLanguages(pathToFileURL(`${folder}/`));
    expect(languages.problems).toEqual([
      { locale: 'fr', says: 'portal/fr/messages.json:1: it cannot be read (EISDIR)' },
    ]);
    expect(languages.pick(['fr', 'de']).locale).toBe('de');
  });

  test.each<[string, string, string | null, string]>([
    ['is no JSON', 'fr', '{', 'portal/fr/messages.json:1: '],
    ['is no object', 'fr', '[]', 'portal/fr/messages.json:1: an object of messages is expected'],
    ['has no file', 'fr', null, 'portal/fr/messages.json:1: there is no such file'],
    [
      'is in a folder of no language',
      'french',
      '{}',
      'the name of its folder is a language such as de or en-GB, not "french"',
    ],
    ['is in a folder that nobody would ask for', 'pt-br', '{}', 'the name of its folder is written "pt-BR"'],
    ['has a number for a sentence', 'fr', '{"gone.title": 1}', 'portal/fr/messages.json:1: "gone.title" is not a text'],
    [
      'has a sentence that says nothing',
      'fr',
      '{\n"gone.title": " "}',
      'portal/fr/messages.json:2: "gone.title" cannot be said: it says nothing',
    ],
    ['has an open brace', 'fr', '{\n"gone.title": "{"}', 'portal/fr/messages.json:2: "gone.title" is no message: '],
    [
      'names what its sentence does not know',
      'fr',
      '{\n"password.hint": "{max}"}',
      ':2: "password.hint" names {max}: it may name min',
    ],
    [
      'names something where nothing is known',
      'fr',
      '{"gone.title": "{x}"}',
      ':1: "gone.title" names {x}: it may name nothing',
    ],
    [
      'takes a name for a date',
      'fr',
      '{"password.done.user_name": "{userName, date}"}',
      ':1: "password.done.user_name" cannot be said: ',
    ],
  ])('that %s is named with its place, and its readers get the next they wish', (_, locale, messages, says) => {
    const { pick, problems } = withFile(locale, messages);
    expect(problems).toEqual([{ locale, says: expect.stringContaining(says) }]);
    expect(pick([locale, 'de']).locale).toBe('de');
  });

  test('in the place of English that lacks a sentence stops the start, in words', () => {
    expect(() => withFile('en', '{}')).toThrow('portal/en/messages.json:1: the message "password.title" is missing');
  });
});
