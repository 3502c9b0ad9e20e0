import type { ParsedMessage } from './parsed-message.ts';
import { htmlQuotes } from './quote-html.ts';
import type { Quote } from './quote-html.ts';
import { attributionEndingAt } from './reply-attribution.ts';
import { foldLines } from './reply-fold.ts';
import type { FoldedLine, FoldReason } from './reply-fold.ts';
import { linesOf, nextWritten } from './reply-lines.ts';
import { isForwardLine } from './reply-separators.ts';
import { sentRuns } from './shingles.ts';
import type { SentText } from './shingles.ts';

/** What a message must say for its quotes to be found. */
export type Reply = Pick<ParsedMessage, 'text' | 'html' | 'subject'>;

/** A piece of a text that is folded when shown, as offsets [start, end), and why. */
export interface FoldedSpan {
  readonly start: number;
  readonly end: number;
  readonly why: FoldReason;
}

/** The whole text, and which pieces of it are folded: in order and apart from each other. Nothing is ever taken out. */
export interface FoldedReply {
  readonly text: string;
  readonly folded: readonly FoldedSpan[];
}

/**
 * Finds what the customer did not write anew: first what we provably sent on the ticket, then what mail programs mark
 * as a quote, in the HTML if that is all there is. A mail that is passed on keeps all but what we sent. Where nothing
 * else would be left, nothing is folded by marks. Only the first 20,000 lines and 256 K characters are looked at; the
 * rest goes with the line before it.
 *
 * @param sent what we sent on this ticket, from `shinglesOf`
 * @param mayFoldAll nothing may be left by marks either
 */
export function foldReply(message: Reply, sent: SentText | null = null, mayFoldAll = false): FoldedReply {
  const { text } = message;
  const marked = message.html === null ? [] : htmlQuotes(message.html, text);
  const quotes = marked.filter((quote) => !isForwardLine(firstLineOf(quote, text)));
  const isMark = (quote: Quote): boolean => quote.is === 'client_mark' || beginsWithAttribution(quote, text);
  const isInBlockquote = coverage(quotes.filter((quote) => !isMark(quote)));
  const lines = linesOf(text, (start, end) => isInBlockquote(text, start, end)).map((line): FoldedLine => ({
    ...line,
    why: null,
    foldedFrom: line.start,
  }));
  markCovered(lines, text, sent === null ? [] : sentRuns(text, sent).map(([start, end]) => ({ start, end })), 'sent');
  if (!isForward(message.subject)) {
    markCovered(lines, text, quotes.filter(isMark), 'client_mark');
    foldLines(lines, text);
    if (!mayFoldAll) keepSomething(lines);
  }
  return { text, folded: spansOf(lines) };
}

/**
 * What was written anew, even if that is nothing: for words that go on to somebody else, where a quote that was not
 * folded would go with them. A mail that is passed on has nothing anew but its comment, and that nobody can tell.
 */
export function writtenAnew(message: Reply, sent: SentText | null = null): string {
  const written = visibleText(foldReply(message, sent, true));
  const isQuoteAlone = written.split('\n').every((line) => line.trim() === '' || line.startsWith('>'));
  return isQuoteAlone ? '' : written;
}

/** What the customer wrote anew: the text without what is folded, signatures among it, trimmed. */
export function replyText(message: Reply, sent: SentText | null = null): string {
  return visibleText(foldReply(message, sent));
}

/** The text without the folded pieces, trimmed. */
export function visibleText({ text, folded }: FoldedReply): string {
  let at = 0;
  let visible = '';
  for (const { start, end } of folded) {
    visible += text.slice(at, start);
    at = end;
  }
  return (visible + text.slice(at)).trim();
}

/** Whether the outermost prefix of the subject says that the mail is passed on: "Fwd: Re: x", not "Re: Fwd: x". */
function isForward(subject: string): boolean {
  return FORWARD_PREFIX.test(subject.slice(0, 200));
}

const FORWARD_PREFIX =
  /^\s*(?:\[[^\]]{0,80}\]\s*)?(?:fwd?|wg|tr|rv|enc|i|vb|vl|doorst|pd|fs|továbbítás|trans|转发|轉寄|пересл|přep|ilt|πρθ|転送|전달)\s?[:：]/i;

function firstLineOf({ start, end }: Quote, text: string): string {
  const [first = ''] = text
    .slice(start, Math.min(end, start + MAX_BEGINNING))
    .trim()
    .split('\n');
  return first.trim();
}

/** Whether a blockquote without a mark says at once who wrote it. */
function beginsWithAttribution({ start, end }: Quote, text: string): boolean {
  const lines = linesOf(text.slice(start, Math.min(end, start + MAX_BEGINNING)), () => false);
  const first = nextWritten(lines, 0) ?? 0;
  return [0, 1, 2].some((more) => attributionEndingAt(lines, first + more, false)?.firstLine === first);
}

const MAX_BEGINNING = 600;

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Marks the lines of which every word is covered by one of the ranges, which are in order. */
function markCovered(lines: readonly FoldedLine[], text: string, ranges: readonly Range[], why: FoldReason): void {
  const isCovered = coverage(ranges);
  for (const line of lines) {
    if (line.why === null && line.text !== '' && isCovered(text, line.start, line.end)) line.why = why;
  }
}

/**
 * Whether all letters and digits between two offsets lie in one of the ranges; the ranges and the questions go forward.
 * Punctuation does not count: quote marks stand before the words.
 */
function coverage(ranges: readonly Range[]): (text: string, start: number, end: number) => boolean {
  let next = 0;
  return (text, start, end) => {
    while (next < ranges.length && (ranges[next]?.end ?? 0) <= start) next += 1;
    let at = start;
    let hasRange = false;
    for (let index = next; index < ranges.length; index += 1) {
      const range = ranges[index];
      if (range === undefined || range.start >= end) break;
      hasRange = true;
      if (hasWord(text, at, Math.min(range.start, end))) return false;
      at = Math.max(at, range.end);
    }
    return hasRange && !hasWord(text, at, end);
  };
}

function hasWord(text: string, start: number, end: number): boolean {
  return start < end && /[\p{L}\p{N}]/u.test(text.slice(start, end));
}

/** If nothing would be left that we did not send ourselves, marks do not count. */
function keepSomething(lines: readonly FoldedLine[]): void {
  const isEmpty = (): boolean =>
    lines.every((line) => (line.why !== null && line.foldedFrom === line.start) || line.text === '');
  const unfold = (isFolded: (why: FoldReason) => boolean): void => {
    for (const line of lines) if (line.why !== null && isFolded(line.why)) line.why = null;
  };
  if (lines.some((line) => line.why === 'sent')) return;
  if (isEmpty()) unfold((why) => why === 'signature');
  if (isEmpty()) unfold(() => true);
}

/** Lines of one reason in a row are one piece; blank lines between folded ones are folded with them. */
function spansOf(lines: readonly FoldedLine[]): readonly FoldedSpan[] {
  const spans: FoldedSpan[] = [];
  let blankFrom: number | null = null;
  for (const { start, end, text, why, foldedFrom } of lines) {
    const last = spans.at(-1);
    const from = last !== undefined && (blankFrom ?? foldedFrom) === last.end ? last.end : foldedFrom;
    if (why === null) {
      blankFrom = text === '' ? (blankFrom ?? start) : null;
      continue;
    }
    blankFrom = null;
    if (last?.why === why && last.end === from) spans[spans.length - 1] = { ...last, end };
    else spans.push({ start: from, end, why });
  }
  return spans;
}
