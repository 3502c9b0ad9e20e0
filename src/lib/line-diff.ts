/** A line of either text, or of both. */
export interface DiffLine {
  readonly is: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Lines of one text times lines of the other, without those they begin and end with; above, all is removed and added. */
const MAX_CELLS = 4_000_000;

/** What became of the lines of one text in another, in order: as few as possible removed and added. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return [
    ...marked('same', a.slice(0, start)),
    ...diffMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...marked('same', a.slice(a.length - end)),
  ];
}

const marked = (is: DiffLine['is'], lines: readonly string[]): readonly DiffLine[] =>
  lines.map((text) => ({ is, text }));

function diffMiddle(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  if (a.length * b.length > MAX_CELLS) return [...marked('removed', a), ...marked('added', b)];
  // How many lines the ends from here on have in common.
  const common = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (row: number, column: number): number => common[row]?.[column] ?? 0;
  for (let row = a.length - 1; row >= 0; row -= 1) {
    for (let column = b.length - 1; column >= 0; column -= 1) {
      const most =
        a[row] === b[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
      common[row]?.fill(most, column, column + 1);
    }
  }
  const lines: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < a.length || column < b.length) {
    if (row < a.length && column < b.length && a[row] === b[column]) {
      lines.push({ is: 'same', text: a[row] ?? '' });
      row += 1;
      column += 1;
    } else if (row < a.length && (column >= b.length || at(row + 1, column) >= at(row, column + 1))) {
      lines.push({ is: 'removed', text: a[row] ?? '' });
      row += 1;
    } else {
      lines.push({ is: 'added', text: b[column] ?? '' });
      column += 1;
    }
  }
  return lines;
}
