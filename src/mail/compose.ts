import { createHash } from 'node:crypto';
import { encode as encodeBase64, wrap as wrapBase64 } from 'nodemailer/lib/base64';
import { encodeWord, foldLines, isPlainText, quoteString } from 'nodemailer/lib/mime-funcs';
import { encode as encodeQuotedPrintable, wrap as wrapQuotedPrintable } from 'nodemailer/lib/qp';
import type { EmailAddress } from './address.ts';

/** A mailbox as a header shows it. The name may be anything; '' shows the address alone. */
export interface Correspondent {
  readonly name: string;
  readonly address: EmailAddress;
}

export interface OutgoingContent {
  readonly from: Correspondent;
  readonly to: Correspondent;
  readonly subject: string;
  /** With angle brackets, written exactly as given. */
  readonly messageId: string;
  readonly inReplyTo: string | null;
  /** Oldest first. Those that are no msg-id are left out; of more than 20 the first and the newest stay. */
  readonly references: readonly string[];
  readonly date: Date;
  readonly text: string;
  readonly html: string;
  /** Names are ours; values are cleaned and folded like any other text. */
  readonly extraHeaders: readonly (readonly [name: string, value: string])[];
}

const MAX_SUBJECT_CHARS = 250;
const MAX_NAME_CHARS = 100;
const MAX_VALUE_CHARS = 900;
const MAX_REFERENCES = 20;
/** What an unfolded line may hold beside its field name. RFC 5322 2.1.1 has 998. */
const MSG_ID = /^<[\x21-\x3b\x3d\x3f-\x7e]{1,900}>$/;
const ADDRESS = /^[\x21-\x3b\x3d\x3f-\x7e]{1,320}$/;
const FIELD_NAME = /^[!-9;-~]{1,70}$/;

/**
 * The bytes of one mail to one person: multipart/alternative, text before HTML, all of it ASCII with CRLF and lines of
 * at most 998 octets. The same input gives the same bytes. Dot-stuffing is the transport's.
 *
 * Only encoders are borrowed, never a composer that knows files or URLs: nothing named in a mail can be opened here.
 *
 * @throws when an address, the Message-ID or the name of an extra header is not what its grammar allows: that is a bug
 */
