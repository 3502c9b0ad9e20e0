import { ATTRIBUTION_WORDS } from './reply-attribution-words.ts';
import type { Line } from './reply-lines.ts';

/** The line or lines that say who wrote a quote, and when. */
export interface Attribution {
  readonly firstLine: number;
  readonly lastLine: number;
  /** Whether words of the customer stand before it, on its line: up to `sharedAt`. */
  readonly sharesLine: boolean;
}

/** Gmail and others wrap at about 76 columns, and names with addresses are long. */
const MAX_WRAPPED_LINES = 4;
const MAX_LENGTH = 1_000;

/**
 * The attribution that ends with this line; null if none does. Looks at the three lines before it.
 *
 * @param isMarked whether a line with quote marks, or one that is known as a quote, follows
 */
export function attributionEndingAt(lines: readonly Line[], last: number, isMarked: boolean): Attribution | null {
  const end = lines[last];
  if (end === undefined || end.quote !== null) return null;
  if (GMAIL_WITHOUT_ADDRESS.test(end.text)) return { firstLine: last, lastLine: last, sharesLine: false };
  if (!ENDING.test(end.text.slice(-ENDING_LENGTH))) return null;
  let joined = '';
  for (let first = last; first > last - MAX_WRAPPED_LINES && first >= 0; first -= 1) {
    const line = lines[first];
    if (line === undefined || line.quote !== null || line.text === '') break;
    if (first < last && /[.!?]$/.test(line.text)) break;
    joined = joined === '' ? line.text : `${line.text} ${joined}`;
    if (joined.length > MAX_LENGTH) break;
    if (isAttribution(joined, isMarked)) return { firstLine: first, lastLine: last, sharesLine: false };
  }
  return isMarked ? sharedOrShort(end.text, last) : null;
}

/** A line that says who wrote when, as mail programs do it; where quote marks follow, less is enough. */
function isAttribution(line: string, isMarked: boolean): boolean {
  if (NAME_AND_ADDRESS.test(line) || BETWEEN_DASHES.test(line)) return true;
  if (!DATE.test(line) || !(BEGINNING.test(line) || NAME_FIRST.test(line))) return false;
  const hasAddress = /\S@\S/.test(line);
  if (WROTE.test(line)) return isMarked || hasAddress || TIME.test(line);
  return /<[^<>]*@[^<>]*> ?[:：]$/.test(line) || (isMarked && /^\d/.test(line) && /<[^<>]*@[^<>]*>$/.test(line));
}

/** Where the attribution begins in a line it shares with words of the customer. */
export function sharedAt(line: string): number {
  return Math.max(0, line.slice(0, MAX_LENGTH).search(SHARED));
}

/** Before quote marks: "they wrote:" alone, or behind the customer's words on one line. */
function sharedOrShort(line: string, index: number): Attribution | null {
  if (!WROTE.test(line) || !/[:：]$/.test(line)) return null;
  const sharesLine = SHARED.test(line);
  if (!sharesLine && line.length > MAX_SHORT_LENGTH) return null;
  return { firstLine: index, lastLine: index, sharesLine };
}

const MAX_SHORT_LENGTH = 200;

const escape = (word: string): string => word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const anyOf = (words: readonly string[]): string =>
  [...new Set(words)]
    .sort((a, b) => b.length - a.length)
    .map(escape)
    .join('|');

const ALL_WORDS = Object.values(ATTRIBUTION_WORDS);
const BEGIN_WORDS = anyOf(ALL_WORDS.flatMap(({ begin }) => begin));
const WROTE_WORDS = anyOf(ALL_WORDS.flatMap(({ wrote }) => wrote));

/** Scripts without spaces put the word right behind a name. */
const WROTE = new RegExp(`(?:^|[^\\p{L}]|[\\p{Lo}])(?:${WROTE_WORDS})(?![\\p{Ll}\\p{Lu}])`, 'iu');
/** "Ana Lopez <ana@example>", where the language puts the date behind. */
const NAME_FIRST = /^[^<>]{1,80}<[^<>\s@]{1,64}@[^<>\s@]{1,200}>/;
/** A word of the table, a date, or a weekday and a date. */
const BEGINNING = new RegExp(
  `^[-–—_*"'([ ]{0,8}(?:(?:${BEGIN_WORDS})(?![\\p{Ll}\\p{Lu}])|\\d|(?:\\p{L}{1,14}[.,]{0,2} ){1,3}\\d|\\p{L}{2,3}, ?\\d)`,
  'iu',
);
/** "2027-03-03 17:21 GMT+01:00 Ana Lopez" */
const GMAIL_WITHOUT_ADDRESS = /^\d{4}[-/]\d{1,2}[-/]\d{1,2} \d{1,2}:\d{2} (?:GMT|UTC)[+-]\d{1,2}:\d{2} [^.!?]{2,80}$/;
/** "Ana Lopez <ana@example> wrote:" */
const NAME_AND_ADDRESS = new RegExp(
  `^[^<>@.!?:]{1,60} <[^<>\\s@]{1,64}@[^<>\\s@]{1,200}> (?:${WROTE_WORDS}) ?[:：]$`,
  'iu',
);
/** "---- Ana Lopez wrote ----" */
const BETWEEN_DASHES = new RegExp(`^-{3,} ?[^-].{0,200} (?:${WROTE_WORDS}):? ?-{3,}$`, 'iu');
/** In the middle of a line. */
const SHARED = /(?<=\s)(?:On|Am|Le|El|Il|Em|Op|Den|På) (?:\p{L}{2,12}\.?,? )?(?:\p{L}{2,12}\.? )?\d/u;

const TIME = /(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)/;
const DATE = /(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d{1,2}[:.h]\d{2}(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?!\d))/;

const ENDING_LENGTH = 32;
const ENDING = new RegExp(`(?:[:：>]|(?:${WROTE_WORDS})[ :]*-*)$`, 'iu');
