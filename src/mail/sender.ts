import { parseAddress } from './address.ts';
import type { EmailAddress } from './address.ts';
import { allHeaders } from './headers.ts';
import type { ParsedMessage } from './parsed-message.ts';

/** Who wrote a message, by a strict reading of From (RELIABILITY D9). Reply-To and Sender are never an identity. */
export type Sender =
  | { readonly is: 'address'; readonly address: EmailAddress; readonly name: string }
  | { readonly is: 'ambiguous'; readonly raw: string }
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
    return { is: 'ambiguous', raw: raw.slice(0, MAX_RAW_LENGTH).toWellFormed() };
  }
  return { is: 'address', address, name: sanitiseName(read.name) };
}

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

/** The address of `addr-spec` or `name <addr-spec>`, where the name is a quoted string or words without specials. */
function strictMailbox(value: string): EmailAddress | null {
  const open = value.lastIndexOf('<');
  if (open === -1) return parseAddress(value);
  if (!value.endsWith('>')) return null;
  const name = value.slice(0, open).trim();
  const isName = name === '' || WORDS.test(name) || QUOTED.test(name);
  return isName ? parseAddress(value.slice(open + 1, -1)) : null;
}

// Encoded-words are words here; they are decoded for the display name alone.
const WORDS = /^[^"<>@,;:()[\]\\\p{Cc}]+$/u;
const QUOTED = /^"(?:[^"\\\p{Cc}]|\\[^\p{Cc}])*"$/u;
