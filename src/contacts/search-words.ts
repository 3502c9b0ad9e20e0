/** A word somebody searches for, as PostgreSQL's LIKE takes it. */
export interface SearchWord {
  readonly word: string;
  /** Any of them is enough. */
  readonly patterns: readonly string[];
  /** Whatever fits `patterns` fits this: the word without what nearly everything has. null: nothing of it is so common. */
  readonly rarePattern: string | null;
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

/** The letters, numbers and signs that a word is made of, in their order. */
const piecesOf = (word: string): readonly string[] => word.match(/\p{L}+|\p{N}+|[^\p{L}\p{N}]+/gu) ?? [];

/** The parts of a word that is made of several, such as an address; those that are long enough for an index. */
export function partsOf(word: string): readonly string[] {
  const pieces = piecesOf(word);
  return pieces.length < 2 ? [] : pieces.filter((piece) => ASCII_PART.test(piece));
}

/**
 * How to look for a word: in any part; of one or two letters where a word begins. "%" and "_" are what they are.
 *
 * @param word as the database folds what it looks through: lower case
 * @param trigrams how many the database sees in it: some see none in letters that are not ASCII
 * @param common which of its parts nearly everything has
 */
export function searchWord(word: string, trigrams: number, common: ReadonlySet<string>): SearchWord {
  const literal = escapeLike(word);
  const isShort = word.length < SHORT;
  return {
    word,
    patterns: isShort ? [`${literal}%`, ...WORD_STARTS.map((start) => `%${start}${literal}%`)] : [`%${literal}%`],
    rarePattern: rarePattern(word, common),
    isIndexed: ASCII_RUN.test(word) || (LETTER_RUN.test(word) && trigrams > SHORT),
  };
}

/** Three in a row, or two beside a sign: the index has spaces where words begin and end. */
const ASCII_RUN = /[a-z\d]{3}|(?<![\p{L}\p{N}])[a-z\d]{2}(?![\p{L}\p{N}])|[^\p{L}\p{N}][a-z\d]{2}/u;
const LETTER_RUN = /[\p{L}\p{N}]{3}/u;

/** An index that is asked for what everything has reads all it knows: where a rare part is left, that leads faster. */
function rarePattern(word: string, common: ReadonlySet<string>): string | null {
  const parts = partsOf(word);
  const rare = new Set(parts.filter((part) => !common.has(part)));
  if (rare.size === 0 || rare.size === parts.length) return null;
  const asked = piecesOf(word).map((piece) => (rare.has(piece) || SIGNS.test(piece) ? escapeLike(piece) : '%'));
  return `%${asked.join('')}%`;
}

const ASCII_PART = /[a-z\d]{3}/;
const SIGNS = /^[^\p{L}\p{N}]+$/u;

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
