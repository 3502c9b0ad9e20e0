import type { Queryable, Tx } from '../db/client.ts';
import { records } from '../db/records.ts';
import type { CustomFieldOwner } from '../db/schema/contacts.ts';
import type { ImportField } from './import-columns.ts';
import type { ProblemKind } from './import-problems.ts';

const LOCK = 0x64_62_69_6d;
const CURSOR_ROWS = 2000;

/** What the lines of an import are held against. */
export interface ImportSetup {
  readonly fields: readonly ImportField[];
  readonly departments: readonly string[];
}

/** The operators' own fields and departments; they stay as they are until the transaction ends. */
export async function holdImportSetup(tx: Tx, owner: CustomFieldOwner): Promise<ImportSetup> {
  const fields = await tx.sql<ImportField[]>`
    select key, label, kind, choices, is_required as "isRequired" from custom_fields
    where owner = ${owner} order by id limit 1000 for share`;
  const departments = await tx.sql<{ name: string }[]>`
    select name from departments order by lower(name) limit 1000 for key share`;
  return { fields, departments: departments.map(({ name }) => name) };
}

/** The operators' own fields, in the order in which they were added. */
export async function listImportFields(db: Queryable, owner: CustomFieldOwner): Promise<readonly ImportField[]> {
  return db.sql<ImportField[]>`
    select key, label, kind, choices, is_required as "isRequired" from custom_fields
    where owner = ${owner} order by id limit 1000`;
}

/** No other import writes until the transaction ends; false when one does already. */
export async function holdImports(tx: Tx): Promise<boolean> {
  const [row] = await tx.sql<{ isOurs: boolean }[]>`select pg_try_advisory_xact_lock(${LOCK}::bigint) as "isOurs"`;
  return row?.isOurs === true;
}

/** A hundred thousand lines take longer than other statements may, and meet people whom somebody is just changing. */
export async function allowTime(tx: Tx): Promise<void> {
  await tx.sql`
    select set_config('statement_timeout', '300s', true), set_config('lock_timeout', '60s', true),
      set_config('idle_in_transaction_session_timeout', '300s', true), set_config('work_mem', '64MB', true)`;
}

/** What is wrong with lines, or worth saying about them. */
export async function createProblemsTable(tx: Tx): Promise<void> {
  await tx.sql`
    create temporary table import_problems (
      line integer not null, kind text not null, detail text not null default '', other text not null default ''
    ) on commit drop`;
  await tx.sql`create index on import_problems (line)`;
}

/** What was wrong with these lines by themselves. */
export async function stageProblems(
  tx: Tx,
  lines: readonly { readonly line: number; readonly problems: readonly string[] }[],
): Promise<void> {
  const rows = lines.flatMap(({ line, problems }) => problems.map((detail) => ({ line, detail })));
  if (rows.length === 0) return;
  await tx.sql`
    insert into import_problems (line, kind, detail)
    select r.line, 'unreadable', r.detail from json_to_recordset(${records(tx, rows)}) as r(line int, detail text)`;
}

/** What the desk said about the lines is forgotten: it is asked again. */
export async function forgetFindings(tx: Tx): Promise<void> {
  await tx.sql`delete from import_problems where kind <> 'unreadable'`;
}

/** The planner knows how many there are. */
export async function analyzeStaged(tx: Tx, tables: readonly string[]): Promise<void> {
  for (const table of tables) await tx.sql`analyze ${tx.sql(table)}`;
}

export type LineOutcome = 'created' | 'updated' | 'unchanged' | 'rejected';
export type OutcomeCounts = Readonly<Record<LineOutcome, number>>;

/** How many lines end how. */
export async function countOutcomes(tx: Tx): Promise<OutcomeCounts> {
  const rows = await tx.sql<{ outcome: LineOutcome; count: number }[]>`
    select outcome, count(*)::int as count from import_outcomes group by outcome`;
  const counts: Record<LineOutcome, number> = { created: 0, updated: 0, unchanged: 0, rejected: 0 };
  for (const { outcome, count } of rows) counts[outcome] = count;
  return counts;
}

/** What becomes of a line, as the store says it. */
export interface PlannedLine {
  readonly line: number;
  readonly label: string;
  readonly outcome: LineOutcome;
  /** Columns whose fields are other than before. */
  readonly changed: readonly string[];
  readonly problems: readonly { readonly kind: ProblemKind; readonly detail: string; readonly other: string }[];
}

/**
 * Lines in the order of the file, in pieces.
 *
 * @param which all of them; those with something to say; the rejected alone
 */
export function listOutcomes(
  tx: Tx,
  which: 'all' | 'told' | 'rejected',
  limit: number | null,
): AsyncIterable<PlannedLine[]> {
  return tx.sql<PlannedLine[]>`
    select l.line, l.label, o.outcome, o.changed, coalesce(p.problems, '[]') as problems
    from import_outcomes o
    join import_lines l on l.line = o.line
    left join lateral (
      select json_agg(json_build_object('kind', f.kind, 'detail', f.detail, 'other', f.other)
        order by f.kind, f.detail, f.other) as problems
      from (select * from import_problems f where f.line = o.line order by kind, detail, other limit 50) f
    ) p on true
    where ${which} = 'all' or (${which} = 'rejected' and o.outcome = 'rejected')
      or (${which} = 'told' and o.outcome <> 'rejected' and p.problems is not null)
    order by o.line limit ${limit}`.cursor(CURSOR_ROWS);
}
