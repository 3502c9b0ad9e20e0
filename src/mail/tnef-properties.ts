/** The properties of a message or file that hold text, bytes or numbers; by property id. */
export interface MapiProperties {
  readonly strings: ReadonlyMap<number, string>;
  /** In the code page of the container. */
  readonly narrowStrings: ReadonlyMap<number, Buffer>;
  readonly binaries: ReadonlyMap<number, Buffer>;
  readonly numbers: ReadonlyMap<number, number>;
}

/** How a value of a type is laid out; [MS-OXTNEF] 2.1.3.4 with [MS-OXCDATA] 2.11.1. 0: by a count and lengths. */
const FIXED_BYTES: Readonly<Record<number, number>> = {
  0x0002: 4,
  0x0003: 4,
  0x0004: 4,
  0x0005: 8,
  0x0006: 8,
  0x0007: 8,
  0x000a: 4,
  0x000b: 4,
  0x0014: 8,
  0x0040: 8,
  0x0048: 16,
  0x000d: 0,
  0x001e: 0,
  0x001f: 0,
  0x0102: 0,
};

const TYPE = { number: 0x0003, object: 0x000d, narrow: 0x001e, wide: 0x001f, binary: 0x0102 } as const;
const MULTIPLE = 0x1000;
/** Ids from here on are named: a set of 16 bytes and a name or number stands before the value. */
const FIRST_NAMED = 0x8000;
const MAX_PROPERTIES = 5_000;
const MAX_VALUES = 10_000;

/** Reads as far as the bytes make sense. */
export function readMapiProperties(bytes: Buffer): MapiProperties {
  const found = {
    strings: new Map<number, string>(),
    narrowStrings: new Map<number, Buffer>(),
    binaries: new Map<number, Buffer>(),
    numbers: new Map<number, number>(),
  };
  const reader = readerOf(bytes);
  const count = Math.min(reader.uint32() ?? 0, MAX_PROPERTIES);
  for (let index = 0; index < count; index += 1) {
    const tag = reader.uint32();
    if (tag === null) break;
    const id = tag >>> 16;
    const type = tag & 0xffff;
    if (id >= FIRST_NAMED && !skipName(reader)) break;
    const values = valuesOf(reader, type);
    if (values === null) break;
    const [first] = values;
    if (first === undefined) continue;
    if (type === TYPE.narrow) found.narrowStrings.set(id, first);
    else if (type === TYPE.wide) found.strings.set(id, withoutNul(first.toString('utf16le')));
    else if (type === TYPE.binary || type === TYPE.object) found.binaries.set(id, first);
    else if (type === TYPE.number) found.numbers.set(id, first.readUInt32LE(0));
  }
  return found;
}

/** The values of one property; null where the bytes end or the type is unknown. */
function valuesOf(reader: Reader, type: number): readonly Buffer[] | null {
  const fixed = FIXED_BYTES[type & ~MULTIPLE];
  if (fixed === undefined) return null;
  const isCounted = fixed === 0 || (type & MULTIPLE) !== 0;
  const count = isCounted ? reader.uint32() : 1;
  if (count === null || count > MAX_VALUES) return null;
  const values: Buffer[] = [];
  for (let index = 0; index < count; index += 1) {
    const size = fixed === 0 ? reader.uint32() : fixed;
    const value = size === null ? null : reader.take(size);
    if (value === null) return null;
    values.push(value);
  }
  return values;
}

function skipName(reader: Reader): boolean {
  reader.take(16);
  const kind = reader.uint32();
  if (kind === null) return false;
  const size = kind === 0 ? 4 : reader.uint32();
  return size !== null && reader.take(size) !== null;
}

interface Reader {
  readonly uint32: () => number | null;
  /** Values are padded to four bytes. */
  readonly take: (size: number) => Buffer | null;
}

function readerOf(bytes: Buffer): Reader {
  let at = 0;
  const take = (size: number): Buffer | null => {
    const end = at + size;
    if (end > bytes.length) return null;
    const value = bytes.subarray(at, end);
    at = Math.min(bytes.length, end + ((4 - (size % 4)) % 4));
    return value;
  };
  return { take, uint32: () => take(4)?.readUInt32LE(0) ?? null };
}

const withoutNul = (text: string): string => text.replace(/\0.*$/s, '');
