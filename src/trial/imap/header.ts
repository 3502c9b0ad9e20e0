/** A field of a header block, one character per byte. */
export interface RawField {
  /** In lower case. */
  readonly name: string;
  /** With its line ends, as received. */
  readonly raw: string;
  /** Unfolded, encoded words left alone. */
  readonly value: string;
}

/** Fields beyond this many are not looked at; a header section is still sent whole. */
const MAX_FIELDS = 1_000;

/** Reads the fields of a header block. What is no field is left out. */
export function parseFields(block: string): readonly RawField[] {
  const fields: RawField[] = [];
  for (const [raw] of block.matchAll(/[^\n]+(?:\n[ \t][^\n]*)*(?:\n|$)/g)) {
    const name = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/.exec(raw);
    if (name === null || fields.length >= MAX_FIELDS) continue;
    const value = raw
      .slice(name[0].length)
      .replace(/[\r\n\0]/g, '')
      .trim();
    fields.push({ name: (name[1] ?? '').toLowerCase(), raw, value });
  }
  return fields;
}

/** The value of the first field of a name (in lower case); null when there is none. */
export function fieldValue(fields: readonly RawField[], name: string): string | null {
  return fields.find((field) => field.name === name)?.value ?? null;
}

/** A value such as `text/plain; charset="utf-8"`. */
export interface StructuredValue {
  /** What stands before the first semicolon, trimmed. */
  readonly value: string;
  /** Names in lower case, values without quotes, in order. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** Reads a value with parameters. RFC 2045 5.1; RFC 2231 forms are left as they are. */
export function parseStructured(text: string): StructuredValue {
  const value =
    /^[^;]*/
      .exec(text)?.[0]
      .replace(/\([^()]*\)/g, '')
      .trim() ?? '';
  const parameters: (readonly [string, string])[] = [];
  for (const match of text.matchAll(/;[ \t]*([^\s=;"()]{1,100})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/g)) {
    parameters.push([(match[1] ?? '').toLowerCase(), match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '']);
  }
  return { value, parameters };
}

/** Decodes the encoded words of a value (RFC 2047) and its raw UTF-8, for searching. What cannot be decoded stays. */
export function decodeWords(value: string): string {
  const joined = value.replace(/(=\?[^?\s]+\?[bq]\?[^?\s]*\?=)\s+(?==\?)/gi, '$1');
  const decoded = joined.replace(/=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bq])\?([^?\s]*)\?=/gi, (word, ...groups: string[]) => {
    const [charset = '', encoding = '', text = ''] = groups;
    const isBase64 = encoding.toLowerCase() === 'b';
    const bytes = isBase64 ? Buffer.from(text, 'base64') : decodeQuoted(text.replaceAll('_', ' '));
    return decodeCharset(bytes, charset) ?? word;
  });
  return decoded === value ? (decodeCharset(Buffer.from(value, 'latin1'), 'utf-8') ?? value) : decoded;
}

/** Decodes quoted-printable: text of one character per byte to bytes. */
export function decodeQuoted(text: string): Buffer {
  const joined = text.replace(/=\r?\n/g, '');
  return Buffer.from(
    joined.replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

/** Null when the charset is unknown. */
export function decodeCharset(bytes: Uint8Array, charset: string): string | null {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return null;
  }
}
