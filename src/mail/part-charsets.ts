import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import { charsetNamed, decodeDeclared, isLeftToLibrary } from './charset.ts';

const MARK = 'x-desk-';
const MAX_SEARCHED_BYTES = 4 * 1024;
const MAX_NEARBY = 8;

/**
 * How often a text shows that it was decoded as what it is not: by characters that could not be read, and escapes of
 * ISO-2022. Then the texts are read once more, by bytes.
 */
export function misreadCount(text: string | false | undefined): number {
  if (typeof text !== 'string' || !(text.includes('\ufffd') || text.includes('\x1b'))) return 0;
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0xfffd || unit === 0x1b) count += 1;
  }
  return count;
}

/** The charset name under which a library hands the bytes of a text to `Decoder`; null: it may read them itself. */
export const markedCharset = (declared: string | null): string | null =>
  isLeftToLibrary(declared) && !/utf-?7/i.test(declared ?? '')
    ? null
    : `${MARK}${(declared ?? '').replace(/[^\w.:*-]/g, '')}`;

/** Decodes a whole text by the charset it declares, or finds that out; in the shape the library asks for. */
export function decoderWith(nearby: readonly string[]): new (charset: string) => Transform {
  return class Decoder extends Transform {
    readonly #declared: string;
    readonly #chunks: Buffer[] = [];

    constructor(charset: string) {
      super();
      this.#declared = charset.startsWith(MARK) ? charset.slice(MARK.length) : charset;
    }

    override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
      this.#chunks.push(chunk);
      done();
    }

    override _flush(done: TransformCallback): void {
      const bytes = Buffer.concat(this.#chunks);
      done(null, Buffer.from(decodeDeclared(bytes, this.#declared, [...namedIn(bytes), ...nearby])));
    }
  };
}

/** The charsets that a text names for itself, as HTML does. */
function namedIn(bytes: Buffer): readonly string[] {
  const named = bytes
    .toString('latin1', 0, MAX_SEARCHED_BYTES)
    .matchAll(/charset\s{0,4}=\s{0,4}["']?([\w.:-]{1,64})/gi);
  return [...named]
    .slice(0, MAX_NEARBY)
    .map((match) => match[1] ?? '')
    .filter((name) => (charsetNamed(name) ?? '') !== '');
}
