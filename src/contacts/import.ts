import { setImmediate as breathe } from 'node:timers/promises';
import type { Tx } from '../db/client.ts';
import { inSavepoint, sqlState } from '../db/client.ts';
import type { CsvFormat, CsvSource, CsvTrouble } from '../lib/csv-format.ts';
import { inspectCsv } from '../lib/csv-format.ts';
import type { CsvRow } from '../lib/csv-read.ts';
import { readCsv } from '../lib/csv-read.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { Header, ImportField, PeopleKind } from './import-columns.ts';
import { isColumnName, readHeader } from './import-columns.ts';
import { LINE_PROBLEMS } from './import-problems.ts';
import type { LineOutcome, OutcomeCounts, PlannedLine } from './import-store.ts';
import { analyzeStaged, countOutcomes, createProblemsTable, listOutcomes, stageProblems } from './import-store.ts';

/** How far an import has come. */
export interface ImportProgress {
  readonly phase: 'reading' | 'comparing' | 'writing';
  readonly lines: number;
  /** Of the file that is being read. */
  readonly readBytes: number;
  readonly sizeBytes: number;
}

/** What becomes of one line. */
export interface LineReport {
  readonly line: number;
  /** The first address, or the name. */
  readonly label: string;
  readonly outcome: LineOutcome;
  /** Of an update: the columns whose fields are other than before. */
  readonly changed: readonly string[];
  /** Why it is rejected, or what else is to be said about it. */
  readonly says: readonly string[];
}

/** Whoever waits for an import; both may be called often. */
export interface ImportWatch {
  readonly onProgress: (progress: ImportProgress) => void;
  /** Of a dry run, when all lines are read: every line, in the order of the file. */
  readonly onLine: (report: LineReport) => void;
}

export interface ImportReport {
  readonly file: string;
  readonly format: CsvFormat;
  readonly isDryRun: boolean;
  /** false: nothing was changed. */
  readonly isApplied: boolean;
  readonly counts: OutcomeCounts & { readonly lines: number };
  /** In the order of the file, at most 1,000; `counts` has the number of all. */
  readonly rejected: readonly LineReport[];
  /** Lines that are not rejected and about which there is something to say; at most 1,000. */
  readonly notes: readonly LineReport[];
}

/** What differs between people and companies. */
export interface Importing<Staged extends { readonly line: number; readonly problems: readonly string[] }> {
  readonly kind: PeopleKind;
  readonly fields: readonly ImportField[];
  readonly tables: readonly string[];
  readonly create: (tx: Tx) => Promise<void>;
  readonly read: (header: Header, row: CsvRow) => Staged;
  readonly stage: (tx: Tx, lines: readonly Staged[]) => Promise<void>;
  readonly plan: (tx: Tx, columns: ReadonlySet<string>, required: readonly string[]) => Promise<void>;
  /** @returns whether what is to be updated is as it was when the plan was made */
  readonly lock: (tx: Tx) => Promise<boolean>;
  /** @returns false: somebody else was faster, plan again */
  readonly apply: (tx: Tx, columns: ReadonlySet<string>) => Promise<boolean>;
  readonly nearest: (written: string, names: readonly string[]) => string | null;
}

export interface ImportRequest extends ImportWatch {
  readonly file: CsvSource;
  readonly isDryRun: boolean;
  readonly skipsBad: boolean;
}

const BATCH_LINES = 1000;
const MAX_LINES = 1_000_000;
const MAX_LISTED = 1000;
const MAX_RACES = 5;

/**
 * Reads a file into temporary tables, works out what becomes of each line, and does it in the caller's transaction:
 * all of it, or nothing while a line is rejected, unless those are to be skipped.
 */
export async function importPeople<Staged extends { readonly line: number; readonly problems: readonly string[] }>(
  tx: Tx,
  importing: Importing<Staged>,
  request: ImportRequest,
): Promise<Result<ImportReport, CsvTrouble>> {
  const staged = await stageFile(tx, importing, request);
  if (!staged.ok) return staged;
  const { columns, required, lines, format } = staged.value;
  const tell = (phase: ImportProgress['phase']) => {
    request.onProgress({ phase, lines, readBytes: request.file.sizeBytes, sizeBytes: request.file.sizeBytes });
  };
  tell('comparing');
  const plan = () => importing.plan(tx, columns, required);
  await plan();
  const write = () => {
    tell('writing');
    return isDone(() => inSavepoint(tx, (inner) => applyOrThrow(importing, inner, columns)));
  };
  let isApplied = false;
  if (!request.isDryRun) {
    if (!(await importing.lock(tx))) await plan();
    isApplied = await applyPlanned(tx, request.skipsBad, plan, write);
  }
  if (request.isDryRun) {
    for await (const planned of listOutcomes(tx, 'all', null)) {
      for (const line of planned) request.onLine(reportOf(line));
      await breathe();
    }
  }
  const counts = await countOutcomes(tx);
  return ok({
    file: request.file.name,
    format,
    isDryRun: request.isDryRun,
    isApplied,
    counts: { lines, ...counts },
    rejected: await collect(listOutcomes(tx, 'rejected', MAX_LISTED)),
    notes: await collect(listOutcomes(tx, 'told', MAX_LISTED)),
  });
}

