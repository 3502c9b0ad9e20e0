import { scanFields } from './header-scan.ts';
import type { HeaderScan } from './header-scan.ts';
import { nameOf } from './headers.ts';
import { mediaTypeOf, parameterOf } from './media-type.ts';
import { refoldPart } from './refold.ts';

/** MIME parts of one message, at any depth, and how deep they may lie. */
export const MAX_PARTS = 1_000;
export const MAX_DEPTH = 100;
/** RFC 2046 5.1.1 has 70 characters. */
const MAX_BOUNDARY_LENGTH = 128 * 1024;
const MAX_PART_FIELDS = 200;
const MAX_GUESSES = 20;
const MAX_GUESSED_LENGTH = 250;

/** A part of a multipart, found by its boundary lines. */
export interface Part {
  readonly header: HeaderScan;
  /** The value of its Content-Type as received; '' when there is none. */
  readonly contentType: string;
  /** type/subtype in lower case; '' when there is none or it is none. */
  readonly type: string;
  readonly bodyStart: number;
  /** Without the line end that belongs to the boundary line. */
  bodyEnd: number;
  /** Of the multipart it is in. */
  readonly parentType: string;
  readonly parentBoundary: string;
  /** Whether it, or what it is in, is one of several forms of the same. */
  readonly isAlternative: boolean;
  readonly depth: number;
  /** Whether it is read as a multipart itself. */
  readonly isMultipart: boolean;
}

/** Bytes to be put in the place of others. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly pieces: readonly Buffer[];
}

export interface PartScan {
  readonly parts: readonly Part[];
  /** What makes the boundary lines plain: padding off, multiparts closed that were left open. In order. */
  readonly edits: readonly Edit[];
  /** Where the parts begin that are beyond the limit; null when there are none. */
  readonly cutAt: number | null;
  readonly isTooDeep: boolean;
  /** The boundary found in the body where the header names none or another; null when there was no need. */
  readonly guessedBoundary: string | null;
}

interface Level {
  readonly boundary: string;
  readonly type: string;
  readonly depth: number;
  readonly isAlternative: boolean;
  hasParts: boolean;
}

const NO_PARTS: PartScan = { parts: [], edits: [], cutAt: null, isTooDeep: false, guessedBoundary: null };
const LF = 0x0a;
const CR = 0x0d;

/**
 * Finds the parts of a message by its boundary lines, as RFC 2046 5.1 reads them: a line of an outer multipart ends all
 * those within. Linear; lines that are no boundary are not looked at.
 *
 * @param contentType the message's own
 */
export function scanParts(bytes: Buffer, bodyStart: number, contentType: string): PartScan {
  const type = mediaTypeOf(contentType);
  const named = parameterOf(contentType, 'boundary');
  const found = named === null ? NO_PARTS : walk(bytes, bodyStart, named, type);
  if (found.parts.length > 0 || !type.startsWith('multipart/')) return found;
  const guessed = guessBoundary(bytes, bodyStart);
  return guessed === null ? found : { ...walk(bytes, bodyStart, guessed, type), guessedBoundary: guessed };
}

function walk(bytes: Buffer, bodyStart: number, boundary: string, type: string): PartScan {
  const levels: Level[] = [levelOf(boundary, type, null)];
  const depths = new Map([[boundary, 0]]);
  const parts: Part[] = [];
  const edits: Edit[] = [];
  let open: Part | null = null;
  let isTooDeep = false;
  const delimiterAt = (at: number): Delimiter | null => readDelimiter(bytes, at, depths);

  for (let at = firstDashes(bytes, bodyStart); at !== -1;) {
    const found = delimiterAt(at);
    if (found === null) {
      at = nextDashes(bytes, at);
      continue;
    }
    // A closing line before the first part belongs to the preamble.
    if (found.isClose && levels[found.level]?.hasParts !== true) {
      at = nextDashes(bytes, at);
      continue;
    }
    if (open !== null) open.bodyEnd = Math.max(open.bodyStart, withoutLineEnd(bytes, at));
    open = null;
    const unclosed = levels.splice(found.level + 1);
    for (const level of unclosed) depths.delete(level.boundary);
    const left = unclosed.filter((level) => level.hasParts).toReversed();
    if (left.length > 0) {
      edits.push({
        start: at,
        end: at,
        pieces: [Buffer.from(left.map((level) => `--${level.boundary}--\r\n`).join(''), 'latin1')],
      });
    }
    if (found.isPadded) edits.push(paddingOf(bytes, at, found.end));
    const level = levels[found.level];
    if (level === undefined) break;
    if (found.isClose) {
      levels.pop();
      depths.delete(level.boundary);
      if (levels.length === 0) break;
      at = nextDashes(bytes, at);
      continue;
    }
    if (parts.length >= MAX_PARTS - 1) return { parts, edits, cutAt: at, isTooDeep, guessedBoundary: null };
    level.hasParts = true;
    const part = readPart(
      bytes,
      found.end,
      level,
      (line) => startsWithDashes(bytes, line) && delimiterAt(line) !== null,
    );
    const inner = part.isMultipart ? parameterOf(part.contentType, 'boundary') : null;
    if (inner !== null && !depths.has(inner)) {
      if (levels.length < MAX_DEPTH) {
        levels.push(levelOf(inner, part.type, level));
        depths.set(inner, levels.length - 1);
      } else isTooDeep = true;
    }
    parts.push(part);
    open = part;
    at = part.header.isEnded
      ? firstDashes(bytes, part.bodyStart)
      : startsWithDashes(bytes, part.header.end)
        ? part.header.end
        : -1;
  }
  return { parts, edits, cutAt: null, isTooDeep, guessedBoundary: null };
}

