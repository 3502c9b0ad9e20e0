/** A word somebody searches for, as PostgreSQL's LIKE takes it. */
export interface SearchWord {
  readonly word: string;
  /** Any of them is enough. */
  readonly patterns: readonly string[];
  /** Can an index of three letters each tell where it is? */
  readonly isIndexed: boolean;
}

const MAX_WORDS = 8;
const MAX_WORD = 100;
/** Shorter words are looked for where a word begins. */
const SHORT = 3;
const WORD_STARTS = [' ', '.', '-', '@', '+', '(', "'"];

/** The words of a search, each once, the longest first: it is likely to be the rarest. At most 8. */
export function splitWords(text: string): readonly string[] {
  const words = text
    .normalize('NFC')
    .split(/\s+/u)
    .map((word) => word.slice(0, MAX_WORD).toWellFormed());
  return [...new Set(words)]
    .filter((word) => word !== '')
    .toSorted((a, b) => b.length - a.length)
    .slice(0, MAX_WORDS);
}

/**
 * How to look for a word: in any part; of one or two letters where a word begins. "%" and "_" are what they are.
 *
 * @param word as the database folds what it looks through: lower case
 * @param trigrams how many the database sees in it: some see none in letters that are not ASCII
 */
export function searchWord(word: string, trigrams: number): SearchWord {
  const literal = word.replace(/[\\%_]/g, '\\$&');
  const isShort = word.length < SHORT;
  return {
    word,
    patterns: isShort ? [`${literal}%`, ...WORD_STARTS.map((start) => `%${start}${literal}%`)] : [`%${literal}%`],
    isIndexed: ASCII_RUN.test(word) || (LETTER_RUN.test(word) && trigrams > SHORT),
  };
}

/** Three in a row, or two beside a sign: the index has spaces where words begin and end. */
const ASCII_RUN = /[a-z\d]{3}|(?<![\p{L}\p{N}])[a-z\d]{2}(?![\p{L}\p{N}])|[^\p{L}\p{N}][a-z\d]{2}/u;
const LETTER_RUN = /[\p{L}\p{N}]{3}/u;