export function composeMail(content: OutgoingContent): Buffer {
  if (!MSG_ID.test(content.messageId)) throw new Error(`compose: not a msg-id: ${JSON.stringify(content.messageId)}`);
  const inReplyTo = content.inReplyTo !== null && MSG_ID.test(content.inReplyTo) ? content.inReplyTo : null;
  const references = keptReferences(content.references);
  // "=_" occurs in neither quoted-printable nor base64 (RFC 2045 6.7), so the delimiter cannot occur in a part.
  const boundary = `=_${createHash('sha256').update(content.messageId).digest('hex').slice(0, 32)}`;
  const lines = [
    `Date: ${content.date.toUTCString().replace('GMT', '+0000')}`,
    foldLines(`From: ${correspondent(content.from)}`),
    foldLines(`To: ${correspondent(content.to)}`),
    foldLines(`Subject: ${unstructured(headerText(content.subject, MAX_SUBJECT_CHARS))}`),
    `Message-ID: ${content.messageId}`,
    ...(inReplyTo === null ? [] : [`In-Reply-To: ${inReplyTo}`]),
    ...(references.length === 0 ? [] : [`References: ${references.join('\r\n ')}`]),
    ...content.extraHeaders.map(extraHeader),
    'MIME-Version: 1.0',
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    '',
    ...part(boundary, 'text/plain', content.text),
    ...part(boundary, 'text/html', content.html),
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

/**
 * Text fit for one line of a header: control and bidirectional formatting characters are taken out, any run of white
 * space becomes one space, half a surrogate pair becomes U+FFFD, and what is too long ends in an ellipsis.
 */
export function headerText(value: string, maxChars: number = MAX_SUBJECT_CHARS): string {
  // Cut first, generously, so that a megabyte costs nothing; then again, exactly.
  const line = value
    .slice(0, maxChars * 8)
    .toWellFormed()
    // oxlint-disable-next-line no-control-regex -- these are what we take out
    .replace(/[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
    .replace(/[\s\x85]+/g, ' ')
    .trim();
  if (line.length <= maxChars) return line;
  // Never between the halves of a surrogate pair.
  const start = line.slice(0, maxChars - 1).replace(/[\ud800-\udbff]$/, '');
  return `${start.trimEnd()}…`;
}

/** Text fit for a body: LF line ends, no control characters but tab, no lone surrogates, no overriding of direction. */
export function bodyText(value: string): string {
  return (
    value
      .toWellFormed()
      .replace(/\r\n?|[\x85\u2028\u2029]/g, '\n')
      // oxlint-disable-next-line no-control-regex -- these are what we take out
      .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
  );
}

/** Who speaks in a mail we send: the desk's machine answering a mail, the machine of its own accord, or a person. */
export type MailOrigin = 'auto_replied' | 'auto_generated' | 'person';

/** RFC 3834 5; [MS-OXCMAIL] 2.2.3.2.14 keeps Exchange from answering; the rest read Precedence. A person's mail says none. */
const ORIGIN_HEADERS: Readonly<Record<MailOrigin, readonly (readonly [name: string, value: string])[]>> = {
  auto_replied: automatic('auto-replied'),
  auto_generated: automatic('auto-generated'),
  person: [],
};

/** The headers that keep machines from answering ours, and the mark by which we know our own mail when it comes back. */
export function automaticHeaders(
  origin: MailOrigin,
  loopMark: string,
): readonly (readonly [name: string, value: string])[] {
  return [...ORIGIN_HEADERS[origin], ['X-Deskbell-Loop', loopMark]];
}

function automatic(submitted: string): readonly (readonly [name: string, value: string])[] {
  return [
    ['Auto-Submitted', submitted],
    ['X-Auto-Response-Suppress', 'All'],
    ['Precedence', 'bulk'],
  ];
}

function correspondent({ name, address }: Correspondent): string {
  if (!ADDRESS.test(address)) throw new Error(`compose: not an address: ${JSON.stringify(address)}`);
  const shown = headerText(name, MAX_NAME_CHARS);
  if (shown === '') return address;
  if (!isBare(shown)) return `${encodeWord(shown, 'B', 64)} <${address}>`;
  return `${/^[\w ]+$/.test(shown) ? shown : quoteString(shown)} <${address}>`;
}

function unstructured(line: string): string {
  return isBare(line) ? line : encodeWord(line, 'B', 64);
}

/** May it stand as it is? ASCII that nobody takes for an encoded-word (RFC 2047 7), and that can be folded. */
function isBare(line: string): boolean {
  return isPlainText(line, false) && !line.includes('=?') && !/[^ ]{61}/.test(line);
}

function extraHeader([name, value]: readonly [name: string, value: string]): string {
  if (!FIELD_NAME.test(name)) throw new Error(`compose: not a field name: ${JSON.stringify(name)}`);
  const shown = headerText(value, MAX_VALUE_CHARS);
  // A token of ours is read by machines, which decode no encoded-words: one line, as long as it may be (RFC 5322 2.1.1).
  if (isPlainText(shown, false) && !shown.includes('=?')) return `${name}: ${shown}`;
  return foldLines(`${name}: ${unstructured(shown)}`);
}

function keptReferences(references: readonly string[]): readonly string[] {
  const ids = references.filter((id) => MSG_ID.test(id));
  return ids.length <= MAX_REFERENCES ? ids : [...ids.slice(0, 1), ...ids.slice(1 - MAX_REFERENCES)];
}

/** Quoted-printable, which a person can read in the source; base64 where most of it would be escapes. */
function part(boundary: string, contentType: string, body: string): readonly string[] {
  const crlf = `${bodyText(body).trimEnd()}\n`.replaceAll('\n', '\r\n');
  const isMostlyEscapes = Buffer.byteLength(crlf) > crlf.length * 1.3;
  return [
    `--${boundary}`,
    `Content-Type: ${contentType}; charset=utf-8`,
    `Content-Transfer-Encoding: ${isMostlyEscapes ? 'base64' : 'quoted-printable'}`,
    '',
    isMostlyEscapes ? wrapBase64(encodeBase64(crlf)) : wrapQuotedPrintable(encodeQuotedPrintable(crlf)),
  ];
}
