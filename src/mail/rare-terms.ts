import { UNSPACED } from './shingles.ts';

/** What a text names as nothing else is named: a number, an identifier, an address, an amount, a password with digits. */
export interface RareTerm {
  /** Offsets in the text. */
  readonly start: number;
  readonly end: number;
  /** Its letters and digits in lower case, without what divides them: however it is written, it is the same. */
  readonly key: string;
}

/** Fewer letters and digits are on many lips: "1,200", "V2", "A4". */
const MIN_KEY_LENGTH = 5;
/** "DE89 3704 0044 0532": at least so many groups that belong together. */
const MIN_GROUPS = 3;
const MAX_GROUP_LENGTH = 4;

/**
 * The rare terms of a text, in order: e-mail addresses, and what has a digit and at least five letters and digits, but
 * for dates and times, which are everybody's. A number that is written in short groups is one. Links are none.
 */
export function rareTerms(text: string): readonly RareTerm[] {
  const terms: RareTerm[] = [];
  let groups: RareTerm[] = [];
  const endGroups = () => {
    const [first, last] = [groups[0], groups.at(-1)];
    const key = groups.map((group) => group.key).join('');
    if (groups.length >= MIN_GROUPS && first !== undefined && last !== undefined) {
      terms.push({ start: first.start, end: last.end, key });
    }
    groups = [];
  };
  for (const { 0: found, index } of text.matchAll(BETWEEN_SPACES)) {
    const term = termOf(found, index);
    if (term !== null && isGroup(term)) {
      groups.push(term);
      continue;
    }
    endGroups();
    if (term !== null && isRare(found, term)) terms.push(term);
  }
  endGroups();
  return terms;
}

const BETWEEN_SPACES = new RegExp(String.raw`[^\s${UNSPACED}]+`, 'gu');

/** Without the punctuation around it; null: it is nothing but that. */
function termOf(word: string, index: number): RareTerm | null {
  const letters = [...word.matchAll(/[\p{L}\p{N}\p{M}]+/gu)];
  const [first, last] = [letters[0], letters.at(-1)];
  if (first === undefined || last === undefined) return null;
  const key = letters
    .map(([part]) => part)
    .join('')
    .normalize('NFKC')
    .toLowerCase();
  return { start: index + first.index, end: index + last.index + last[0].length, key };
}

const isGroup = ({ key }: RareTerm): boolean => key.length > 1 && key.length <= MAX_GROUP_LENGTH && /\p{N}/u.test(key);

function isRare(word: string, { key }: RareTerm): boolean {
  if (key.length < MIN_KEY_LENGTH || word.includes('://')) return false;
  if (/[\p{L}\p{N}]@[\p{L}\p{N}]/u.test(word)) return true;
  return /\p{N}/u.test(key) && !DATE_OR_TIME.test(word);
}

/** "2026-11-22", "22.11.2026", "(11/22/26)", "2026-11-22T10:30:00Z", "10:30:00", "2025/26". */
const DATE_OR_TIME = new RegExp(
  [
    String.raw`^[^\p{L}\p{N}]*(?:`,
    String.raw`\d{4}[-./]\d{1,2}[-./]\d{1,2}(?:t[\d:.]{4,15}(?:z|[+-][\d:]{2,5})?)?`,
    String.raw`|\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d{2})`,
    String.raw`|\d{1,2}:\d{2}(?::\d{2})?(?:am|pm|h)?(?:[-–]\d{1,2}:\d{2}(?:am|pm|h)?)?`,
    String.raw`|(?:19|20)\d{2}[-–/](?:\d{2}|(?:19|20)\d{2})`,
    String.raw`)[^\p{L}\p{N}]*$`,
  ].join(''),
  'iu',
);
