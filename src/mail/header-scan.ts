/** Where one header field lies in the bytes: its name, and the end of its last line, without line end. */
export interface FieldSpan {
  readonly start: number;
  readonly colon: number;
  readonly end: number;
  /** Where a field that was cut ends in truth; the same as `end` for others. */
  readonly fullEnd: number;
}

type OpenField = { -readonly [Key in keyof FieldSpan]: FieldSpan[Key] };

export interface HeaderScan {
  readonly fields: readonly FieldSpan[];
  /** Where the first line of the header begins. */
  readonly start: number;
  /** Where the empty line begins; the length of the bytes when there was none. */
  readonly end: number;
  /** Behind the empty line; the length of the bytes when there was none. */
  readonly bodyOffset: number;
  /** Whether an empty line, or one of blanks that stands for it, ended the header. */
  readonly isEnded: boolean;
  /** Whether fields were left out because of a limit. */
  readonly isTruncated: boolean;
  /** Where the first line begins that is neither a field nor continues one; null when all are. */
  readonly firstStray: number | null;
}

export const MAX_HEADER_BYTES = 256 * 1024;
/** A longer field is cut at the end of a line, so that it cannot crowd out those behind it. */
const MAX_FIELD_BYTES = 128 * 1024;
export const MAX_HEADER_FIELDS = 1_000;
/** How much of a message must be seen to know its line ends and where its header begins. */
export const SAMPLE_BYTES = 8 * 1024;
const LINE_END_SAMPLE_BYTES = 4 * 1024;
/** RFC 5322 2.1.1: a name, with the blanks before its colon, is on one line. */
const MAX_NAME_BYTES = 998;

const MAX_PREAMBLE_BYTES = 4 * 1024;

const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;

/** Whether the lines end with CR alone, as old Macintosh mail does: no LF in the first 4 KiB, but a CR. */
export function hasCrOnlyLineEnds(bytes: Buffer): boolean {
  const sample = bytes.subarray(0, LINE_END_SAMPLE_BYTES);
  return !sample.includes(LF) && sample.includes(CR);
}

/**
 * Finds the header fields and the beginning of the body. Lines end with CRLF, LF or, if there is no other, CR. A line
 * that is neither a field nor a continuation is passed over with what continues it. Linear.
 */
export function scanHeader(bytes: Buffer, maxFields = MAX_HEADER_FIELDS): HeaderScan {
  const lineEnd = hasCrOnlyLineEnds(bytes) ? CR : LF;
  return scanFields(bytes, skipPreamble(bytes, lineEnd), lineEnd, maxFields);
}

/**
 * Finds the header fields of a message or a part.
 *
 * @param start where its first line begins
 * @param isEnd whether the line that begins there ends the header though it is not empty
 */
export function scanFields(
  bytes: Buffer,
  start: number,
  lineEnd = LF,
  maxFields = MAX_HEADER_FIELDS,
  isEnd: (at: number) => boolean = () => false,
): HeaderScan {
  const fields: OpenField[] = [];
  let open: OpenField | null = null;
  let cut: OpenField | null = null;
  let keptBytes = 0;
  let isTruncated = false;
  let firstStray: number | null = null;
  for (let at = start; at < bytes.length;) {
    const next = endOfLine(bytes, at, lineEnd);
    const hasLineEnd = bytes[next - 1] === lineEnd;
    let stop = hasLineEnd ? next - 1 : next;
    if (stop > at && bytes[stop - 1] === CR) stop -= 1;
    const isEmpty =
      hasLineEnd && (stop === at || (isBlankLine(bytes, at, stop) && !headerGoesOn(bytes, next, lineEnd)));
    if (isEmpty || isEnd(at)) {
      return { fields, start, end: at, bodyOffset: isEmpty ? next : at, isEnded: isEmpty, isTruncated, firstStray };
    }
    const isContinuation = isBlank(bytes[at]);
    if (!isContinuation) {
      open = fieldAt(bytes, at, stop);
      cut = null;
      if (open === null) firstStray ??= at;
    } else if (cut !== null) cut.fullEnd = stop;
    if (open !== null) {
      const isKept =
        keptBytes + next - at <= MAX_HEADER_BYTES &&
        stop - open.start <= MAX_FIELD_BYTES &&
        (isContinuation || fields.length < maxFields);
      if (!isKept) {
        isTruncated = true;
        cut = open;
        cut.fullEnd = stop;
        open = null;
      } else {
        keptBytes += next - at;
        if (isContinuation) open.end = open.fullEnd = stop;
        else fields.push(open);
      }
    }
    at = next;
  }
  const end = bytes.length;
  return { fields, start, end, bodyOffset: end, isEnded: false, isTruncated, firstStray };
}

/**
 * Whether the header goes on behind a line of blanks, which RFC 5322 4.5 takes for a continuation and some programs write
 * for the empty line: if a field, a continuation or the empty line stands there, or its end is not known.
 */
function headerGoesOn(bytes: Buffer, at: number, lineEnd: number): boolean {
  const next = endOfLine(bytes, at, lineEnd);
  if (bytes[next - 1] !== lineEnd || next === at) return true;
  const isEmpty = bytes[at] === CR || bytes[at] === LF;
  if (isEmpty || fieldAt(bytes, at, next) !== null) return true;
  return isBlank(bytes[at]) && !isBlankLine(bytes, at, next);
}

function isBlankLine(bytes: Buffer, start: number, end: number): boolean {
  if (!isBlank(bytes[start])) return false;
  for (let at = start; at < end; at += 1) if (!isSpace(bytes[at])) return false;
  return true;
}

/** Passes over a byte order mark, an mbox "From " line, and blank lines if a field stands behind them. */
function skipPreamble(bytes: Buffer, lineEnd: number): number {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  if (bytes.toString('latin1', start, start + 5) === 'From ') return endOfLine(bytes, start, lineEnd);
  let at = start;
  while (at < start + MAX_PREAMBLE_BYTES && isSpace(bytes[at])) at += 1;
  if (at === start) return start;
  const lineStart = Math.max(bytes.lastIndexOf(lineEnd, at) + 1, start);
  return lineStart === at && fieldAt(bytes, at, endOfLine(bytes, at, lineEnd)) !== null ? at : start;
}

function endOfLine(bytes: Buffer, at: number, lineEnd: number): number {
  const found = bytes.indexOf(lineEnd, at);
  return found === -1 ? bytes.length : found + 1;
}

function fieldAt(bytes: Buffer, start: number, end: number): OpenField | null {
  let colon = start;
  while (colon < end && isNameByte(bytes[colon])) colon += 1;
  let at = colon;
  while (at < end && isBlank(bytes[at])) at += 1;
  const isName = colon > start && bytes[at] === COLON && at < end && at - start <= MAX_NAME_BYTES;
  return isName ? { start, colon: at, end, fullEnd: end } : null;
}

function isNameByte(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0x20 && byte < 0x7f && byte !== COLON;
}

function isSpace(byte: number | undefined): boolean {
  return byte === CR || byte === LF || isBlank(byte);
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}
