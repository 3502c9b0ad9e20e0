import { parseAddress } from './address.ts';
import type { EmailAddress } from './address.ts';
import { allHeaders } from './headers.ts';
import type { ParsedMessage } from './parsed-message.ts';

/** Who wrote a message, by a strict reading of From (RELIABILITY D9). Reply-To and Sender are never an identity. */
export type Sender =
  | { readonly is: 'address'; readonly address: EmailAddress; readonly name: string }
  | {
      readonly is: 'ambiguous';
      readonly raw: string;
      /** Whom it may name, by a lenient reading, in order: each once, at most 10. For a person to choose from. */
      readonly candidates: readonly EmailAddress[];
    }
  | { readonly is: 'nobody' };

export const MAX_SENDER_NAME_LENGTH = 200;
const MAX_RAW_LENGTH = 998;

/**
 * The sender: one From field with one mailbox, as `addr-spec` or `name <addr-spec>`, in which our grammar and the
 * library read the same address. Anything else that holds an address is ambiguous.
 */
export function identifySender(parsed: ParsedMessage): Sender {
  const fields = allHeaders(parsed.headers, 'from');
  const raw = fields.join(' | ');
  if (!raw.includes('@')) return { is: 'nobody' };
  const address = fields.length === 1 ? strictMailbox(raw) : null;
  const [read, ...others] = parsed.from;
  if (address === null || read === undefined || others.length > 0 || parseAddress(read.address) !== address) {
    const candidates = candidatesIn(raw, parsed.from);
    return { is: 'ambiguous', raw: raw.slice(0, MAX_RAW_LENGTH).toWellFormed(), candidates };
  }
  return { is: 'address', address, name: sanitiseName(read.name) };
}

/**
 * The sender when a person has said which of the candidates it is: as if From had named that one alone, without a name,
 * for the field says nothing that is sure. Whoever is no candidate is not taken.
 */
export function chosenSender(sender: Sender, chosen: string | null): Sender {
  if (sender.is !== 'ambiguous' || chosen === null) return sender;
  const address = sender.candidates.find((one) => one === chosen);
  return address === undefined ? sender : { is: 'address', address, name: '' };
}

const MAX_CANDIDATES = 10;
const MAX_LENIENT_LENGTH = 10_000;

/** Whatever has the form of an address in From, and what the library read there. */
function candidatesIn(raw: string, read: ParsedMessage['from']): readonly EmailAddress[] {
  const written = raw.slice(0, MAX_LENIENT_LENGTH).match(LOOSE_ADDRESS) ?? [];
  const found = [...written, ...read.map(({ address }) => address)].flatMap((one) => parseAddress(one) ?? []);
  return [...new Set(found)].slice(0, MAX_CANDIDATES);
}

// What can be in no address ends it; the lengths keep it linear.
const LOOSE_ADDRESS = /[^\s<>()[\]"',;:\\@|]{1,64}@[^\s<>()[\]"',;:\\@|]{1,253}/gu;

/** Without control, format and direction characters; single spaces; at most 200 characters. */
function sanitiseName(name: string): string {
  return name
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}\ufffd]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_SENDER_NAME_LENGTH)
    .toWellFormed();
}

/**
 * The address of `addr-spec` or `name <addr-spec>`. A name is words and quoted strings; comments may stand beside a name
 * or an address, never inside of one: "ana@x.example (Ana Lima)", as Postfix and mail programs of old write it.
 */
function strictMailbox(value: string): EmailAddress | null {
  const words: string[] = [];
  let isQuoted = false;
  let bracketed: EmailAddress | null = null;
  TOKEN.lastIndex = 0;
  for (let at = 0; at < value.length; at = TOKEN.lastIndex) {
    const token = TOKEN.exec(value)?.groups;
    if (token === undefined) return null;
    const { blank, comment, quoted, bracket, word } = token;
    if (blank !== undefined || comment !== undefined) continue;
    if (bracketed !== null) return null;
    if (quoted !== undefined) isQuoted = true;
    if (word !== undefined) words.push(word);
    if (bracket !== undefined) {
      bracketed = parseAddress(bracket);
      if (bracketed === null) return null;
    }
  }
  if (bracketed === null) return words.length === 1 && !isQuoted ? parseAddress(words.join('')) : null;
  const isName = words.every(isNameWord) && words[0]?.startsWith('.') !== true;
  return isName || (!isQuoted && isSameAddress(words, bracketed)) ? bracketed : null;
}

// Each alternative begins with a character of its own and takes all it can, so that reading is linear.
const TOKEN =
  /(?<blank>[ \t]+)|(?<comment>\((?:[^()"<>\\\p{Cc}]|\t)*\))|(?<quoted>"(?:[^"\\\p{Cc}]|\t|\\[^\p{Cc}])*")|<(?<bracket>[^<>]*)>|(?<word>[^ \t("<>]+)/uy;

/** Encoded-words are words, even with the commas that some programs leave in them; they are decoded for display alone. */
const isNameWord = (word: string): boolean => WORD.test(word) || ENCODED_WORD.test(word);
const WORD = /^[^@,;:)[\]\\\p{Cc}]+$/u;
const ENCODED_WORD = /^=\?[\w*.:-]+\?[bq]\?[^?@)[\]\\\p{Cc}]*\?=$/iu;

/** Some programs repeat the address as its name: there is no second reading of that. */
const isSameAddress = (words: readonly string[], address: EmailAddress): boolean =>
  words.length === 1 && parseAddress(words.join('')) === address;