/** Writes as planned, and plans again where somebody else was faster. @returns false: lines are rejected */
async function applyPlanned(
  tx: Tx,
  skipsBad: boolean,
  plan: () => Promise<void>,
  write: () => Promise<boolean>,
): Promise<boolean> {
  for (let races = 0; races <= MAX_RACES; races += 1) {
    if (races > 0) await plan();
    const { created, updated, rejected } = await countOutcomes(tx);
    if (rejected > 0 && !skipsBad) return false;
    if (created + updated === 0 || (await write())) return true;
  }
  throw new Error('an import met others who write the same addresses, again and again');
}

interface StagedFile {
  readonly format: CsvFormat;
  readonly columns: ReadonlySet<string>;
  /** Keys of fields that must not be empty. */
  readonly required: readonly string[];
  readonly lines: number;
}

async function stageFile<Staged extends { readonly line: number; readonly problems: readonly string[] }>(
  tx: Tx,
  importing: Importing<Staged>,
  { file, onProgress }: ImportRequest,
): Promise<Result<StagedFile, CsvTrouble>> {
  const { kind, fields, nearest, read, stage } = importing;
  const format = await inspectCsv(file, (header) => isColumnName(kind, header));
  if (!format.ok) return format;
  await createProblemsTable(tx);
  await importing.create(tx);
  let header: Header | null = null;
  let lines = 0;
  let readBytes = 0;
  let batch: Staged[] = [];
  let staging: Promise<unknown> = Promise.resolve();
  // The database stores a batch while the next is read.
  const flush = async () => {
    await staging;
    staging = Promise.all([stage(tx, batch), stageProblems(tx, batch)]);
    // Whoever waits for it is told; until then it is nobody's.
    staging.catch(() => {});
    lines += batch.length;
    batch = [];
    onProgress({ phase: 'reading', lines, readBytes, sizeBytes: file.sizeBytes });
  };
  for await (const item of readCsv(file, format.value, (bytes) => (readBytes = bytes))) {
    if (item.is === 'broken') return err({ says: item.says, mend: item.mend });
    if (header === null) {
      const found = readHeader(kind, fields, item.row.cells, nearest);
      if (!found.ok) return err({ says: found.error.join('\n'), mend: `A file with all columns: ${sampleVerb(kind)}` });
      header = found.value;
      continue;
    }
    batch.push(read(header, item.row));
    if (batch.length >= BATCH_LINES) await flush();
    if (lines > MAX_LINES) return err({ says: `The file has more than ${MAX_LINES} lines.`, mend: 'Cut it in parts.' });
  }
  if (header === null) return err({ says: 'The file is blank.', mend: `A file to begin with: ${sampleVerb(kind)}` });
  await flush();
  await staging;
  await analyzeStaged(tx, ['import_lines', 'import_problems', ...importing.tables]);
  const required = fields.filter(({ isRequired }) => isRequired).map(({ key }) => key);
  return ok({ format: format.value, columns: new Set(header.positions.keys()), required, lines });
}

const sampleVerb = (kind: PeopleKind): string => `deskbell import ${kind} --sample`;

/** Takes the savepoint back. */
class Overtaken extends Error {}

async function applyOrThrow<Staged extends { readonly line: number; readonly problems: readonly string[] }>(
  { apply }: Importing<Staged>,
  tx: Tx,
  columns: ReadonlySet<string>,
): Promise<void> {
  if (!(await apply(tx, columns))) throw new Overtaken();
}

const UNIQUE_VIOLATION = '23505';

/** false: somebody else has just taken an address, a name or a user name. */
async function isDone(run: () => Promise<void>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if (error instanceof Overtaken || sqlState(error) === UNIQUE_VIOLATION) return false;
    throw error;
  }
}

async function collect(planned: AsyncIterable<readonly PlannedLine[]>): Promise<readonly LineReport[]> {
  const reports: LineReport[] = [];
  for await (const lines of planned) reports.push(...lines.map(reportOf));
  return reports;
}

const reportOf = ({ line, label, outcome, changed, problems }: PlannedLine): LineReport => ({
  line,
  label,
  outcome,
  changed: outcome === 'updated' ? changed : [],
  says: problems.map(({ kind, detail, other }) => LINE_PROBLEMS[kind].says(detail, other)),
});
