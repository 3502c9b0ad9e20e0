import sanitizeHtml from 'sanitize-html';
import type { Attributes, Tag } from 'sanitize-html';
import { MAX_DEPTH, readElements } from './html-elements.ts';
import { sanitiseStyle } from './sanitise-style.ts';

/** What was taken out of a mail's HTML for showing it. */
export type RemovedKind = 'active_content' | 'form' | 'style_sheet' | 'remote_image' | 'link' | 'too_deep' | 'too_long';

export interface SanitisedHtml {
  /** To be shown in a sandboxed frame without scripts; it loads nothing but `cid:` images, which the desk resolves. */
  readonly html: string;
  /** How often something of each kind was taken out. */
  readonly removed: Readonly<Record<RemovedKind, number>>;
}

const MAX_HTML_LENGTH = 1024 * 1024;
const MAX_ELEMENTS = 50_000;
const MAX_LINK_LENGTH = 4_096;
const MAX_ALT_LENGTH = 200;

/**
 * Somebody's HTML as it may be shown: elements, attributes and styles of an allow-list, no scripts, no forms, nothing
 * that is loaded from elsewhere. Images of other servers become a mark with their description. Takes any string.
 */
export function sanitiseHtml(html: string): SanitisedHtml {
  const removed = {
    active_content: 0,
    form: 0,
    style_sheet: 0,
    remote_image: 0,
    link: 0,
    too_deep: 0,
    too_long: 0,
  };
  const count = (kind: RemovedKind): void => void (removed[kind] += 1);
  const safe = sanitizeHtml(withinLimits(html, count), {
    allowedTags: [...ALLOWED_ELEMENTS],
    allowedAttributes: ALLOWED_ATTRIBUTES,
    allowedSchemes: [...LINK_SCHEMES],
    allowedSchemesByTag: { img: ['cid', 'data'] },
    allowProtocolRelative: false,
    parseStyleAttributes: false,
    disallowedTagsMode: 'discard',
    nonTextTags: [...WITHOUT_CONTENT],
    nestingLimit: MAX_DEPTH + 1,
    transformTags: {
      a: (_, attributes) => link(attributes, count),
      img: (_, attributes) => image(attributes, count),
      // Behind the rows above, with what they made of it.
      '*': (name, attributes) => anyElement(name, attributes, count),
    },
  });
  return { html: safe, removed };
}

/** The beginning, and without tags that are nested too deep: the library's stack is slow when it is high. */
function withinLimits(html: string, count: (kind: RemovedKind) => void): string {
  let end = Math.min(html.length, MAX_HTML_LENGTH);
  let elements = 0;
  const tags: (readonly [number, number])[] = [];
  readElements(html.slice(0, end), {
    attributes: new Set(),
    opened({ start }) {
      elements += 1;
      if (elements === MAX_ELEMENTS) end = start;
    },
    closed: () => {},
    stray(start, behind, isTooDeep) {
      if (isTooDeep) count('too_deep');
      tags.push([start, behind]);
    },
  });
  if (end < html.length) count('too_long');
  const pieces: string[] = [];
  let at = 0;
  for (const [start, behind] of tags) {
    if (start >= end) break;
    pieces.push(html.slice(at, start));
    at = behind;
  }
  // A space where a tag was, so that what stood around it does not become one.
  return [...pieces, html.slice(at, Math.max(at, end))].join(' ');
}

function anyElement(name: string, attributes: Attributes, count: (kind: RemovedKind) => void): Tag {
  const kind = REMOVED_ELEMENTS.get(name);
  if (kind !== undefined) count(kind);
  if (Object.keys(attributes).some((attribute) => attribute.startsWith('on'))) count('active_content');
  const { style, ...others } = attributes;
  const safe = style === undefined ? '' : sanitiseStyle(style);
  return { tagName: name, attribs: safe === '' ? others : { ...others, style: safe } };
}

/** A link opens elsewhere and says nothing of where it was. */
function link(attributes: Attributes, count: (kind: RemovedKind) => void): Tag {
  const { href, target: _, rel: __, ...others } = attributes;
  const target = href === undefined ? null : linkTarget(href);
  if (href !== undefined && target === null) count('link');
  if (target === null) return { tagName: 'a', attribs: others };
  return {
    tagName: 'a',
    attribs: { ...others, href: target, rel: 'noopener noreferrer nofollow', target: '_blank' },
  };
}

function linkTarget(href: string): string | null {
  if (href.length > MAX_LINK_LENGTH) return null;
  const url = URL.parse(href);
  return url !== null && LINK_SCHEMES.has(url.protocol.slice(0, -1)) ? url.href : null;
}

/** An image that the mail brought stays; another becomes its description, and a counting pixel nothing. */
function image(attributes: Attributes, count: (kind: RemovedKind) => void): Tag {
  const { src = '', alt = '', width, height } = attributes;
  if (CARRIED_IMAGE.test(src)) return { tagName: 'img', attribs: attributes };
  if (src !== '') count('remote_image');
  const description = alt.trim().slice(0, MAX_ALT_LENGTH).toWellFormed();
  const isPixel = description === '' && Number(width) <= 2 && Number(height) <= 2;
  return {
    tagName: 'span',
    attribs: {},
    text: isPixel ? '' : `[image${description === '' ? '' : `: ${description}`}]`,
  };
}

const CARRIED_IMAGE = /^(?:cid:[^\s<>"'\\]{1,998}|data:image\/(?:png|jpe?g|gif|webp);base64,[a-z0-9+/=\s]*)$/i;
const LINK_SCHEMES: ReadonlySet<string> = new Set(['http', 'https', 'mailto']);

const words = (list: string): string[] => list.split(' ');

const ALLOWED_ELEMENTS = words(
  'a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr',
);

const TABLE_ATTRIBUTES = words('width height bgcolor border cellpadding cellspacing');
const CELL_ATTRIBUTES = words('width height bgcolor colspan rowspan nowrap');

/** No class, no id and no name: nothing may meet the page around it. */
const ALLOWED_ATTRIBUTES: Record<string, string[]> = {
  '*': words('style dir lang title align valign'),
  a: words('href rel target'),
  img: words('src alt width height'),
  font: words('color face size'),
  table: [...TABLE_ATTRIBUTES],
  td: [...CELL_ATTRIBUTES],
  th: [...CELL_ATTRIBUTES],
  tr: words('bgcolor height'),
  col: words('span width'),
  ol: words('start type'),
  hr: words('width size'),
};

/** Elements that go with all that is in them. */
const WITHOUT_CONTENT = words(
  'script style title textarea option select xmp noscript noframes noembed template svg math object applet audio video iframe frameset plaintext',
);

const REMOVED_ELEMENTS: ReadonlyMap<string, RemovedKind> = new Map([
  ...words('script iframe frame frameset object applet embed svg math meta base link audio video noscript').map(
    (name): [string, RemovedKind] => [name, 'active_content'],
  ),
  ...words('form input button select textarea').map((name): [string, RemovedKind] => [name, 'form']),
  ['style', 'style_sheet'],
]);
