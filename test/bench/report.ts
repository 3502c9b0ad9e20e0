/** One figure beside its goal. */
export interface Line {
  readonly says: string;
  readonly value: number;
  readonly unit: string;
  /** LIMITS' goal; null for a figure that only explains another. */
  readonly goal: { readonly is: 'at most' | 'at least'; readonly value: number } | null;
}

/** The lines as a table; a figure beyond its goal is marked. */
export function printLines(title: string, lines: readonly Line[], print: (line: string) => void): void {
  print(`\n${title}`);
  for (const line of lines) {
    const goal = line.goal === null ? '' : `${line.goal.is === 'at most' ? '<=' : '>='} ${show(line.goal.value)}`;
    const mark = line.goal === null ? '' : meets(line) ? 'ok' : 'MISSED';
    print(
      `  ${line.says.padEnd(62)} ${show(line.value).padStart(9)} ${line.unit.padEnd(9)} ${goal.padEnd(10)} ${mark}`.trimEnd(),
    );
  }
}

const meets = ({ value, goal }: Line): boolean =>
  goal === null || (goal.is === 'at most' ? value <= goal.value : value >= goal.value);

const show = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3);
