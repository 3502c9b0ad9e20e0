import { attributionEndingAt, sharedAt } from './reply-attribution.ts';
import type { Attribution } from './reply-attribution.ts';
import { isHeaderBlockAt } from './reply-header-block.ts';
import { nextWritten } from './reply-lines.ts';
import type { Line } from './reply-lines.ts';
import { isForwardLine, isOriginalMessageLine, isRule } from './reply-separators.ts';
import { MAX_LOOSE_LINES, signatureStart } from './reply-signature.ts';

/** Why a piece is folded. `signature` is no quote: it is marked so that a reader may choose, and shown by default. */
export type FoldReason = 'sent' | 'client_mark' | 'attribution' | 'header_block' | 'quote_marks' | 'signature';

/** A line with what is known of it; `why` is null while it is visible. */
export interface FoldedLine extends Line {
  why: FoldReason | null;
  /** Where its folded part begins: at its start, or behind words of the customer on the same line. */
  foldedFrom: number;
}

/** A quoted line this long was wrapped on the way, and the next one is the rest of it. */
const MIN_WRAPPED_LENGTH = 60;

/**
 * Marks the lines that are quotes by the marks of mail programs, then the signatures, then what stays quoted at the
 * end. Lines between quotes stay visible. Quotes that nobody attributed stay too if something is written below them:
 * that is an answer point by point, and then its first point, below the attribution, stays with them.
 *
 * @param lines marked already where we know better; changed in place
 * @param raw the text the lines are of
 */
export function foldLines(lines: readonly FoldedLine[], raw: string): void {
  const own = lines.slice(0, markAttributed(lines, raw));
  markSignatures(own, raw);
  markQuotedTail(own);
  if (own.some((line) => line.quote === 'marks' && line.why === null)) unmarkPoints(own);
}

/** The index of the line that says that a mail passed on follows, from which on all stays; else behind the last. */
function markAttributed(lines: readonly FoldedLine[], raw: string): number {
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index];
    if (line === undefined || line.why !== null || line.quote !== null || line.text === '') continue;
    if (isForwardLine(line.text)) return index;
    const why = isOriginalMessageLine(line.text)
      ? 'client_mark'
      : isHeaderBlockAt(lines, index)
        ? 'header_block'
        : null;
    if (why !== null) {
      mark(lines, ruleAbove(lines, index), lines.length, why);
      break;
    }
    const next = lines[nextWritten(lines, index + 1) ?? lines.length];
    const isMarked = next !== undefined && isQuote(next);
    const attribution = attributionEndingAt(lines, index, isMarked);
    if (attribution !== null) index = markAttribution(lines, attribution, isMarked, raw) - 1;
  }
  return lines.length;
}

/** Marks the attribution and its quote, which is all that follows if nothing marks it; the index behind them. */
function markAttribution(
  lines: readonly FoldedLine[],
  { firstLine, lastLine, sharesLine }: Attribution,
  isMarked: boolean,
  raw: string,
): number {
  mark(lines, firstLine, lastLine + 1, 'attribution');
  const first = lines[firstLine];
  if (sharesLine && first !== undefined) first.foldedFrom += sharedAt(raw.slice(first.start, first.end));
  const end = isMarked ? quoteEnd(lines, lastLine + 1) : lines.length;
  mark(lines, lastLine + 1, end, 'quote_marks');
  return end;
}

/** The index behind the quoted lines that begin here, with blank lines and the rests of wrapped lines among them. */
function quoteEnd(lines: readonly FoldedLine[], from: number): number {
  let end = from;
  for (let index = from; index < lines.length; index += 1) {
    const line = lines[index];
    if (line === undefined) break;
    if (isQuote(line)) end = index + 1;
    else if (line.text !== '' && !isRestOfWrapped(lines, index)) break;
  }
  return end;
}

function isQuote(line: FoldedLine): boolean {
  return line.quote !== null || line.text.startsWith('|') || (line.why !== null && line.why !== 'signature');
}

/** A line between two quoted ones that is a link, or behind one so long that it was wrapped: not the answer to it. */
function isRestOfWrapped(lines: readonly FoldedLine[], index: number): boolean {
  const before = lines[index - 1];
  const after = lines[index + 1];
  if (before === undefined || after === undefined || before.quote === null || after.quote === null) return false;
  if (LINK_ALONE.test(lines[index]?.text ?? '')) return true;
  if (before.text.length < MIN_WRAPPED_LENGTH) return false;
  return !/[.!?:…]$/.test(before.text) || (before.text.endsWith('.') && /^\p{Ll}/u.test(lines[index]?.text ?? ''));
}

const LINK_ALONE = /^[(<[]?https?:\/\/[^\s)>\]]+[)>\]]?[ >]*$/;

/** The rule above a header belongs to it. */
function ruleAbove(lines: readonly FoldedLine[], index: number): number {
  const before = index - 1 - (lines[index - 1]?.text === '' ? 1 : 0);
  const line = lines[before];
  return line !== undefined && line.why === null && isRule(line.text) ? before : index;
}

function markSignatures(lines: readonly FoldedLine[], raw: string): void {
  let hasBegun = false;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index];
    if (line === undefined || line.why !== null || line.text === '') continue;
    const start = signatureStart(line, raw.slice(line.start, Math.min(line.end, line.start + 8)));
    if (start !== null && (hasBegun || start === 'sent_from')) {
      const end = hasBegun ? visibleEnd(lines, index, start === 'few' ? MAX_LOOSE_LINES : Infinity) : index + 1;
      if (end === null) continue;
      mark(lines, index, end, 'signature');
      index = end - 1;
    } else hasBegun = true;
  }
}

/** The index behind the lines that are neither folded nor quoted; null if more than so many are written. */
function visibleEnd(lines: readonly FoldedLine[], from: number, maxWritten: number): number | null {
  let written = 0;
  let end = from;
  for (; end < lines.length && lines[end]?.why === null && lines[end]?.quote === null; end += 1) {
    if (lines[end]?.text !== '') written += 1;
    if (written > maxWritten) return null;
  }
  return end;
}

/** Quoted lines at the end, below what the customer wrote. */
function markQuotedTail(lines: readonly FoldedLine[]): void {
  let first = lines.length;
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const line = lines[index];
    if (line === undefined) break;
    if (line.quote === 'marks' && line.why === null) first = index;
    else if (line.why === null && line.text !== '' && !isRestOfWrapped(lines, index)) break;
  }
  const written = nextVisible(lines);
  if (written !== null && written < first) mark(lines, first, lines.length, 'quote_marks');
}

/** Quotes with marks are points that are answered if something is written right below them. */
function unmarkPoints(lines: readonly FoldedLine[]): void {
  let isAnswered = false;
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const line = lines[index];
    if (line === undefined || line.text === '') continue;
    if (line.quote !== 'marks') isAnswered = line.why === null;
    else if (isAnswered && line.why === 'quote_marks') line.why = null;
  }
}

function nextVisible(lines: readonly FoldedLine[]): number | null {
  for (let index = nextWritten(lines, 0); index !== null; index = nextWritten(lines, index + 1)) {
    if (lines[index]?.why === null) return index;
  }
  return null;
}

/** Marks the lines of a range that are still visible. */
function mark(lines: readonly FoldedLine[], from: number, end: number, why: FoldReason): void {
  for (let index = from; index < end; index += 1) {
    const line = lines[index];
    if (line !== undefined && line.why === null) line.why = why;
  }
}
