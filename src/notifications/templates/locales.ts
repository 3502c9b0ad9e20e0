/** What everything falls back to; its files are whole. */
export const LAST_LOCALE = 'en';

/** The locales whose words would do for a reader of this one, the best first: de-AT, de, en. */
export function localeChain(wanted: string): readonly string[] {
  const parts = wanted.replaceAll('_', '-').split('-');
  const chain = parts.map((_, index) => parts.slice(0, parts.length - index).join('-')).filter((tag) => tag !== '');
  return [...new Set([...chain, LAST_LOCALE])];
}

/** English of no region is read everywhere: day before month, 24 hours. */
const REGION_OF_NONE: Readonly<Record<string, string>> = { en: 'en-GB' };

/**
 * In which locale times are written: the reader's, where the words are of its language.
 *
 * @param wanted the reader's; may be anything
 * @param written of the template
 */
export function momentLocale(wanted: string, written: string): string {
  return kept(momentLocales, `${written} ${wanted}`, () => findMomentLocale(wanted, written));
}

function findMomentLocale(wanted: string, written: string): string {
  const isItsLanguage = localeChain(wanted).includes(written) && wanted.startsWith(written);
  const [known] = Intl.DateTimeFormat.supportedLocalesOf(isItsLanguage ? canonical(wanted) : written);
  const locale = known ?? written;
  return REGION_OF_NONE[locale] ?? locale;
}

/** A list without what is no tag at all. */
function canonical(tag: string): readonly string[] {
  try {
    return Intl.getCanonicalLocales(tag.replaceAll('_', '-'));
  } catch {
    return [];
  }
}

const RIGHT_TO_LEFT = new Set(['ar', 'ckb', 'dv', 'fa', 'he', 'ks', 'ku', 'ps', 'sd', 'ug', 'ur', 'yi']);

/** Which way the language is written. */
export const directionOf = (locale: string): 'ltr' | 'rtl' =>
  RIGHT_TO_LEFT.has(locale.split('-')[0] ?? '') ? 'rtl' : 'ltr';

/** Building a format costs more than a mail, and asking which one a third of it: the few that a desk needs are kept. */
const MAX_KEPT = 200;
const formats = new Map<string, Intl.DateTimeFormat>();
const momentLocales = new Map<string, string>();

function kept<Value>(values: Map<string, Value>, key: string, make: () => Value): Value {
  const known = values.get(key);
  if (known !== undefined) return known;
  const made = make();
  if (values.size >= MAX_KEPT) values.clear();
  values.set(key, made);
  return made;
}

/**
 * A moment in words, with its time zone: "2 March 2026 at 09:05 CET".
 *
 * @param timeZone an IANA name; UTC where it is none
 */
export function momentText(at: string, locale: string, timeZone: string): string {
  return kept(formats, `${locale} ${timeZone}`, () => dateFormat(locale, timeZone)).format(new Date(at));
}

function dateFormat(locale: string, timeZone: string): Intl.DateTimeFormat {
  const fields = { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' } as const;
  try {
    return new Intl.DateTimeFormat(locale, { ...fields, timeZone, timeZoneName: 'short' });
  } catch {
    return new Intl.DateTimeFormat(locale, { ...fields, timeZone: 'UTC', timeZoneName: 'short' });
  }
}
