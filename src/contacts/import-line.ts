import type { CsvRow } from '../lib/csv-read.ts';
import { unguarded } from '../lib/csv-write.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { bodyText, headerText } from '../mail/compose.ts';
import type { CustomValues } from '../db/schema/contacts.ts';
import { readCustomValue } from './custom-fields.ts';
import type { Header } from './import-columns.ts';

/** The cells of one line by the names of their columns, and what is wrong with them. */
export class LineReader {
  readonly line: number;
  /** Each reads on after "line 12: ". */
  readonly problems: string[] = [];
  readonly #header: Header;
  readonly #cells: readonly string[];

  constructor(header: Header, { line, cells }: CsvRow) {
    this.line = line;
    this.#header = header;
    this.#cells = cells.map(unguarded);
    const spare = this.#cells.slice(header.width).filter((cell) => cell.trim() !== '').length;
    if (cells.length < header.width || spare > 0) {
      this.problems.push(`it has ${cells.length} cells, the header ${header.width}`);
    }
  }

  /** '' where the column is not in the file, too. */
  text(column: string): string {
    const position = this.#header.positions.get(column);
    return position === undefined ? '' : (this.#cells[position] ?? '');
  }

  /** What `read` makes of a cell; where it makes nothing of it, that is a problem of the line. */
  read<T>(column: string, fallback: T, read: (written: string) => Result<T, string>): T {
    const done = read(this.text(column));
    if (done.ok) return done.value;
    this.problems.push(`${column} ${done.error}`);
    return fallback;
  }

  /** The operators' own fields: which get a value, and which lose theirs. */
  custom(): { readonly custom: CustomValues; readonly cleared: readonly string[] } {
    const custom: Record<string, CustomValues[string]> = {};
    const cleared: string[] = [];
    for (const { field, position } of this.#header.customs) {
      const value = readCustomValue(field, this.#cells[position] ?? '');
      if (!value.ok) this.problems.push(`custom.${field.key} ${value.error}`);
      else if (value.value === null) cleared.push(field.key);
      else custom[field.key] = value.value;
    }
    return { custom, cleared };
  }
}

/** A cell of one line, or of any number. */
export function readText(written: string, max: number, isLong = false): Result<string, string> {
  const text = isLong ? bodyText(written).trimEnd() : headerText(written, written.length + 1);
  return text.length > max ? err(`is longer than ${max} characters`) : ok(text);
}

/** A language, perhaps with its country, as it is usually spelt: what most lines have, and costs nothing to see. */
const USUAL_TAG = /^[a-z]{2}(-[A-Z]{2})?$/;

/** A language tag (RFC 5646) in its usual spelling; null: none. */
export function readLocale(written: string): Result<string | null, string> {
  const tag = written.trim();
  if (tag === '') return ok(null);
  if (USUAL_TAG.test(tag)) return ok(tag);
  try {
    return ok(Intl.getCanonicalLocales(tag.replaceAll('_', '-'))[0] ?? null);
  } catch {
    return err(`is a language such as de or en-GB, not ${quote(tag)}`);
  }
}

/** Addresses and domains have none of these in them. */
export const splitList = (written: string): readonly string[] => written.split(/[\s,;]+/).filter((one) => one !== '');

const MAX_QUOTED = 60;

/** What a cell says, as a sentence may quote it. */
export const quote = (written: string): string => `"${headerText(written, MAX_QUOTED)}"`;
