import { headerName } from '../lib/csv-format.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { CustomField } from './custom-fields.ts';
import { CONTACT_FIELDS } from './fields.ts';

/** What a file of people or of companies holds, and where in its lines. */
export type PeopleKind = 'contacts' | 'customers';

/** A column of the file. */
export interface ImportColumn {
  readonly header: string;
  /** For the sample file. */
  readonly sample: string;
  readonly isRequired?: true;
  /** Another column that it makes no sense without. */
  readonly needs?: string;
}

/** A field that operators added, as an import needs it. */
export interface ImportField extends CustomField {
  readonly isRequired: boolean;
}

const SAMPLES: Readonly<Record<string, string>> = {
  title: 'Ms',
  first_name: 'Ana',
  last_name: 'Peralta',
  user_name: 'ana.peralta',
  phone: '+34 971 555 0100',
  mobile: '+34 600 555 010',
  job_title: 'Workshop manager',
  street: 'Harbour Road 4',
  zip: '07001',
  city: 'Palma',
  country: 'Spain',
  locale: 'es',
};

/** In the order of the file. A column that is not in a file leaves its field as it is, an empty cell clears it. */
const COLUMNS: Readonly<Record<PeopleKind, readonly ImportColumn[]>> = {
  contacts: [
    { header: 'customer', sample: 'Lantern Works', isRequired: true },
    { header: 'addresses', sample: 'ana@lantern.example ana.peralta@home.example', isRequired: true },
    ...CONTACT_FIELDS.map(({ header }) => ({ header, sample: SAMPLES[header] ?? '' })),
    { header: 'main_site_user', sample: 'no' },
    { header: 'status', sample: 'active' },
    { header: 'deactivated_until', sample: '', needs: 'status' },
    { header: 'related_devices', sample: 'Lathe 7 | Printer in the hall' },
  ],
  customers: [
    { header: 'name', sample: 'Lantern Works', isRequired: true },
    { header: 'domains', sample: 'lantern.example lantern-works.example' },
    { header: 'locale', sample: 'es' },
    { header: 'comment', sample: '' },
    { header: 'main_contact', sample: 'ana@lantern.example' },
  ],
};

/** Before the key of a field that operators added. */
const CUSTOM = 'custom.';

const CUSTOM_SAMPLES = { text: 'words', number: '12', date: '2030-01-31', checkbox: 'yes' } as const;

const customHeader = ({ key }: ImportField): string => headerName(`${CUSTOM}${key}`);

/** All columns that a file may have. */
export const columnsOf = (kind: PeopleKind, fields: readonly ImportField[]): readonly ImportColumn[] => [
  ...COLUMNS[kind],
  ...fields.map((field) => ({
    header: customHeader(field),
    sample: field.kind === 'choice' ? (field.choices[0] ?? '') : CUSTOM_SAMPLES[field.kind],
  })),
];

/** Whether a column is called so, whatever the operators' fields are. */
export const isColumnName = (kind: PeopleKind, header: string): boolean =>
  header.startsWith(CUSTOM) || COLUMNS[kind].some((column) => column.header === header);

/** Where each column is in the lines of one file. */
export interface Header {
  readonly width: number;
  readonly positions: ReadonlyMap<string, number>;
  readonly customs: readonly { readonly field: ImportField; readonly position: number }[];
}

/** The first line of a file; all that is wrong with it at once, as sentences. */
export function readHeader(
  kind: PeopleKind,
  fields: readonly ImportField[],
  cells: readonly string[],
  nearest: (written: string, names: readonly string[]) => string | null,
): Result<Header, readonly string[]> {
  const columns = columnsOf(kind, fields);
  const known = columns.map(({ header }) => header);
  const written = withoutTail(cells).map(headerName);
  const positions = new Map(written.map((name, position) => [name, position]));
  const problems = [
    ...written.flatMap((name, position) => {
      if (name === '') return [`Column ${position + 1} has no name.`];
      if (written.indexOf(name) < position) return [`The column ${shown(name)} is there twice.`];
      if (known.includes(name)) return [];
      const meant = nearest(name, known);
      return [
        `There is no column ${shown(name)}${meant === null ? '' : `; did you mean ${meant}?`}`.replace(/[^?]$/, '$&.'),
      ];
    }),
    ...columns.flatMap(({ header, isRequired, needs }) => {
      if (isRequired === true && !positions.has(header)) return [`The column ${header} is missing.`];
      if (needs === undefined || !positions.has(header) || positions.has(needs)) return [];
      return [`The column ${header} needs the column ${needs} beside it.`];
    }),
  ];
  if (problems.length > 0) return err(problems);
  const customs = fields.flatMap((field) => {
    const position = positions.get(customHeader(field));
    return position === undefined ? [] : [{ field, position }];
  });
  return ok({ width: written.length, positions, customs });
}

/** Spreadsheet programs write delimiters for columns in which there is nothing. */
function withoutTail(cells: readonly string[]): readonly string[] {
  const last = cells.findLastIndex((cell) => cell.trim() !== '');
  return cells.slice(0, last + 1);
}

const MAX_SHOWN = 60;
const shown = (name: string): string => `"${name.slice(0, MAX_SHOWN).toWellFormed().replace(/\p{C}/gu, ' ')}"`;
