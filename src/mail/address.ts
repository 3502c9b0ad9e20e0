import { domainToASCII, domainToUnicode } from 'node:url';

/** One address in its canonical form, fit to be compared: made by `parseAddress` alone. */
export type EmailAddress = string & { readonly __brand: 'EmailAddress' };

/** RFC 5321 4.5.3.1: a path is at most 256 octets with its angle brackets. */
const MAX_ADDRESS_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;
const MAX_DOMAIN_LENGTH = 253;

const DOT_ATOM = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;
const LDH_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** A label of a name in letters of the world: no ASCII but LDH, no invisible or direction-changing character. */
const U_LABEL = /^(?:[a-z0-9-]|[^\p{ASCII}\p{C}\p{Z}])+$/u;

/**
 * The strict grammar of an identity (RELIABILITY D9): an ASCII dot-atom, "@", a name of LDH or UTS-46 labels. Quoted
 * local parts, literals, comments, encoded-words, spaces, a trailing dot and anything a mapping would fold away are refused.
 *
 * @param raw the bare addr-spec; it is not trimmed
 * @returns ASCII lower case with the domain in A-labels, or null
 */
export function parseAddress(raw: string): EmailAddress | null {
  if (raw.length > MAX_ADDRESS_LENGTH) return null;
  const at = raw.indexOf('@');
  const local = raw.slice(0, Math.max(at, 0));
  // "=?" begins an encoded-word, which is never part of an address though its characters are all atext.
  if (local.length > MAX_LOCAL_LENGTH || !DOT_ATOM.test(local) || local.includes('=?')) return null;
  const domain = parseDomain(raw.slice(at + 1));
  if (domain === null) return null;
  const address = `${local.toLowerCase()}@${domain}`;
  return address.length > MAX_ADDRESS_LENGTH ? null : (address as EmailAddress);
}

/** A domain name in lower case and A-labels, or null if it is none by the grammar of `parseAddress`. */
export function parseDomain(raw: string): string | null {
  const lower = raw.toLowerCase();
  const isAscii = /^\p{ASCII}*$/u.test(raw);
  const domain = isAscii ? lower : foldSafely(raw, lower);
  if (domain === null || domain.length > MAX_DOMAIN_LENGTH) return null;
  const labels = domain.split('.');
  if (!labels.every((label) => LDH_LABEL.test(label))) return null;
  // A name that ends in digits is an IPv4 address to somebody: RFC 3696 2.
  if (/^\d+$/.test(labels.at(-1) ?? '')) return null;
  return labels.every(isTrueALabel) ? domain : null;
}

/** The part after the "@": lower case, A-labels. */
export function domainOf(address: EmailAddress): string {
  return address.slice(address.indexOf('@') + 1);
}

/**
 * One bucket for the spellings under which one mailbox is commonly reached: without "+tag", and at Gmail without dots.
 * For budgets only, never an identity: RELIABILITY I13.
 */
export function rateLimitKey(address: EmailAddress): string {
  const local = localOf(address).replace(/(?<=.)\+.*$/, '');
  const domain = domainOf(address);
  if (domain !== 'gmail.com' && domain !== 'googlemail.com') return `${local}@${domain}`;
  return `${local.replaceAll('.', '')}@gmail.com`;
}

/** Whether the address says that nobody reads what is sent to it. */
export function isNoReply(address: EmailAddress): boolean {
  return NO_REPLY.test(localOf(address));
}

const NO_REPLY =
  /(?:^|[-_.+])(?:(?:no|not|non|do[-_.]?not|dont|never)[-_.]?(?:reply|response)|nicht[-_.]?antworten|ne[-_.]?pas[-_.]?repondre|no[-_.]?(?:responder|responda|contestar)|nao[-_.]?(?:responda|responder)|non[-_.]?rispondere)(?![a-z])/;

/** Whether the address is that of a mail system and not of a person. */
export function isDaemon(address: EmailAddress): boolean {
  return DAEMON.test(localOf(address));
}

// Exchange signs its reports with "MicrosoftExchange" and a GUID of 32 hex digits.
const DAEMON =
  /^(?:mailer?[-_.]?daemons?|mdaemon|postmaster|(?:double-)?bounces?|bounced?mail|maildelivery(?:system|subsystem)?|mail[-_.]delivery|smtp[-_.]?daemon|microsoftexchange[0-9a-f]{32})(?:[-+=].*)?$/;

function localOf(address: EmailAddress): string {
  return address.slice(0, address.indexOf('@'));
}

/** Whether a label is not an A-label at all, or is the A-label of the letters it stands for. */
function isTrueALabel(label: string): boolean {
  if (!label.startsWith('xn--')) return true;
  const letters = domainToUnicode(label);
  return letters !== label && U_LABEL.test(letters) && domainToASCII(letters) === label;
}

/** The A-labels of a name, if they lead back to exactly what was written: no full-width, ligature or ignored characters. */
function foldSafely(raw: string, lower: string): string | null {
  if (raw !== raw.normalize('NFC') || !lower.split('.').every((label) => U_LABEL.test(label))) return null;
  const ascii = domainToASCII(lower);
  return ascii !== '' && domainToUnicode(ascii) === lower ? ascii : null;
}
