import { ATTRIBUTION_WORDS } from './reply-attribution-words.ts';
import { nextWritten } from './reply-lines.ts';
import type { Line } from './reply-lines.ts';

/** The line or lines that say who wrote a quote, and when. */
export interface Attribution {
  readonly firstLine: number;
  readonly lastLine: number;
  /** Where it begins in the first line's text: behind the customer's own words if they share the line. */
  readonly offset: number;
  /** Whether what follows carries quote marks; if not, all that follows is the quote. */
  readonly isMarked: boolean;
}

/** Gmail and others wrap at about 76 columns, and names with addresses are long. */
const MAX_WRAPPED_LINES = 4;
const MAX_LENGTH = 1_000;

/** The attribution that ends with this line; null if none does. Looks at the lines before it and the next written one. */
export function attributionEndingAt(lines: readonly Line[], last: number): Attribution | null {
  const end = lines[last];
  if (end === undefined || end.isQuoted || !ENDING.test(end.text.slice(-ENDING_LENGTH))) return null;
  const next = nextWritten(lines, last + 1);
  const following = next === null ? undefined : lines[next];
  const isMarked = following !== undefined && (following.isQuoted || following.text.startsWith('|'));
  let joined = '';
  for (let first = last; first > last - MAX_WRAPPED_LINES && first >= 0; first -= 1) {
    const line = lines[first];
    if (line === undefined || line.isQuoted || line.text === '') break;
    if (first < last && /[.!?]$/.test(line.text)) break;
    joined = joined === '' ? line.text : `${line.text} ${joined}`;
    if (joined.length > MAX_LENGTH) break;
    if (isAttribution(joined, isMarked)) return { firstLine: first, lastLine: last, offset: 0, isMarked };
  }
  return isMarked ? sharedOrShort(end.text, last) : null;
}

/** A line that says who wrote when, as mail programs do it; where quote marks follow, less is enough. */
function isAttribution(line: string, isMarked: boolean): boolean {
  if (!DATE.test(line) || !(BEGINNING.test(line) || WROTE_EARLY.test(line))) return false;
  const hasAddress = /\S@\S/.test(line);
  if (WROTE.test(line)) return isMarked || hasAddress || TIME.test(line);
  return /<[^<>]*@[^<>]*> ?[:：]$/.test(line) || (isMarked && /^\d/.test(line) && /<[^<>]*@[^<>]*>$/.test(line));
}

/** Before quote marks: "they wrote:" alone, or behind the customer's words on one line. */
function sharedOrShort(line: string, index: number): Attribution | null {
  if (!WROTE.test(line) || !/[:：]$/.test(line)) return null;
  const shared = line.search(SHARED);
  const offset = shared === -1 ? 0 : shared + 1;
  if (shared === -1 && line.length > MAX_SHORT_LENGTH) return null;
  return { firstLine: index, lastLine: index, offset, isMarked: true };
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
/** "Ana Lopez <ana@example> wrote on 5 May 2027 at 10:00:" */
const WROTE_EARLY = new RegExp(`^.{2,80}? (?:${WROTE_WORDS}) .{0,60}\\d`, 'iu');
/** A word of the table, a date, or a weekday and a date. */
const BEGINNING = new RegExp(
  `^[-–—_*"'([ ]{0,8}(?:(?:${BEGIN_WORDS})(?![\\p{Ll}\\p{Lu}])|\\d|(?:\\p{L}{1,14}[.,]{0,2} ){1,3}\\d|\\p{L}{2,3}, ?\\d)`,
  'iu',
);
const SHARED = / (?:On|Am|Le|El|Il|Em|Op|Den|På) (?:\p{L}{2,12}\.?,? )?(?:\p{L}{2,12}\.? )?\d/u;

const TIME = /(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)/;
const DATE = /(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d{1,2}[:.h]\d{2}(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?!\d))/;

const ENDING_LENGTH = 32;
const ENDING = new RegExp(`(?:[:：>]|(?:${WROTE_WORDS})[ :]*-*)$`, 'iu');
