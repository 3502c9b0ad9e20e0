import { FORWARD_PREFIXES, REPLY_PREFIXES } from './subject-prefixes.ts';

const MAX_SUBJECT_LENGTH = 998;
const MAX_TICKET_TAGS = 5;

/**
 * The base subject, for comparing two messages of a thread. RFC 5256 2.1, without its mailing-list step: desks use
 * "[#123]" themselves. The prefixes are those of the languages of `subject-prefixes`, not "re" and "fwd" alone.
 *
 * @param subject decoded (RFC 2047), unfolded; may be empty
 * @returns lower case, single spaces, no "re:" or "fwd:"; '' if nothing else was there
 */
export function baseSubject(subject: string): string {
  let text = tidy(subject);
  for (;;) {
    const shorter = withoutWrapping(withoutPrefix(text));
    if (shorter === text) return text;
    text = shorter;
  }
}

/** Whether the outermost prefix of a subject is that of an answer. */
export function isReplySubject(subject: string): boolean {
  return REPLIES.has(prefixOf(tidy(subject))?.word ?? '');
}

/** Whether the outermost prefix of a subject is that of a forward, or the subject is wrapped or closed as one. */
export function isForwardSubject(subject: string): boolean {
  const text = tidy(subject);
  return FORWARDS.has(prefixOf(text)?.word ?? '') || withoutWrapping(text) !== text;
}

/** The subject as it is shown: where programs have put the same prefix before it again and again ("Re: Re: x"), once. */
export function oncePrefixed(subject: string): string {
  const [all = '', word = '', last = ''] = SAME_PREFIXES.exec(subject.slice(0, MAX_SUBJECT_LENGTH)) ?? [];
  return REPLIES.has(word.toLowerCase()) ? subject.slice(all.length - last.length) : subject;
}

// The same word and colon at least twice; the last of them is what stays.
const SAME_PREFIXES = /^\s*(?=(\p{L}{1,12})\s?[:：])(?:\1\s?[:：]\s*)+(\1\s?[:：]\s*)/iu;

/** The mark with which our subjects name a ticket. */
export const ticketTag = (number: number): string => `[#${number}]`;

/** The tickets that a subject names with our mark, in order: at most five, each once. */
export function ticketTags(subject: string): readonly number[] {
  const found = [...subject.slice(0, MAX_SUBJECT_LENGTH).matchAll(TICKET_TAG)].map((match) => Number(match[1]));
  return [...new Set(found)].slice(0, MAX_TICKET_TAGS);
}

// As `ticketTag` writes it and no other way: no leading zero, no spaces.
const TICKET_TAG = /\[#([1-9]\d{0,11})\]/g;

/** The tickets that a text names as "#123", in order, each once; of a text so long that nobody wrote it the beginning counts. */
export const writtenNumbers = (text: string): readonly number[] => [
  ...new Set([...text.slice(0, MAX_WORDS_LENGTH).matchAll(WRITTEN_NUMBER)].map((match) => Number(match[1]))),
];

const MAX_WORDS_LENGTH = 100_000;
// Not a part of a link, a colour or a word.
const WRITTEN_NUMBER = /(?<![\w&#/=.-])#([1-9]\d{0,11})(?![\w-])/g;

const REPLIES: ReadonlySet<string> = new Set(REPLY_PREFIXES);
const FORWARDS: ReadonlySet<string> = new Set(FORWARD_PREFIXES);

function tidy(subject: string): string {
  return subject
    .slice(0, MAX_SUBJECT_LENGTH)
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The first prefix of a tidy subject, and where it stands: "[x]" before it is passed over (RFC 5256, subj-leader). */
function prefixOf(text: string): { readonly word: string; readonly start: number; readonly end: number } | null {
  const start = /^(?:\[[^[\]]{0,80}\] ?){0,5}/.exec(text)?.[0].length ?? 0;
  const match = PREFIX.exec(text.slice(start, start + MAX_PREFIX_LENGTH));
  const word = match?.[1] ?? '';
  if (match === null || !(REPLIES.has(word) || FORWARDS.has(word))) return null;
  return { word, start, end: start + match[0].length };
}

const MAX_PREFIX_LENGTH = 32;
/** A word or two, a counter as in "Re[2]", "Re(2)", "Re^2", "Re*2" or "Re2", a colon. */
const PREFIX = /^(\p{L}[\p{L}\p{M} ]{0,14}?)\.? ?(?:\[\d{1,4}\]|\(\d{1,4}\)|[*^]?\d{1,4})? ?[:：] ?/u;

function withoutPrefix(text: string): string {
  const prefix = prefixOf(text);
  return prefix === null ? text : (text.slice(0, prefix.start) + text.slice(prefix.end)).trim();
}

/** "(fwd)" at the end; "[fwd: ...]" around everything. RFC 5256 2.1, steps 2 and 6. */
function withoutWrapping(text: string): string {
  if (text.endsWith('(fwd)')) return text.slice(0, -'(fwd)'.length).trim();
  const open = /^\[ ?fwd?: ?/.exec(text);
  return open !== null && text.endsWith(']') ? text.slice(open[0].length, -1).trim() : text;
}
