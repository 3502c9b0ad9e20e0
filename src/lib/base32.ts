/** RFC 4648 base32 in lower case: it survives servers that change the case of a Message-ID. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** The letters of some bytes, without padding: eight for five bytes. */
export function toBase32(bytes: Buffer): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET.charAt((value >> (bits - 5)) & 31);
  }
  return bits > 0 ? text + ALPHABET.charAt((value << (5 - bits)) & 31) : text;
}

/**
 * The bytes of some letters of that alphabet. A last letter may have bits to spare, so several spellings mean the same:
 * whoever takes only one asks `toBase32` again.
 *
 * @param size how many bytes there are to be; what is missing is zero
 */
export function fromBase32(text: string, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let bits = 0;
  let value = 0;
  let at = 0;
  for (const character of text) {
    value = ((value << 5) | ALPHABET.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits >= 8 && at < size) {
      bits -= 8;
      bytes[at] = (value >> bits) & 0xff;
      at += 1;
    }
  }
  return bytes;
}
