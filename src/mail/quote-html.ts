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
/** A longer HTML is not looked at. */
const MAX_HTML_LENGTH = 1024 * 1024;

/**
 * The quotes that the HTML of a message marks, as offsets in its text: in order and apart from each other. None if the
 * text is not that HTML's text, but was written beside it.
 */
export function htmlQuotes(html: string, text: string): readonly Quote[] {
  return html.length > MAX_HTML_LENGTH ? [] : inText(html, quotesOf(html), text);
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
 * The same quotes in the text. White space differs between HTML and text, so places are found by walking along the other
 * characters, piece by piece; between two tags both are the same.
 */
function inText(html: string, quotes: readonly Quote[], text: string): readonly Quote[] {
  const found: Quote[] = [];
  let htmlAt = 0;
  let textAt = 0;
  for (const { start, end, is } of quotes) {
    const from = behindSame(htmlToText(html.slice(htmlAt, start)), text, textAt);
    const to = from === null ? null : behindSame(htmlToText(html.slice(start, end)), text, from);
    if (from === null || to === null) return [];
    const first = Math.min(skipSpace(text, from), to);
    if (first < to) found.push({ start: first, end: to, is });
    htmlAt = end;
    textAt = to;
  }
  if (found.length === 0) return [];
  const rest = behindSame(htmlToText(html.slice(htmlAt)), text, textAt);
  return rest !== null && skipSpace(text, rest) === text.length ? found : [];
}

/** The offset in a text behind a piece that stands there but for white space; null if something else stands there. */
function behindSame(piece: string, text: string, from: number): number | null {
  let at = from;
  for (let index = 0; index < piece.length; index += 1) {
    const code = piece.charCodeAt(index);
    if (isSpace(code)) continue;
    at = skipSpace(text, at);
    if (text.charCodeAt(at) !== code) return null;
    at += 1;
  }
  return at;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0;
}
