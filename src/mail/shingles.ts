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
    for (let index = 0; index + SHINGLE_WORDS <= words.length; index += 1) shingles.add(shingleAt(words, index));
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
  const runs: (readonly [number, number])[] = [];
  let first = -1;
  let coveredTo = 0;
  for (let index = 0; index <= words.length; index += 1) {
    if (index + SHINGLE_WORDS <= words.length && sent.shingles.has(shingleAt(words, index))) {
      if (first === -1) first = index;
      coveredTo = index + SHINGLE_WORDS;
    } else if (first !== -1 && index >= coveredTo) {
      const start = words[first];
      const end = words[coveredTo - 1];
      if (coveredTo - first >= MIN_RUN_WORDS && start !== undefined && end !== undefined) {
        runs.push([start.start, end.end]);
      }
      first = -1;
    }
  }
  return runs;
}

interface Word {
  readonly start: number;
  /** Behind the word, and behind a link we sent that follows it. */
  end: number;
  readonly text: string;
}

function shingleAt(words: readonly Word[], index: number): string {
  let shingle = '';
  for (let at = index; at < index + SHINGLE_WORDS; at += 1) shingle += ` ${words[at]?.text ?? ''}`;
  return shingle;
}

/** The words of a text. Links and character references are none, for mail programs write them anew. */
function wordsOf(text: string, isOurs: (link: string) => boolean): readonly Word[] {
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
const UNSPACED = String.raw`\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}`;
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
