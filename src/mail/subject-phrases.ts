/**
 * Whether a subject begins with one of the table's phrases as whole words. Where a script writes no spaces the phrase
 * may be followed by anything.
 */
export function beginsWithPhrase(subject: string, phrases: ReadonlyMap<string, readonly string[]>): boolean {
  const text = subject
    .normalize('NFC')
    .toLowerCase()
    .replace(/^[\s"'*!<[(]+/, '')
    .replace(/\s+/g, ' ');
  const candidates = phrases.get(text.slice(0, 2)) ?? [];
  return candidates.some(
    (phrase) => text.startsWith(phrase) && !SPACED_LETTER.test(text.slice(phrase.length, phrase.length + 1)),
  );
}

const SPACED_LETTER = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Hebrew}\p{Script=Arabic}]/u;

/** The phrases of a table by their first two characters, for `beginsWithPhrase`. */
export function indexPhrases(
  table: Readonly<Record<string, readonly string[]>>,
): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(Object.values(table).flat(), (phrase) => phrase.slice(0, 2));
}
