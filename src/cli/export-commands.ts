import type { Operation } from '../access/operation.ts';
import { perform } from '../access/operation.ts';
import { exportContacts, exportCustomers } from '../contacts/export-operations.ts';
import type { Sink } from '../contacts/export.ts';
import type { PeopleKind } from '../contacts/import-columns.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { Call, Command, ExitCode, OptionRow, Trouble } from './command.ts';
import { EXIT, textOf } from './command.ts';
import { writeNewFile } from './csv-file.ts';
import { count } from './import-words.ts';
import { printJson, writePiece } from './io.ts';
import { troubleOf, withDesk } from './on-desk.ts';

const OPTIONS: readonly OptionRow[] = [
  { flags: '--file <file>', says: 'into a new file; else it is printed' },
  { flags: '--customer <name>', says: 'of this company alone' },
];

/** People and companies into files, which can be imported again as they are. */
export const EXPORT_COMMANDS: readonly Command[] = [
  command('customers', 'companies as a CSV file', exportCustomers),
  command('contacts', 'people as a CSV file, safe to be opened by a spreadsheet program', exportContacts),
];

function command<Input>(
  kind: PeopleKind,
  says: string,
  operation: Operation<Input, { readonly lines: number }>,
): Command {
  const verb = `export ${kind}`;
  return {
    verb,
    says,
    arguments: [],
    options: OPTIONS,
    examples: [`deskbell ${verb} --file ${kind}.csv`, `deskbell ${verb} --customer "Lantern Works"`],
    isOnDesk: true,
    run: (call) => exportPeople(call, verb, operation),
  };
}

async function exportPeople<Input>(
  call: Call,
  verb: string,
  operation: Operation<Input, { readonly lines: number }>,
): Promise<Result<ExitCode, Trouble>> {
  const path = textOf(call.fields, 'file');
  if (path === null && call.asJson) {
    return err({ exitCode: EXIT.usage, message: '--json needs --file: what is printed is CSV.', mend: 'Give both.' });
  }
  const customer = textOf(call.fields, 'customer') ?? undefined;
  return withDesk(call, async ({ deps }, actor) => {
    const fill = async (write: Sink): Promise<Result<{ readonly lines: number }, Trouble>> => {
      const done = await perform(deps, actor, operation, { customer, write });
      return done.ok ? done : err(troubleOf(done.error, verb, [], OPTIONS));
    };
    const done =
      path === null ? await fill((text) => writePiece(call.io.stdout, text)) : await writeNewFile(path, fill);
    if (!done.ok) return done;
    const { lines } = done.value;
    if (call.asJson) printJson(call.io, { file: path, lines });
    else if (path !== null) call.io.stdout.write(`Saved ${count(lines, 'line')} as ${path}.\n`);
    return ok(EXIT.ok);
  });
}
