import { parseAddress } from './address.ts';
import type { EmailAddress } from './address.ts';
import { FIELD_OF_LABEL, wordsKey } from './forward-words.ts';
import type { BlockField } from './forward-words.ts';

/** A header as a mail program writes it into the text of a forward. */
export interface HeaderBlock {
  readonly fields: ReadonlyMap<BlockField, string>;
  /** Whether it names its writer twice. */
  readonly hasTwoFrom: boolean;
  /** The first line behind it. */
  readonly end: number;
}

const MAX_BLOCK_LINES = 80;
/** Recipients may fill many lines, everything else a few. */
const MAX_WRAPPED_LINES: Readonly<Partial<Record<BlockField, number>>> = { to: 40, cc: 40 };
const MAX_LINE_LENGTH = 998;

/**
 * The header block that begins at a line, in any language of `forward-words`: labelled lines, which may be wrapped, stand
 * apart from each other by an empty line, or have their values on the next lines.
 *
 * @returns null when the line has no label
 */
export function headerBlockAt(lines: readonly string[], start: number): HeaderBlock | null {
  if (labelled(lines[start]) === null) return null;
  const fields = new Map<BlockField, string>();
  let open: BlockField = 'other';
  let wrapped: string[] = [];
  let end = start;
  let wrappedEnd = start;
  for (let at = start; at < Math.min(lines.length, start + MAX_BLOCK_LINES); at += 1) {
    const line = cleanLine(lines[at] ?? '');
    const label = labelled(lines[at]);
    if (label?.field === 'from' && fields.has('from')) return { fields, hasTwoFrom: true, end };
    if (label === null ? line === '' && !goesOn(lines, at + 1, fields) : isKnown(label.field, fields)) break;
    if (label !== null) {
      // What stood between two labels belongs to the first of them.
      if (fields.has(open)) fields.set(open, [fields.get(open), ...wrapped].join(' ').trim());
      wrapped = [];
      open = label.field;
      fields.set(open, label.value);
      end = at + 1;
    } else if (line !== '') {
      wrapped.push(line);
      wrappedEnd = at + 1;
      if (wrapped.length > (MAX_WRAPPED_LINES[open] ?? 3)) break;
    }
  }
  const hasValuesBelow = labelled(lines[start])?.value === '' && fields.get(open) === '' && wrapped.length === 1;
  const hasMoreRecipients = (open === 'to' || open === 'cc') && wrapped.length > 0 && wrapped.every(isRecipient);
  if (!hasValuesBelow && !hasMoreRecipients) return { fields, hasTwoFrom: false, end };
  fields.set(open, [fields.get(open), ...wrapped].join(' ').trim());
  return { fields, hasTwoFrom: false, end: wrappedEnd };
}

const isRecipient = (line: string): boolean =>
  /<[^<>\s@]{1,64}@[^<>\s@]{1,255}>[;,]?$/.test(line.slice(0, MAX_LINE_LENGTH));

function isKnown(field: BlockField, fields: ReadonlyMap<BlockField, string>): boolean {
  return field !== 'other' && fields.has(field);
}

/** Whether behind an empty line the block has another label. */
function goesOn(lines: readonly string[], at: number, fields: ReadonlyMap<BlockField, string>): boolean {
  const next = cleanLine(lines[at] ?? '') === '' ? lines[at + 1] : lines[at];
  const label = labelled(next);
  return label !== null && label.field !== 'other' && !fields.has(label.field);
}

function labelled(line: string | undefined): { readonly field: BlockField; readonly value: string } | null {
  const match = LABEL.exec(cleanLine((line ?? '').slice(0, MAX_LINE_LENGTH)));
  if (match === null) return null;
  const [, label = '', value = ''] = match;
  const field = FIELD_OF_LABEL.get(wordsKey(label)) ?? (HEADER_NAME.test(label) ? 'other' : null);
  return field === null ? null : { field, value: value.trim() };
}

const LABEL = /^([^:：<>@"]{1,32})[:：](.*)$/su;
/** A field's name as in a real header: at least one hyphen, so that "Hello:" is none. */
const HEADER_NAME = /^[a-z]+(?:-[a-z\d]+)+$/i;

/** Without the stars of a text made from bold letters, and without characters that cannot be seen. */
function cleanLine(line: string): string {
  return line.replace(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff*]/g, '').trim();
}

export interface Mailbox {
  readonly address: EmailAddress;
  readonly name: string;
}

/**
 * The one mailbox of a From line, strictly: "name <address>", "address", and Outlook's "name [mailto:address]". The
 * address may stand there twice, as name and as address; anything else beside it makes the line ambiguous.
 */
export function mailboxOf(value: string): Mailbox | null {
  const text = value.replace(/[;,\s]+$/, '');
  if (text.length > MAX_LINE_LENGTH) return null;
  const found = [...text.matchAll(ADDRESS_LIKE)];
  const [first] = found;
  const addresses = new Set(found.map(([word]) => parseAddress(word.replace(/^'(.*)'$/s, '$1'))));
  const [address] = addresses;
  if (first === undefined || addresses.size !== 1 || address === undefined || address === null) return null;
  const [before = '', ...others] = text.split(ADDRESS_LIKE);
  if (others.some((other) => !BETWEEN.test(other) || other.includes('@')) || before.includes('@')) return null;
  const name = before.replace(/[\s<[("“”]+(?:mailto:)?$/i, '').replace(/^["'“”\s]+|["'“”\s]+$/g, '');
  return /[<>:;]/.test(name) ? null : { address, name: displayName(name) };
}

const ADDRESS_LIKE = /[^\s<>()[\],;:"“”@]{1,64}@[^\s<>()[\],;:"“”@]{1,255}/g;
const BETWEEN = /^[\s<>()[\]"“”']*(?:mailto:)?[\s<>()[\]"“”']*$/i;
const MAX_NAME_LENGTH = 200;

function displayName(name: string): string {
  return name
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}\ufffd]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_NAME_LENGTH)
    .toWellFormed();
}
