import { parseFields } from './header.ts';
import { Refusal } from './refusal.ts';
import { findBodyStart, parseStructure } from './structure.ts';
import type { MimePart } from './structure.ts';

/** What stands between the brackets of BODY[...]. RFC 3501 6.4.5. */
export interface Section {
  /** Part numbers; empty for the message itself. */
  readonly path: readonly number[];
  readonly what: 'all' | 'header' | 'text' | 'mime' | 'fields' | 'fields_not';
  /** Of HEADER.FIELDS, in lower case. */
  readonly names: readonly string[];
}

/** Reads a section such as `2.1.HEADER.FIELDS (From "To")`. Throws a Refusal (BAD). */
export function parseSection(text: string): Section {
  const match =
    /^((?:\d{1,4}\.)*\d{1,4})?\.?(HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME)?(?: \(([^()]*)\))?$/i.exec(text);
  if (match === null) throw new Refusal('BAD', 'No such section of a message');
  const path = (match[1] ?? '')
    .split('.')
    .filter((part) => part !== '')
    .map(Number);
  const names = (match[3] ?? '').split(' ').map((name) => name.replaceAll('"', '').toLowerCase());
  const what = WHATS[(match[2] ?? '').toUpperCase()] ?? 'all';
  const wantsNames = what === 'fields' || what === 'fields_not';
  if (wantsNames !== (match[3] !== undefined) || (what === 'mime' && path.length === 0)) {
    throw new Refusal('BAD', 'No such section of a message');
  }
  return { path, what, names: names.filter((name) => name !== '') };
}

const WHATS: Readonly<Record<string, Section['what']>> = {
  HEADER: 'header',
  TEXT: 'text',
  MIME: 'mime',
  'HEADER.FIELDS': 'fields',
  'HEADER.FIELDS.NOT': 'fields_not',
};

/** Is the message's own header enough to answer? */
export function needsHeaderOnly({ path, what }: Section): boolean {
  return path.length === 0 && (what === 'header' || what === 'fields' || what === 'fields_not');
}

/** The bytes of a section; null when the message has no such part. */
export function readSection(bytes: Buffer, { path, what, names }: Section): Buffer | null {
  const whole = { start: 0, bodyStart: findBodyStart(bytes, 0, bytes.length), end: bytes.length };
  const part = path.length === 0 ? null : findPart(parseStructure(bytes), path);
  if (path.length > 0 && part === null) return null;
  if (part !== null && what === 'all') return bytes.subarray(part.bodyStart, part.end);
  if (part !== null && what === 'mime') return bytes.subarray(part.start, part.bodyStart);
  const message = part === null ? whole : part.message;
  if (message === null) return null;
  if (what === 'text') return bytes.subarray(message.bodyStart, message.end);
  const header = bytes.subarray(message.start, message.bodyStart);
  if (what === 'header') return header;
  if (what === 'all') return bytes;
  const fields = parseFields(header.toString('latin1'));
  const chosen = fields.filter(({ name }) => names.includes(name) === (what === 'fields'));
  return Buffer.from(`${chosen.map(({ raw }) => raw).join('')}\r\n`, 'latin1');
}

/** The part at a path. Part 1 of a message without parts is its body. */
function findPart(message: MimePart, path: readonly number[]): MimePart | null {
  let part = message;
  let isMessage = true;
  for (const number of path) {
    if (!isMessage && part.message !== null) {
      part = part.message;
      isMessage = true;
    }
    if (part.type.startsWith('multipart/')) {
      const child = part.children[number - 1];
      if (child === undefined) return null;
      part = child;
    } else if (!isMessage || number !== 1) return null;
    isMessage = false;
  }
  return part;
}
