import type { Defect } from './parsed-message.ts';

/** RFC 5322 knows no such message; those there are were saved by a program. */
export function fromUtf16(bytes: Buffer, defects: Defect[]): Buffer {
  const charset = SIGNS.find(({ sign }) => sign(bytes))?.charset;
  if (charset === undefined) return bytes;
  defects.push({ id: 'utf16_message', detail: 'the whole message is UTF-16, read as UTF-8' });
  return Buffer.from(new TextDecoder(charset).decode(bytes));
}

const isLetter = (byte: number | undefined): boolean => byte !== undefined && byte > 0x40 && byte < 0x7b;

/** A byte order mark, or the letters of a field name with nothing between them. */
const SIGNS: readonly { readonly charset: string; readonly sign: (bytes: Buffer) => boolean }[] = [
  { charset: 'utf-16le', sign: ([a, b]) => a === 0xff && b === 0xfe },
  { charset: 'utf-16be', sign: ([a, b]) => a === 0xfe && b === 0xff },
  { charset: 'utf-16le', sign: ([a, b, c, d]) => isLetter(a) && b === 0 && isLetter(c) && d === 0 },
  { charset: 'utf-16be', sign: ([a, b, c, d]) => a === 0 && isLetter(b) && c === 0 && isLetter(d) },
];
