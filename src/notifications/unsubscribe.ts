import { timingSafeEqual } from 'node:crypto';
import { fromBase32, toBase32 } from '../lib/base32.ts';
import type { Keys } from '../lib/crypto.ts';
import { hmac } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import { readThreadToken } from '../tickets/thread-token.ts';

const PART_BYTES = 16;
const PART_LENGTH = 26;
const TOKEN = new RegExp(`^([a-z2-7]{${PART_LENGTH}})([a-z2-7]{${PART_LENGTH}})$`);
const SUBJECT = new RegExp(`^\\s*unsubscribe\\s+([a-z2-7]{${2 * PART_LENGTH}})\\s*$`, 'i');

/**
 * What a link to hear no more carries (RFC 8058): the public id of the mail it stands in, and a MAC under a key of its
 * own. Nobody who has seen our Message-IDs or reply addresses can make one, and it is none of them.
 */
export function mintUnsubscribeToken(keys: Keys, publicId: string): string {
  const id = Buffer.from(publicId.replaceAll('-', ''), 'hex');
  return toBase32(id) + toBase32(macOf(keys, id));
}

/** The public id of the mail whose link it is; null when we did not make it. Compared in constant time. */
export function readUnsubscribeToken(keys: Keys, token: string): string | null {
  const [, idText = '', macText = ''] = TOKEN.exec(token.toLowerCase()) ?? [];
  if (idText === '') return null;
  const id = fromBase32(idText, PART_BYTES);
  // One spelling alone is ours.
  if (toBase32(id) !== idText) return null;
  if (!timingSafeEqual(Buffer.from(macText), Buffer.from(toBase32(macOf(keys, id))))) return null;
  return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The same of the subject "unsubscribe TOKEN", which is what mail to the address in List-Unsubscribe has. */
export function readUnsubscribeSubject(keys: Keys, subject: string): string | null {
  const token = SUBJECT.exec(subject.slice(0, 200))?.[1];
  return token === undefined ? null : readUnsubscribeToken(keys, token);
}

/**
 * How a mail program may ask to get no more of this mail (RFC 2369, RFC 8058): by a page, at once where that is reached
 * by HTTPS, or by mail.
 *
 * @param to where that mail goes: an address of the desk
 * @param publicUrl where the desk's pages are; null: nowhere that its customers reach
 */
export function unsubscribeHeaders(
  keys: Keys,
  messageId: string,
  to: EmailAddress,
  publicUrl: string | null,
): readonly (readonly [name: string, value: string])[] {
  const made = readThreadToken(keys, messageId);
  if (made === null) return [];
  const token = mintUnsubscribeToken(keys, made.publicId);
  const mailTo = `<mailto:${inUrl(to)}?subject=unsubscribe%20${token}>`;
  if (publicUrl === null) return [['List-Unsubscribe', mailTo]];
  const isOneClick = publicUrl.startsWith('https:');
  return [
    ['List-Unsubscribe', `<${publicUrl}/unsubscribe/${token}>, ${mailTo}`],
    // RFC 8058 3.1 wants HTTPS.
    ...(isOneClick ? [['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'] as const] : []),
  ];
}

/** RFC 6068 2: what means something in a URL is written as %XX; a plus does not. */
const inUrl = (address: EmailAddress): string =>
  address
    .split('@')
    .map((part) => encodeURIComponent(part).replaceAll('%2B', '+'))
    .join('@');

const macOf = (keys: Keys, id: Buffer): Buffer => hmac(keys.unsubscribe, ['v1', id]).subarray(0, PART_BYTES);
