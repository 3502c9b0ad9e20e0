/** Words in a row that make one shingle. */
const SHINGLE_WORDS = 6;
/** Fewer words in a row may be chance: "thank you for your help". */
const MIN_RUN_WORDS = 10;
/** Of all texts together, and of a message compared with them. */
const MAX_COMPARED_LENGTH = 256 * 1024;
/** Newest first counts: more letters than that on one ticket are not compared. */
const MAX_TEXTS = 200;

/** What we provably sent on a ticket, for comparing; made by `shinglesOf`. */
export interface SentText {
  readonly shingles: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
}

/**
 * The shingles of the texts we sent: each row of six words, whatever the case, the white space, quote marks, links and
 * punctuation.
 *
 * @param texts the bodies, the newest first: at most 200, and 256 K characters together
 */
export function shinglesOf(texts: readonly string[]): SentText {
  const shingles = new Set<string>();
  const links = new Set<string>();
  let left = MAX_COMPARED_LENGTH;
  for (const text of texts.slice(0, MAX_TEXTS)) {
    if (left <= 0) break;
    const words = wordsOf(text.slice(0, left), (link) => links.add(link).has(link));
    left -= text.length;
    for (const shingle of rowsOfWords(words, SHINGLE_WORDS)) shingles.add(shingle);
  }
  return { shingles, links };
}

/**
 * The rows of words in a text that we sent, as [start, end) offsets, in order and apart from each other. Each has at
 * least ten words.
 */
export function sentRuns(text: string, sent: SentText): readonly (readonly [number, number])[] {
  if (sent.shingles.size === 0) return [];
  const words = wordsOf(text.slice(0, MAX_COMPARED_LENGTH), (link) => sent.links.has(link));
  return runsOf(words, SHINGLE_WORDS, (shingle) => sent.shingles.has(shingle))
    .filter(({ wordCount }) => wordCount >= MIN_RUN_WORDS)
    .map(({ start, end }) => [start, end]);
}

/** Words in a row, by their offsets in the text. */
export interface WordRun {
  readonly start: number;
  readonly end: number;
  readonly wordCount: number;
}

/** Each row of so many words of a text, in order. */
export function* rowsOfWords(words: readonly Word[], size: number): Generator<string> {
  for (let index = 0; index + size <= words.length; index += 1) yield rowAt(words, index, size);
}

/** The longest runs of words of which each row of so many counts, in order and apart from each other. */
export function runsOf(words: readonly Word[], size: number, counts: (row: string) => boolean): readonly WordRun[] {
  const runs: WordRun[] = [];
  let first = -1;
  let coveredTo = 0;
  for (let index = 0; index <= words.length; index += 1) {
    if (index + size <= words.length && counts(rowAt(words, index, size))) {
      if (first === -1) first = index;
      coveredTo = index + size;
    } else if (first !== -1 && index >= coveredTo) {
      const start = words[first];
      const end = words[coveredTo - 1];
      if (start !== undefined && end !== undefined) {
        runs.push({ start: start.start, end: end.end, wordCount: coveredTo - first });
      }
      first = -1;
    }
  }
  return runs;
}

/** A word of a text, in lower case and one form of its letters. */
export interface Word {
  readonly start: number;
  /** Behind the word, and behind a link we sent that follows it. */
  end: number;
  readonly text: string;
}

/** So many words of a text from one on, as one string. */
export function rowAt(words: readonly Word[], index: number, size: number): string {
  let row = '';
  for (let at = index; at < index + size; at += 1) row += ` ${words[at]?.text ?? ''}`;
  return row;
}

/** The words of a text. Links and character references are none, for mail programs write them anew. */
export function wordsOf(text: string, isOurs: (link: string) => boolean = () => false): readonly Word[] {
  const words: Word[] = [];
  for (const { 0: found, index } of text.matchAll(WORD)) {
    const last = words.at(-1);
    if (found.startsWith('&')) continue;
    if (!found.includes(':')) {
      words.push({ start: index, end: index + found.length, text: found.normalize('NFKC').toLowerCase() });
    } else if (isOurs(found.replace(/[.,;:!?]$/, '')) && last !== undefined) last.end = index + found.length;
  }
  return words;
}

/** Letters of scripts that put no spaces between words: each counts as a word. */
export const UNSPACED = String.raw`\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}`;
/** A link, a character reference, a letter of such a script, or letters and digits in a row. */
const WORD = new RegExp(
  [
    String.raw`(?:https?|mailto):[^\s<>\(\)\[\]"]*`,
    String.raw`&(?:[a-z]{2,8}|#\d{1,7}|#x[\da-f]{1,6});`,
    `[${UNSPACED}]`,
    String.raw`[[\p{L}\p{N}\p{M}]--[${UNSPACED}]]+`,
  ].join('|'),
  'giv',
);
