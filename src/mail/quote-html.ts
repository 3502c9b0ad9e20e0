import { htmlToText } from './html-text.ts';
import { readElements } from './html-elements.ts';
import type { OpenElement } from './html-elements.ts';
import { QUOTE_MARKS } from './quote-html-marks.ts';
import type { QuoteMark } from './quote-html-marks.ts';

/** A quote in a text: marked by the mail program that wrote it, or a mere blockquote, which may be anything. */
export interface Quote {
  readonly start: number;
  readonly end: number;
  readonly is: 'client_mark' | 'blockquote';
}

/** More than that in one mail is nobody's quoting. */
const MAX_QUOTES = 1_000;
/** As many characters as a message's HTML can have. */
const MAX_HTML_LENGTH = 2 * 1024 * 1024;

/**
 * The quotes that the HTML of a message marks, as offsets in its text; null if the text is not that HTML's text, but
 * was written beside it.
 */
export function htmlQuotes(html: string, text: string): readonly Quote[] | null {
  const read = html.slice(0, MAX_HTML_LENGTH);
  if (!isSameText(htmlToText(read), text)) return null;
  return inText(read, quotesOf(read), text);
}

/** The quotes as offsets in the HTML: in order, apart from each other, each from a tag to a tag. */
function quotesOf(html: string): readonly Quote[] {
  const quotes: Quote[] = [];
  let open: { element: OpenElement; is: Quote['is']; folds: QuoteMark['folds']; inner: OpenElement | null } | null =
    null;
  let restFrom: number | null = null;
  const take = (start: number, end: number, is: Quote['is']): void => {
    if (quotes.length < MAX_QUOTES) quotes.push({ start, end, is });
  };
  readElements(html, {
    attributes: READ_ATTRIBUTES,
    opened(element) {
      if (restFrom !== null) return;
      if (open === null) {
        const mark = markOf(element);
        if (mark?.folds === 'rest') restFrom = element.start;
        else if (mark !== null) open = { element, is: 'client_mark', folds: mark.folds, inner: null };
        else if (element.name === 'blockquote') open = { element, is: 'blockquote', folds: 'element', inner: null };
      } else if (open.folds === 'container' && open.inner === null && element.name === 'blockquote') {
        open.inner = element;
      }
    },
    closed(element, end) {
      if (open === null || restFrom !== null || (element !== open.element && element !== open.inner)) return;
      take(open.element.start, end, open.is);
      open = null;
    },
    stray: () => {},
  });
  if (restFrom !== null) take(restFrom, html.length, 'client_mark');
  return quotes;
}

const READ_ATTRIBUTES: ReadonlySet<string> = new Set(QUOTE_MARKS.map((mark) => mark.attribute));

function markOf({ name, attributes }: OpenElement): QuoteMark | null {
  if (attributes.size === 0) return null;
  const fits = (mark: QuoteMark): boolean =>
    (mark.element === null || mark.element === name) && mark.value.test(attributes.get(mark.attribute) ?? '');
  return QUOTE_MARKS.find(fits) ?? null;
}

/**
 * The same quotes in the text. White space differs between HTML and text, so places are found by counting the other
 * characters; between two tags both count the same.
 */
function inText(html: string, quotes: readonly Quote[], text: string): readonly Quote[] | null {
  const counts: number[] = [];
  let at = 0;
  let count = 0;
  for (const { start, end } of quotes) {
    count += writtenLength(htmlToText(html.slice(at, start)));
    counts.push(count);
    count += writtenLength(htmlToText(html.slice(start, end)));
    counts.push(count);
    at = end;
  }
  if (count + writtenLength(htmlToText(html.slice(at))) !== writtenLength(text)) return null;
  const offsets = offsetsBehind(text, counts);
  return quotes.flatMap(({ is }, index) => {
    const end = offsets[2 * index + 1] ?? 0;
    const start = Math.min(skipSpace(text, offsets[2 * index] ?? 0), end);
    return start < end ? [{ start, end, is }] : [];
  });
}

/** The offset behind the n-th character that is no white space, for each n of an ascending list. */
function offsetsBehind(text: string, counts: readonly number[]): readonly number[] {
  const offsets: number[] = [];
  let at = 0;
  let seen = 0;
  for (const count of counts) {
    while (seen < count && at < text.length) {
      if (!isSpace(text.charCodeAt(at))) seen += 1;
      at += 1;
    }
    offsets.push(at);
  }
  return offsets;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

function writtenLength(text: string): number {
  let length = 0;
  for (let at = 0; at < text.length; at += 1) if (!isSpace(text.charCodeAt(at))) length += 1;
  return length;
}

/** Whether two texts are the same but for white space. */
function isSameText(one: string, other: string): boolean {
  let at = 0;
  for (let index = 0; index < one.length; index += 1) {
    const code = one.charCodeAt(index);
    if (isSpace(code)) continue;
    at = skipSpace(other, at);
    if (other.charCodeAt(at) !== code) return false;
    at += 1;
  }
  return skipSpace(other, at) === other.length;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0;
}