const levelOf = (boundary: string, type: string, outer: Level | null): Level => ({
  boundary,
  type,
  depth: (outer?.depth ?? 0) + 1,
  isAlternative: outer?.isAlternative === true || type === 'multipart/alternative',
  hasParts: false,
});

function readPart(bytes: Buffer, start: number, level: Level, isEnd: (at: number) => boolean): Part {
  const header = scanFields(bytes, start, LF, MAX_PART_FIELDS, isEnd);
  const refolded = refoldPart(bytes, header);
  const contentType = refolded === null ? typeOf(bytes, header) : typeOf(refolded, scanFields(refolded, 0));
  const type = mediaTypeOf(contentType);
  return {
    header,
    contentType,
    type,
    bodyStart: header.bodyOffset,
    bodyEnd: bytes.length,
    parentType: level.type,
    parentBoundary: level.boundary,
    isAlternative: level.isAlternative,
    depth: level.depth,
    isMultipart: !type.startsWith('message/') && parameterOf(contentType, 'boundary') !== null,
  };
}

function typeOf(bytes: Buffer, { fields }: HeaderScan): string {
  const span = fields.find((field) => nameOf(bytes, field) === 'content-type');
  return span === undefined ? '' : bytes.toString('latin1', span.colon + 1, span.end);
}

interface Delimiter {
  readonly level: number;
  readonly isClose: boolean;
  /** Behind its line end. */
  readonly end: number;
  readonly isPadded: boolean;
}

/** The boundary line that begins there, of whichever open multipart; null if it is another line. */
function readDelimiter(bytes: Buffer, at: number, depths: ReadonlyMap<string, number>): Delimiter | null {
  const found = bytes.indexOf(LF, at);
  const end = found === -1 ? bytes.length : found + 1;
  if (end - at > MAX_BOUNDARY_LENGTH) return null;
  const line = bytes.toString('latin1', at + 2, withoutLineEnd(bytes, end));
  const bare = line.trimEnd();
  for (const text of bare === line ? [line] : [line, bare]) {
    const isPadded = text !== line;
    const level = depths.get(text);
    if (level !== undefined) return { level, isClose: false, end, isPadded };
    const closed = text.endsWith('--') ? depths.get(text.slice(0, -2)) : undefined;
    if (closed !== undefined) return { level: closed, isClose: true, end, isPadded };
  }
  return null;
}

/** Some programs pad their boundary lines, which RFC 2046 5.1.1 allows and the library does not know again. */
function paddingOf(bytes: Buffer, at: number, lineEnd: number): Edit {
  const end = withoutLineEnd(bytes, lineEnd);
  let start = end;
  while (start > at && (bytes[start - 1] === 0x20 || bytes[start - 1] === 0x09 || bytes[start - 1] === CR)) start -= 1;
  return { start, end, pieces: [] };
}

/** The line with two hyphens that comes again, or closes, or has a header behind it. */
function guessBoundary(bytes: Buffer, bodyStart: number): string | null {
  let at = firstDashes(bytes, bodyStart);
  for (let tries = 0; at !== -1 && tries < MAX_GUESSES; tries += 1, at = nextDashes(bytes, at)) {
    const found = bytes.indexOf(LF, at);
    if (found === -1 || found - at > MAX_GUESSED_LENGTH) continue;
    const boundary = bytes.toString('latin1', at + 2, found).trimEnd();
    const isNamed = /[^-\s]/.test(boundary);
    if (isNamed && CONTENT_FIELD.test(bytes.toString('latin1', found + 1, found + 1 + MAX_GUESSED_LENGTH)))
      return boundary;
  }
  return null;
}

const CONTENT_FIELD = /^content-[a-z-]{1,40}:/i;

function firstDashes(bytes: Buffer, from: number): number {
  return startsWithDashes(bytes, from) ? from : nextDashes(bytes, from - 1);
}

function nextDashes(bytes: Buffer, after: number): number {
  const found = bytes.indexOf('\n--', Math.max(0, after), 'latin1');
  return found === -1 ? -1 : found + 1;
}

const startsWithDashes = (bytes: Buffer, at: number): boolean => bytes[at] === 0x2d && bytes[at + 1] === 0x2d;

/** The place before the line end that ends there. */
function withoutLineEnd(bytes: Buffer, at: number): number {
  if (bytes[at - 1] !== LF) return at;
  return bytes[at - 2] === CR ? at - 2 : at - 1;
}
