import type { RareTerm } from '../mail/rare-terms.ts';
import { rareTerms } from '../mail/rare-terms.ts';
import type { Word, WordRun } from '../mail/shingles.ts';
import { rowAt, rowsOfWords, runsOf, wordsOf } from '../mail/shingles.ts';

/** So many words in a row of a note are nobody's by chance, where nobody outside knew them. */
const MIN_RUN_WORDS = 10;
export const LONG_ROW = 6;
/** With fewer, what counts is what they name: see `isQuoted`. */
const SHORT_ROW = 4;
const MIN_TERMS = 2;
const MIN_OTHERS = 2;

/** What a mail says, for comparing. */
export interface Said {
  readonly words: ReadonlySet<string>;
  readonly short: ReadonlySet<string>;
  readonly long: ReadonlySet<string>;
}

/** What these texts say. */
export function saidIn(texts: readonly string[]): Said {
  const [single, short, long] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const text of texts) {
    const words = wordsOf(text);
    for (const word of words) single.add(word.text);
    for (const row of rowsOfWords(words, SHORT_ROW)) short.add(row);
    for (const row of rowsOfWords(words, LONG_ROW)) long.add(row);
  }
  return { words: single, short, long };
}

/** Whether something was known outside: a row of six words, or a rare term by its key. */
export interface Knowledge {
  readonly hasRow: (row: string) => boolean;
  readonly hasTerm: (key: string) => boolean;
}

/** A note as its words. */
export interface NoteText {
  readonly text: string;
  readonly words: readonly Word[];
}

/** Whether they have four words in a row in common: most notes have not, and are done with. */
export function mayBeQuoted({ words }: NoteText, said: Said): boolean {
  let inCommon = 0;
  for (const [index, { text }] of words.entries()) {
    inCommon = said.words.has(text) ? inCommon + 1 : 0;
    if (inCommon >= SHORT_ROW && said.short.has(rowAt(words, index + 1 - SHORT_ROW, SHORT_ROW))) return true;
  }
  return false;
}

/**
 * Whether a mail has words of a note that are not everybody's (FEATURES B-15). Pure. That is
 *
 * - ten words in a row, where nobody outside knew them;
 * - four to nine that name two rare terms which nobody outside knew: an account and its password, a name and a number;
 * - a whole sentence or line that names one and has at least two words besides: "Gate code: 4711-9920".
 *
 * A number alone is no quote: whoever notes what a parcel is called tells the customer so in words of their own.
 */
export function isQuoted(note: NoteText, said: Said, known: Knowledge): boolean {
  const { text, words } = note;
  const longRuns = runsOf(words, LONG_ROW, (row) => said.long.has(row) && !known.hasRow(row));
  if (longRuns.some(({ wordCount }) => wordCount >= MIN_RUN_WORDS)) return true;
  const runs = runsOf(words, SHORT_ROW, (row) => said.short.has(row));
  if (runs.length === 0) return false;
  const terms = rareTerms(text).filter(({ key }) => !known.hasTerm(key));
  if (terms.length === 0) return false;
  const sentences = sentencesOf(note);
  return runs.some((run) => {
    const named = insideOf(terms, run);
    if (new Set(named.map(({ key }) => key)).size >= MIN_TERMS) return true;
    if (named.length === 0) return false;
    return insideOf(sentences, run).some(
      (sentence) => insideOf(terms, sentence).length > 0 && countOthers(words, sentence, terms) >= MIN_OTHERS,
    );
  });
}

/** The words of a sentence that are in no rare term. */
const countOthers = (words: readonly Word[], sentence: Span, terms: readonly RareTerm[]): number =>
  insideOf(words, sentence).filter((word) => {
    const term = terms[firstFrom(terms, word.start + 1) - 1];
    return term === undefined || word.end > term.end;
  }).length;

type Span = Pick<RareTerm, 'start' | 'end'>;

/** Of spans that are in order and apart from each other those within this one. Strangers write long texts: none is tried in vain. */
function insideOf<Inner extends Span>(spans: readonly Inner[], { start, end }: Span): readonly Inner[] {
  const first = firstFrom(spans, start);
  let behind = first;
  while ((spans[behind]?.end ?? Number.POSITIVE_INFINITY) <= end) behind += 1;
  return spans.slice(first, behind);
}

/** Where the first of them is that begins there or later. */
function firstFrom(spans: readonly Span[], offset: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.start ?? offset) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where sentences and lines of at least four words begin and end. */
function sentencesOf({ text, words }: NoteText): readonly WordRun[] {
  const sentences: { readonly start: number; end: number; wordCount: number }[] = [];
  for (const { start, end } of words) {
    const last = sentences.at(-1);
    if (last === undefined || SENTENCE_END.test(text.slice(last.end, start))) {
      sentences.push({ start, end, wordCount: 1 });
    } else {
      last.end = end;
      last.wordCount += 1;
    }
  }
  return sentences.filter(({ wordCount }) => wordCount >= SHORT_ROW);
}

/** What stands between the last word of a sentence or line and the next word. */
const SENTENCE_END = /[\r\n]|[.!?;…][)\]"'”’»]*\s|[。！？]/u;
