import { bodyText, headerText } from '../mail/compose.ts';

/** A column of a list. */
export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string | number | Date | null;
}

const MIN_WIDTH = 8;
const GAP = '  ';
const MAX_CELL = 500;

/**
 * Rows under their titles, aligned; where a line would be wider than the terminal, the widest columns are cut.
 * Nothing in a cell can reach the terminal as a command.
 *
 * @param empty what to say when there is no row
 */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
  empty: string,
): string {
  if (rows.length === 0) return empty;
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ of }) => cell(of(row))))];
  const widths = fit(
    columns.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? '')))),
    width - GAP.length * (columns.length - 1),
  );
  return lines
    .map((line) =>
      line
        .map((text, column) => pad(text, widths[column] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

/** Names and values one below the other; what is absent is left out. */
export function facts(pairs: readonly (readonly [name: string, value: string | number | Date | null])[]): string {
  const present = pairs.filter(([, value]) => value !== null && value !== '');
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${name.padEnd(width)}${GAP}${cell(value)}`).join('\n');
}

/** A text of many lines, each set in; fit for a terminal. */
export const block = (text: string, indent = '    '): string =>
  bodyText(text)
    .trimEnd()
    .split('\n')
    .map((line) => `${indent}${line}`.trimEnd())
    .join('\n');

/** UTC, to the minute. */
export const time = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')}Z`;

/** One line, fit for a terminal. */
export const line = (text: string): string => headerText(text, MAX_CELL);

function cell(value: string | number | Date | null): string {
  if (value === null) return '-';
  return value instanceof Date ? time(value) : line(String(value));
}

/** Takes from the widest until the line fits; a title's worth of each column stays. */
function fit(wanted: readonly number[], width: number): readonly number[] {
  const widths = [...wanted];
  for (let sum = widths.reduce((a, b) => a + b, 0); sum > width; sum -= 1) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= MIN_WIDTH) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function pad(text: string, width: number): string {
  const spare = width - widthOf(text);
  if (spare >= 0) return text + ' '.repeat(spare);
  let kept = '';
  for (const character of text) {
    if (widthOf(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…${' '.repeat(Math.max(0, width - 1 - widthOf(kept)))}`;
}

/** Columns on a terminal: East Asian and pictures take two, combining marks none. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (!/^(?:\p{M}|\p{Cf})$/u.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
