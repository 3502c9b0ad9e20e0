import type { ImportReport, LineReport } from '../contacts/import.ts';
import { line } from './table.ts';

/** "1 line", "100,000 lines". */
export const count = (number: number, noun: string): string =>
  `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;

const OUTCOME_WIDTH = 'unchanged'.length;

/** What becomes of one line of the file. */
export function lineWords({ line: number, label, outcome, changed, says }: LineReport): string {
  const more = [...(changed.length === 0 ? [] : [changed.join(', ')]), ...says].join('; ');
  return line(`line ${number}  ${outcome.padEnd(OUTCOME_WIDTH)}  ${label || '-'}${more === '' ? '' : `: ${more}`}`);
}

const DELIMITERS: Readonly<Record<string, string>> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs' };

/** What an import has come to: its rejected lines, what was done, and what to do. */
export function reportWords(report: ImportReport): string {
  const { file, format, counts, isDryRun, isApplied, rejected, notes } = report;
  const more = counts.rejected - rejected.length;
  const sums = (['created', 'updated', 'unchanged', 'rejected'] as const)
    .map((outcome) => `${counts[outcome].toLocaleString('en')} ${outcome}`)
    .join(', ');
  return [
    // A dry run has said each line already.
    ...(isDryRun ? [] : [...rejected, ...notes].map(lineWords)),
    ...(more > 0 && !isDryRun ? [`and ${count(more, 'more rejected line')}.`] : []),
    ...(format.encoding === 'utf-8' ? [] : [`${file} is not UTF-8: it was read as ${format.encoding}.`]),
    ...(format.delimiter === ',' ? [] : [`Its columns are separated by ${DELIMITERS[format.delimiter] ?? ''}.`]),
    `${count(counts.lines, 'line')}: ${sums}.`,
    ending(isDryRun, isApplied, counts.rejected),
  ].join('\n');
}

function ending(isDryRun: boolean, isApplied: boolean, rejected: number): string {
  if (isDryRun) return 'Nothing was changed: this was a dry run.';
  if (!isApplied) return 'Nothing was changed: correct these lines, or leave them out with --skip-bad.';
  return rejected === 0 ? 'Done.' : 'Done, without the rejected lines.';
}
