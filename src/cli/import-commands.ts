import type { Operation } from '../access/operation.ts';
import { perform } from '../access/operation.ts';
import { sampleText } from '../contacts/export.ts';
import type { ImportColumn, PeopleKind } from '../contacts/import-columns.ts';
import { columnsOf } from '../contacts/import-columns.ts';
import {
  importContacts,
  importCustomers,
  showContactColumns,
  showCustomerColumns,
} from '../contacts/import-operations.ts';
import type { ImportReport, LineReport } from '../contacts/import.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { Call, Command, ExitCode, OptionRow, Trouble } from './command.ts';
import { EXIT, textOf } from './command.ts';
import { csvSource } from './csv-file.ts';
import { importProgress } from './import-progress.ts';
import { lineWords, reportWords } from './import-words.ts';
import { jsonText } from './io.ts';
import { troubleOf, withDesk } from './on-desk.ts';

const OPTIONS: readonly OptionRow[] = [
  { flags: '--dry-run', says: 'say what would become of each line, and change nothing' },
  { flags: '--skip-bad', says: 'import the rest when lines are rejected; else nothing is' },
  { flags: '--sample', says: 'print a file with all columns, to begin with' },
];
const ARGUMENTS = ['[file]'];

/** People and companies from files. */
export const IMPORT_COMMANDS: readonly Command[] = [
  command('customers', 'companies from a CSV file, all of them or none', importCustomers, showCustomerColumns),
  command('contacts', 'people from a CSV file, all of them or none', importContacts, showContactColumns),
];

function command<Input, None>(
  kind: PeopleKind,
  says: string,
  operation: Operation<Input, ImportReport>,
  columns: Operation<None, readonly ImportColumn[]>,
): Command {
  const verb = `import ${kind}`;
  return {
    verb,
    says,
    arguments: ARGUMENTS,
    options: OPTIONS,
    examples: [
      `deskbell ${verb} --sample > ${kind}.csv`,
      `deskbell ${verb} ${kind}.csv --dry-run`,
      `deskbell ${verb} ${kind}.csv --skip-bad --json`,
    ],
    isOnDesk: true,
    run: (call) => (call.fields['sample'] === true ? sample(call, kind, columns) : importFile(call, verb, operation)),
  };
}

/** With the operators' own fields where a desk can be reached. */
async function sample<None>(
  call: Call,
  kind: PeopleKind,
  columns: Operation<None, readonly ImportColumn[]>,
): Promise<Result<ExitCode, Trouble>> {
  const print = (all: readonly ImportColumn[]): Result<ExitCode, never> => {
    call.io.stdout.write(sampleText(all));
    return ok(EXIT.ok);
  };
  const done = await withDesk(call, async ({ deps }, actor) => {
    const found = await perform(deps, actor, columns, {});
    return found.ok ? print(found.value) : err(troubleOf(found.error, `import ${kind}`, ARGUMENTS, OPTIONS));
  });
  if (done.ok || done.error.exitCode !== EXIT.unreachable) return done;
  call.io.stderr.write('No desk can be reached, so the sample has no columns for its own fields.\n');
  return print(columnsOf(kind, []));
}

async function importFile<Input>(
  call: Call,
  verb: string,
  operation: Operation<Input, ImportReport>,
): Promise<Result<ExitCode, Trouble>> {
  const path = textOf(call.fields, 'file');
  if (path === null) {
    const message = 'The file is missing.';
    return err({ exitCode: EXIT.usage, message, mend: `Name it, or print one with: deskbell ${verb} --sample` });
  }
  const file = await csvSource(path);
  if (!file.ok) return file;
  return withDesk(call, async ({ deps }, actor) => {
    const { dryRun, skipBad } = call.fields;
    const progress = importProgress(call.io, call.asJson);
    const printed = printer(call, progress.end);
    const watch = { onProgress: progress.onProgress, onLine: printed.line };
    const done = await perform(deps, actor, operation, { file: file.value, dryRun, skipBad, watch }).finally(
      progress.end,
    );
    if (!done.ok) return err(troubleOf(done.error, verb, ARGUMENTS, OPTIONS));
    printed.end(done.value);
    return ok(done.value.counts.rejected > 0 ? EXIT.refused : EXIT.ok);
  });
}

/** Lines as they come, so that a long file is not held, then the sums; for programs all of it is one object. */
function printer({ io, asJson }: Call, onFirst: () => void) {
  let lines = 0;
  return {
    line: (report: LineReport): void => {
      if (lines === 0) onFirst();
      const before = lines === 0 ? '{"lines":[\n' : ',\n';
      io.stdout.write(asJson ? `${before}${jsonText(report)}` : `${lineWords(report)}\n`);
      lines += 1;
    },
    end: (report: ImportReport): void => {
      const text = asJson ? jsonText(report) : reportWords(report);
      io.stdout.write(`${asJson && lines > 0 ? text.replace(/^\{/, '\n],') : text}\n`);
    },
  };
}
