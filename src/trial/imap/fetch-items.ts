import { Refusal } from './refusal.ts';
import { needsHeaderOnly, parseSection } from './sections.ts';
import type { Section } from './sections.ts';
import type { Token } from './tokens.ts';

/** One thing FETCH asks for. */
export type FetchItem =
  | { readonly is: 'uid' | 'flags' | 'internal_date' | 'size' | 'envelope' | 'body' | 'body_structure' }
  | {
      readonly is: 'section';
      /** As the answer names it. */
      readonly label: string;
      readonly section: Section;
      readonly partial: { readonly start: number; readonly length: number } | null;
      /** Does reading it set \Seen? */
      readonly marksSeen: boolean;
    };

/** Macros and plain names. RFC 3501 6.4.5. */
const NAMES: Readonly<Record<string, readonly FetchItem[]>> = {
  UID: [{ is: 'uid' }],
  FLAGS: [{ is: 'flags' }],
  INTERNALDATE: [{ is: 'internal_date' }],
  'RFC822.SIZE': [{ is: 'size' }],
  ENVELOPE: [{ is: 'envelope' }],
  BODY: [{ is: 'body' }],
  BODYSTRUCTURE: [{ is: 'body_structure' }],
  FAST: [{ is: 'flags' }, { is: 'internal_date' }, { is: 'size' }],
  ALL: [{ is: 'flags' }, { is: 'internal_date' }, { is: 'size' }, { is: 'envelope' }],
  FULL: [{ is: 'flags' }, { is: 'internal_date' }, { is: 'size' }, { is: 'envelope' }, { is: 'body' }],
  RFC822: [section('RFC822', '', true)],
  'RFC822.HEADER': [section('RFC822.HEADER', 'HEADER', false)],
  'RFC822.TEXT': [section('RFC822.TEXT', 'TEXT', true)],
};

const MAX_ITEMS = 100;

/** Reads what FETCH asks for. Throws a Refusal (BAD). */
export function parseFetchItems(tokens: readonly Token[]): readonly FetchItem[] {
  const items = tokens.flatMap((token): readonly FetchItem[] => {
    if (token.kind !== 'atom') throw new Refusal('BAD', 'No such item to fetch');
    const named = NAMES[token.text.toUpperCase()];
    if (named !== undefined) return named;
    const match = /^BODY(\.PEEK)?\[(.*)\](?:<(\d{1,10})(?:\.(\d{1,10}))?>)?$/i.exec(token.text);
    if (match === null) throw new Refusal('BAD', 'No such item to fetch');
    const [, peek, inside = '', start, length] = match;
    const partial = start === undefined ? null : { start: Number(start), length: Number(length ?? Infinity) };
    const label = `BODY[${inside}]${start === undefined ? '' : `<${Number(start)}>`}`;
    return [{ ...section(label, inside, peek === undefined), partial }];
  });
  if (items.length === 0 || items.length > MAX_ITEMS) throw new Refusal('BAD', 'What to fetch was expected');
  return items;
}

/** How much of a message's bytes must be in memory for an item; the whole message itself is streamed instead. */
export function bytesNeeded(item: FetchItem): 'none' | 'header' | 'whole' {
  if (item.is === 'envelope') return 'header';
  if (item.is === 'body' || item.is === 'body_structure') return 'whole';
  if (item.is !== 'section' || isWholeMessage(item.section)) return 'none';
  return needsHeaderOnly(item.section) ? 'header' : 'whole';
}

/** BODY[]: the message as it is on disk. */
export function isWholeMessage({ path, what }: Section): boolean {
  return path.length === 0 && what === 'all';
}

function section(label: string, inside: string, marksSeen: boolean): FetchItem & { readonly is: 'section' } {
  return { is: 'section', label, section: parseSection(inside), partial: null, marksSeen };
}
