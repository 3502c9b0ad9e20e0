import { createHash } from 'node:crypto';

/** RFC 5322 2.1.1: what does not fit on one line is no Message-ID. */
export const MAX_MESSAGE_ID_LENGTH = 998;

/**
 * The Message-IDs in a header value, in order. Tolerant: anything between "<" and ">" without a space, a bracket or a
 * control character counts, whatever stands between two of them. Linear in the length of the value. CPython's mail
 * package writes ids of more than 78 characters as encoded-words, which RFC 2047 5 forbids there: they are read too.
 *
 * @param value unfolded; of any length
 * @param max how many to keep: the newest, which stand last
 */
export function parseMessageIds(value: string, max: number): readonly string[] {
  if (max <= 0) return [];
  const ids = (value.includes('=?') ? decodeWords(value) : value).match(MESSAGE_ID) ?? [];
  return ids.slice(-max);
}

/** A value whose encoded-words hold ASCII, with the blanks between two of them gone (RFC 2047 6.2). */
function decodeWords(value: string): string {
  return value
    .slice(0, MAX_ENCODED_LENGTH)
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?[\w-]{1,40}\?([bq])\?([^?\s]{0,1000})\?=/gi, (_, encoding: string, text: string) =>
      encoding.toLowerCase() === 'b'
        ? Buffer.from(text, 'base64').toString('latin1')
        : text
            .replace(/_/g, ' ')
            .replace(/=([\da-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    );
}

const MAX_ENCODED_LENGTH = 64 * 1024;

// No "<" inside, so a failed try never starts again behind its own beginning.
const MESSAGE_ID = /<[^<>\s\p{Cc}\ufffd]{1,996}>/gu;

/**
 * The key under which a Message-ID is looked up: the first 16 bytes of SHA-256 over it.
 *
 * @param id with its angle brackets, in exactly the case it was received in
 */
export function messageIdHash(id: string): Buffer {
  return createHash('sha256').update(id).digest().subarray(0, 16);
}
