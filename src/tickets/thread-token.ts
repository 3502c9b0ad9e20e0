import { timingSafeEqual } from 'node:crypto';
import { fromBase32, toBase32 } from '../lib/base32.ts';
import type { Keys } from '../lib/crypto.ts';
import { hmac } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import { parseAddress } from '../mail/address.ts';

/**
 * Our Message-IDs, DESIGN 5.5: `<v1.kind.PUBLICID.MAC@reply-domain>`, each part of 128 bits in base32. The id is
 * made of what happened and to whom it goes, so the same mail has the same id even if the database forgot it; the
 * MAC says that we made it, without a look-up. It is reply token, loop mark and idempotency key at once.
 */
export interface ThreadToken {
  readonly kind: string;
  /** 128 bits as a UUID, `notifications.public_id`. */
  readonly publicId: string;
}

const VERSION = 'v1';
const PART_BYTES = 16;
const PART_LENGTH = 26;
const TOKEN = new RegExp(`^${VERSION}\\.([a-z_]{1,32})\\.([a-z2-7]{${PART_LENGTH}})\\.([a-z2-7]{${PART_LENGTH}})$`);

/**
 * The Message-ID of the mail that `eventKey` owes to `recipient`.
 *
 * @param eventKey of an inbound mail its content key, of anything else the event's id: what makes a repeat the same mail
 * @param recipient canonical address
 * @returns the id with angle brackets, its loop mark (the part left of the @) and the public id
 */
export function mintMessageId(
  keys: Keys,
  mail: { kind: string; eventKey: Uint8Array; recipient: string; replyDomain: string },
): { readonly messageId: string; readonly loopMark: string; readonly publicId: string } {
  // The kind is part of the id: one event may owe two mails to one person (a welcome and an acknowledgement).
  const id = hmac(keys.publicId, [VERSION, mail.kind, mail.eventKey, mail.recipient]).subarray(0, PART_BYTES);
  const loopMark = `${VERSION}.${mail.kind}.${toBase32(id)}.${toBase32(macOf(keys, mail.kind, id))}`;
  return { messageId: `<${loopMark}@${mail.replyDomain}>`, loopMark, publicId: toUuid(id) };
}

/**
 * Reads a Message-ID or a loop mark back, if we made it.
 *
 * @param text with or without angle brackets and right side
 * @returns null when it is not ours or was changed
 */
export function readThreadToken(keys: Keys, text: string): ThreadToken | null {
  if (text.length > 400) return null;
  const left = text
    .replace(/^</, '')
    .replace(/[@>].*$/s, '')
    .toLowerCase();
  const match = TOKEN.exec(left);
  if (match === null) return null;
  const [, kind = '', idText = '', macText = ''] = match;
  const id = fromBase32(idText, PART_BYTES);
  // The last letter of a part has two bits to spare: only the one spelling that we write is ours.
  if (toBase32(id) !== idText || toBase32(fromBase32(macText, PART_BYTES)) !== macText) return null;
  if (!timingSafeEqual(fromBase32(macText, PART_BYTES), macOf(keys, kind, id))) return null;
  return { kind, publicId: toUuid(id) };
}

/** Shorter than a Message-ID's MAC: the token has to fit into a local part of 64 characters, behind the desk's own name. */
const REPLY_MAC_BYTES = 10;
const REPLY_MAC_LENGTH = 16;
const REPLY_TOKEN = new RegExp(`^([a-z2-7]{${PART_LENGTH}})([a-z2-7]{${REPLY_MAC_LENGTH}})$`);

/** The token of a mail of ours for a plus-address, `support+TOKEN@`: for servers that lose References (DESIGN 5.5). */
export function mintReplyToken(keys: Keys, publicId: string): string {
  const id = Buffer.from(publicId.replaceAll('-', ''), 'hex');
  return toBase32(id) + toBase32(replyMacOf(keys, id));
}

/**
 * The address to which answers to a mail of ours go where the server takes plus-addresses.
 *
 * @param messageId one that we made
 * @returns null when the local part would be too long (RFC 5321 4.5.3.1.1), or the id is not ours
 */
export function replyAddress(keys: Keys, desk: EmailAddress, messageId: string): EmailAddress | null {
  const token = readThreadToken(keys, messageId);
  return token === null ? null : parseAddress(desk.replace('@', `+${mintReplyToken(keys, token.publicId)}@`));
}

/** The public id of the mail whose reply token this is; null when we did not make it. */
export function readReplyToken(keys: Keys, token: string): string | null {
  const match = REPLY_TOKEN.exec(token.toLowerCase());
  if (match === null) return null;
  const [, idText = '', macText = ''] = match;
  const id = fromBase32(idText, PART_BYTES);
  if (toBase32(id) !== idText) return null;
  return timingSafeEqual(Buffer.from(macText), Buffer.from(toBase32(replyMacOf(keys, id)))) ? toUuid(id) : null;
}

const replyMacOf = (keys: Keys, id: Buffer): Buffer =>
  hmac(keys.messageMac, [VERSION, 'reply address', id]).subarray(0, REPLY_MAC_BYTES);

const macOf = (keys: Keys, kind: string, id: Buffer): Buffer =>
  hmac(keys.messageMac, [VERSION, kind, id]).subarray(0, PART_BYTES);

const toUuid = (id: Buffer): string =>
  id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
