/**
 * The text of HTML, for reading and searching where a message brought no plain text. One pass over the characters with
 * no tree, so nesting and broken markup cost nothing; nothing is fetched, nothing is shown as HTML.
 */
export function htmlToText(html: string): string {
  const out: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    out.push(collapse(html.slice(at, open === -1 ? html.length : open)));
    if (open === -1) break;
    const name = tagNameAt(html, open);
    if (name === null) {
      out.push('<');
      at = open + 1;
      continue;
    }
    out.push(BREAKS[name.replace('/', '')] ?? '');
    at = endOfMarkup(html, open, name);
  }
  return tidy(decodeEntities(out.join('')));
}

/** What a tag means for the lines of the text, opening or closing. */
const BREAKS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'table', 'ul', 'ol', 'pre', 'hr'].map((name) => [
      name,
      '\n\n',
    ]),
  ),
  ...Object.fromEntries(
    ['br', 'div', 'tr', 'li', 'dt', 'dd', 'section', 'article', 'header', 'footer', 'address', 'body'].map((name) => [
      name,
      '\n',
    ]),
  ),
  td: ' ',
  th: ' ',
};

/** Elements whose content nobody reads. */
const UNREAD: Readonly<Record<string, RegExp>> = {
  style: /<\/style/gi,
  script: /<\/script/gi,
  title: /<\/title/gi,
  template: /<\/template/gi,
  noscript: /<\/noscript/gi,
};

/** The tag's name in lower case, with "/" before a closing one; "!" for comments and declarations; null if "<" is text. */
function tagNameAt(html: string, open: number): string | null {
  const match = TAG_NAME.exec(html.slice(open + 1, open + 34));
  return match === null ? null : match[0].toLowerCase();
}

const TAG_NAME = /^(?:\/?[a-z][a-z0-9:_-]{0,31}|[!?])/i;

function endOfMarkup(html: string, open: number, name: string): number {
  if (html.startsWith('<!--', open)) return behind(html.indexOf('-->', open + 4), 3, html);
  const closing = UNREAD[name];
  const end = behind(html.indexOf('>', open), 1, html);
  if (closing === undefined) return end;
  closing.lastIndex = end;
  const match = closing.exec(html);
  return match === null ? html.length : match.index;
}

function behind(found: number, length: number, html: string): number {
  return found === -1 ? html.length : found + length;
}

function collapse(text: string): string {
  return text.replace(/[ \t\r\n\f]+/g, ' ');
}

function tidy(text: string): string {
  return text
    .replace(/\u00a0/g, ' ')
    .split('\n')
    .map((line) => line.replace(/ {2,}/g, ' ').trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function decodeEntities(text: string): string {
  return text.replace(ENTITY, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number.parseInt(decimal, 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}

const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z][a-z0-9]{1,7}));?/gi;

const LATIN_1 =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml'.split(
    ' ',
  );

/** HTML 4: the Latin-1 set, which lies in one row from U+00A0, and the others that mail programs write. */
const NAMED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(LATIN_1.map((name, index) => [name, String.fromCodePoint(0xa0 + index)])),
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  euro: '€',
  hellip: '…',
  bull: '•',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  sbquo: '‚',
  ldquo: '“',
  rdquo: '”',
  bdquo: '„',
  trade: '™',
  rarr: '→',
  larr: '←',
  zwnj: '\u200c',
  zwj: '\u200d',
  ensp: ' ',
  emsp: ' ',
  thinsp: ' ',
};
