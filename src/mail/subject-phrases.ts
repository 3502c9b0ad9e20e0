/**
 * Whether a subject begins with one of the table's phrases as whole words. Where a script writes no spaces the phrase
 * may be followed by anything.
 */
export function beginsWithPhrase(subject: string, phrases: ReadonlyMap<string, readonly string[]>): boolean {
  return behindPhrases(subject, phrases).some((rest) => !SPACED_LETTER.test(rest.slice(0, 1)));
}

const SPACED_LETTER = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Hebrew}\p{Script=Arabic}]/u;

/**
 * What stands behind each of the table's phrases with which a subject begins. Quotes and brackets before it, and a tag as
 * gateways put one ("[External] ", "*** Spam *** "), are passed over.
 */
export function behindPhrases(subject: string, phrases: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const whole = fold(subject).replace(/\s+/g, ' ');
  const found = [whole, whole.replace(LEADING_TAG, '')].flatMap((begun) => {
    const text = begun.replace(/^[\s"'*!<[(«“„「『【（]+/, '');
    const candidates = phrases.get(text.slice(0, 2)) ?? [];
    return candidates.filter((phrase) => text.startsWith(phrase)).map((phrase) => text.slice(phrase.length));
  });
  return [...new Set(found)];
}

const LEADING_TAG = /^ ?(?:\[[^[\]]{1,40}\]|\*{2,5}[^*]{1,40}\*{2,5}) ?/;

/** The phrases of a table by their first two characters, for `beginsWithPhrase`. */
export function indexPhrases(
  table: Readonly<Record<string, readonly string[]>>,
): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(Object.values(table).flat().map(fold), (phrase) => phrase.slice(0, 2));
}

/** One spelling for capitals and small letters where they differ by more than case: German ß, Turkish ı and İ. */
function fold(text: string): string {
  return text.normalize('NFC').toLowerCase().replaceAll('i̇', 'i').replaceAll('ı', 'i').replaceAll('ß', 'ss');
}
