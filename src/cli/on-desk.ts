import type { Actor } from '../access/actor.ts';
import type { Operation } from '../access/operation.ts';
import { perform } from '../access/operation.ts';
import type { Refusal } from '../access/refusal.ts';
import { ended } from '../access/refusal.ts';
import { findOperator } from '../access/store.ts';
import { isConnectionTrouble } from '../db/client.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { parseAddress } from '../mail/address.ts';
import type { Call, Command, ExitCode, OptionRow, Trouble } from './command.ts';
import { argumentName, EXIT, fieldOf } from './command.ts';
import type { Desk } from './host.ts';
import { printJson, widthOf } from './io.ts';

interface OperationRow<Input, Output> extends Pick<Command, 'verb' | 'says' | 'examples'> {
  readonly arguments?: readonly string[];
  readonly options?: readonly OptionRow[];
  readonly operation: Operation<Input, Output>;
  /** Where the input is more than the arguments and options: files, passwords, standard input. */
  readonly input?: (call: Call) => Promise<Result<unknown, Trouble>>;
  /** For people. @param width of the terminal */
  readonly show: (output: Output, width: number) => string;
  /** Where an answer may be bad news. */
  readonly exitCode?: (output: Output) => ExitCode;
}

/** A verb that is an operation. */
export function onOperation<Input, Output>(row: OperationRow<Input, Output>): Command {
  const { operation, show, input, exitCode, ...words } = row;
  const options = row.options ?? [];
  const names = row.arguments ?? [];
  return {
    ...words,
    arguments: names,
    options,
    isOnDesk: true,
    run: async (call) => {
      const given = input === undefined ? ok(call.fields) : await input(call);
      if (!given.ok) return given;
      return withDesk(call, async (desk, actor) => {
        const done = await perform(desk.deps, actor, operation, given.value);
        if (!done.ok) return err(troubleOf(done.error, row.verb, names, options));
        if (call.asJson) printJson(call.io, done.value);
        else call.io.stdout.write(`${show(done.value, widthOf(call.io))}\n`);
        return ok(exitCode?.(done.value) ?? EXIT.ok);
      });
    },
  };
}

/** Opens the desk, finds out who acts, and closes it again. A desk that cannot be reached is said so. */
export async function withDesk(
  call: Call,
  run: (desk: Desk, actor: Actor) => Promise<Result<ExitCode, Trouble>>,
): Promise<Result<ExitCode, Trouble>> {
  const opened = await call.host.openDesk();
  if (!opened.ok) {
    const { kind, message, mend } = opened.error;
    return err({ exitCode: kind === 'configuration' ? EXIT.usage : EXIT.unreachable, message, mend });
  }
  const desk = opened.value;
  try {
    const actor = await findActor(desk, call.as);
    return actor.ok ? await run(desk, actor.value) : actor;
  } catch (error) {
    if (!isConnectionTrouble(error)) throw error;
    return err({
      exitCode: EXIT.unreachable,
      message: `The database cannot be reached: ${error instanceof Error ? error.message : String(error)}.`,
      mend: 'Check that it runs and that DATABASE_URL is right; in the trial, that "deskbell start" runs.',
    });
  } finally {
    await desk.close();
  }
}

async function findActor({ db }: Desk, as: string | null): Promise<Result<Actor, Trouble>> {
  if (as === null) return ok({ is: 'system', name: 'cli' });
  const address = parseAddress(as);
  if (address === null) {
    const message = `--as is the address of an operator, not "${as}".`;
    return err({ exitCode: EXIT.usage, message, mend: 'See all with: deskbell operator list' });
  }
  const operator = await findOperator(db, address);
  if (operator !== null && operator.disabledAt === null) return ok({ is: 'operator', ...operator });
  const message = operator === null ? `There is no operator ${address}.` : `The operator ${address} is disabled.`;
  return err({ exitCode: EXIT.refused, message, mend: 'See all with: deskbell operator list' });
}

/** A refusal in the words of the command line: fields are the options and arguments they were given as. */
export function troubleOf(
  { code, message, mend, problems }: Refusal,
  verb: string,
  names: readonly string[],
  options: readonly OptionRow[],
): Trouble {
  if (code !== 'invalid_input') return { exitCode: EXIT.refused, message, mend };
  const written = (field: string): string => {
    const option = options.find((row) => (row.reports ?? fieldOf(row)) === field);
    if (option !== undefined) return /^--[\w-]+/.exec(option.flags)?.[0] ?? field;
    return names.find((name) => argumentName(name) === field) ?? field;
  };
  const lines = problems.map(({ field, says }) => ended(`${written(field)} ${says}`.trim()));
  return { exitCode: EXIT.usage, message: [...new Set(lines)].join('\n'), mend: `See: deskbell ${verb} --help` };
}
