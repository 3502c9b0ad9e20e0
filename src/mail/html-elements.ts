import { Tokenizer } from 'htmlparser2';

/** An element where the HTML opened it. */
export interface OpenElement {
  /** In lower case. */
  readonly name: string;
  /** Of the attributes asked for; names in lower case, values cut at 400 characters. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Offset of its tag's "<". */
  readonly start: number;
}

export interface ElementReader {
  /** The attributes to read; the others are skipped. */
  readonly attributes: ReadonlySet<string>;
  readonly opened: (element: OpenElement) => void;
  /** Offset behind its closing tag, or of the tag that implies it. */
  readonly closed: (element: OpenElement, end: number) => void;
  /** A tag at [start, end) that belongs to no element: opened too deep, or closing nothing. */
  readonly stray: (start: number, end: number, isTooDeep: boolean) => void;
}

/** Elements in elements. Real newsletters stay below 60. */
export const MAX_DEPTH = 256;
const MAX_VALUE_LENGTH = 400;

/**
 * Reads the elements of HTML in one pass with a bounded stack: as browsers do for comments, raw text and tags left
 * open, without building a tree. Elements still open at the end are closed there.
 */
export function readElements(html: string, reader: ElementReader): void {
  const stack: OpenElement[] = [];
  const openCount = new Map<string, number>();
  const tooDeep = new Map<string, number>();
  let name = '';
  let attribute = '';
  let value = '';
  let start = 0;
  let attributes = new Map<string, string>();

  const add = (to: Map<string, number>, key: string, by: number): void => void to.set(key, (to.get(key) ?? 0) + by);
  const pop = (end: number): void => {
    const element = stack.pop();
    if (element === undefined) return;
    add(openCount, element.name, -1);
    reader.closed(element, end);
  };
  const open = (end: number): void => {
    const element = { name, attributes, start };
    const implied = IMPLIES_CLOSED.get(name);
    while (implied?.has(stack.at(-1)?.name ?? '') === true) pop(start);
    if (VOID.has(name)) {
      reader.opened(element);
      reader.closed(element, end);
    } else if (stack.length >= MAX_DEPTH) {
      add(tooDeep, name, 1);
      reader.stray(start, end, true);
    } else {
      stack.push(element);
      add(openCount, name, 1);
      reader.opened(element);
    }
  };
  const close = (closing: string, from: number, end: number): void => {
    if ((tooDeep.get(closing) ?? 0) > 0) {
      add(tooDeep, closing, -1);
      reader.stray(from, end, true);
    } else if ((openCount.get(closing) ?? 0) > 0) {
      while (stack.at(-1)?.name !== closing) pop(from);
      pop(end);
    } else reader.stray(from, end, false);
  };

  const tokenizer = new Tokenizer(
    {},
    {
      onopentagname(from, end) {
        name = html.slice(from, Math.min(end, from + MAX_VALUE_LENGTH)).toLowerCase();
        start = from - 1;
        attributes = new Map();
      },
      onattribname(from, end) {
        attribute = end - from > MAX_VALUE_LENGTH ? '' : html.slice(from, end).toLowerCase();
        value = '';
      },
      onattribdata(from, end) {
        if (reader.attributes.has(attribute) && value.length < MAX_VALUE_LENGTH) {
          value += html.slice(from, Math.min(end, from + MAX_VALUE_LENGTH));
        }
      },
      onattribentity(codePoint) {
        if (value.length < MAX_VALUE_LENGTH) value += String.fromCodePoint(codePoint);
      },
      onattribend() {
        if (reader.attributes.has(attribute) && !attributes.has(attribute)) attributes.set(attribute, value);
      },
      onopentagend: (end) => open(end + 1),
      onselfclosingtag: (end) => open(end + 1),
      onclosetag(from, end) {
        const gt = html.indexOf('>', end);
        close(html.slice(from, end).toLowerCase(), from - 2, gt === -1 ? html.length : gt + 1);
      },
      // Style and title are no raw text in drawings and formulas.
      isInForeignContext: () => (openCount.get('svg') ?? 0) + (openCount.get('math') ?? 0) > 0,
      ontext: nothing,
      ontextentity: nothing,
      oncdata: nothing,
      oncomment: nothing,
      ondeclaration: nothing,
      onend: nothing,
      onprocessinginstruction: nothing,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  while (stack.length > 0) pop(html.length);
}

function nothing(): void {
  // Text and comments are not asked for.
}

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

const VOID = words('area base basefont br col embed frame hr img input keygen link meta param source track wbr');

/** Elements whose opening closes the one before, because people leave closing tags out. */
const IMPLIES_CLOSED: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['li', words('li')],
  ['tr', words('tr td th')],
  ['td', words('td th')],
  ['th', words('td th')],
  ['dd', words('dd dt')],
  ['dt', words('dd dt')],
  ['a', words('a')],
  ['option', words('option')],
  ...'p div table ul ol dl pre hr h1 h2 h3 h4 h5 h6 blockquote section article header footer form address'
    .split(' ')
    .map((name): [string, ReadonlySet<string>] => [name, words('p')]),
]);
