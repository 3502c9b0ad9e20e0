/** One line of a message's text. */
export interface Line {
  /** Offset of its first character in the text. */
  readonly start: number;
  /** Offset behind its line end: where the next line starts. */
  readonly end: number;
  /** For comparing: single spaces, no invisible marks, trimmed, at most 1,000 characters; '' when blank. */
  readonly text: string;
  /** Whether it carries quote marks, as "> text" or "AB> text", or stands in a blockquote of the HTML; else null. */
  readonly quote: 'marks' | 'blockquote' | null;
}

/** What is looked at; what follows counts as one more line. */
const MAX_LINES = 20_000;
const MAX_LOOKED_LENGTH = 256 * 1024;
const MAX_COMPARED_LENGTH = 1_000;

/**
 * The lines of a text, in order and without gaps.
 *
 * @param isInBlockquote whether the characters from start to end are
 */
export function linesOf(text: string, isInBlockquote: (start: number, end: number) => boolean): readonly Line[] {
  const lines: Line[] = [];
  let start = 0;
  while (start < text.length) {
    const feed = lines.length < MAX_LINES && start < MAX_LOOKED_LENGTH ? text.indexOf('\n', start) : -1;
    const end = feed === -1 ? text.length : feed + 1;
    const compared = comparable(text.slice(start, Math.min(end, start + MAX_COMPARED_LENGTH)));
    const isMarked = QUOTE_MARK.test(compared) && !closesAddress(lines.at(-1)?.text ?? '', compared);
    const quote = isMarked ? 'marks' : isInBlockquote(start, end) ? 'blockquote' : null;
    lines.push({ start, end, text: compared, quote });
    start = end;
  }
  return lines;
}

/** The next line that is not blank, from an index on; null behind the last. */
export function nextWritten(lines: readonly Line[], from: number): number | null {
  for (let index = from; index < lines.length; index += 1) if (lines[index]?.text !== '') return index;
  return null;
}

function comparable(raw: string): string {
  return raw.replace(INVISIBLE, '').replace(/\s+/g, ' ').trim();
}

/** Joiners, marks of direction and the byte order mark: mail programs put them around names and times. */
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;

/** ">" alone or after up to three capitals, the initials some programs put there. */
const QUOTE_MARK = /^[A-Z]{0,3}>/;

/** Whether a ">" ends the address of an attribution that was wrapped right before it. */
function closesAddress(before: string, line: string): boolean {
  return before.lastIndexOf('<') > before.lastIndexOf('>') && line.endsWith(':');
}
