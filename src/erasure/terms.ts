import { domainToUnicode } from 'node:url';

/** What an erased person was called, as regular expressions of PostgreSQL; they fit texts and JSON written as text. */
export interface Terms {
  /** Whatever holds an address or full name of theirs holds this, and perhaps other things: quick to look for. */
  readonly hint: string;
  /** Any of their addresses, as a whole. */
  readonly addresses: string;
  /** Any of their full names; matches nothing where they had none. */
  readonly names: string;
  /** Names of one word: to be looked for in what is about them alone. */
  readonly loneNames: string;
}

const NOTHING = '(?!)';
const MIN_LONE_NAME = 3;

/**
 * How to find somebody in what others have written. Pure.
 *
 * @param addresses canonical
 * @param names as they were shown at any time; may hold addresses, which are no names
 */
export function termsOf(addresses: readonly string[], names: readonly string[]): Terms {
  const written = addresses.flatMap((address) => {
    const at = address.indexOf('@') + 1;
    const letters = `${address.slice(0, at)}${domainToUnicode(address.slice(at))}`;
    return letters === address ? [address] : [address, letters];
  });
  const known = [...new Set(names.map((name) => name.trim().replace(/\s+/g, ' ')))].filter(
    (name) => name !== '' && !name.includes('@'),
  );
  const full = known.filter((name) => name.includes(' '));
  const reversed = full.map((name) => name.replace(/^(.+) (\S+)$/, '$2, $1'));
  const lone = known.filter((name) => !name.includes(' ') && name.length >= MIN_LONE_NAME);
  const named = [...full, ...reversed];
  return {
    hint: oneOf([...written, ...named], '(?:', ')'),
    addresses: oneOf(written, `${BEFORE_ADDRESS}(?:`, `)(?![\\w-]|\\.\\w)`),
    names: oneOf(named, `${BEFORE_NAME}(?:`, `)(?!\\w)`),
    loneNames: oneOf(lone, `${BEFORE_NAME}(?:`, `)(?!\\w)`),
  };
}

/** In JSON a line's end is two characters, the second of which is a letter. */
const AFTER_ESCAPE = '(?<=\\\\[nrtbf])';
const BEFORE_ADDRESS = `(?:(?<![\\w.+-])|${AFTER_ESCAPE})`;
const BEFORE_NAME = `(?:(?<!\\w)|${AFTER_ESCAPE})`;

const oneOf = (terms: readonly string[], before: string, after: string): string =>
  terms.length === 0 ? NOTHING : `${before}${terms.map(escaped).join('|')}${after}`;

/** The term itself; a space stands for any white space, and a quotation mark may be escaped as JSON does. */
const escaped = (term: string): string =>
  term
    .replace(/["\\]|[^\p{L}\p{N}\s]/gu, (mark) => (mark === '"' || mark === '\\' ? `\\\\?\\${mark}` : `\\${mark}`))
    .replace(/\s+/g, '(?:\\s|\\\\[nrt])+');
