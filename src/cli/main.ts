import { Command as Program, CommanderError } from 'commander';
import product from '../../package.json' with { type: 'json' };
import type { Call, Command, Fields, OptionRow, Trouble } from './command.ts';
import { argumentName, EXIT, fieldOf, optionName, textOf } from './command.ts';
import { loadCommands } from './commands.ts';
import type { CliHost } from './host.ts';
import type { CliIo } from './io.ts';

/**
 * Reads the words behind `deskbell` and does what they say.
 *
 * @param argv without the program's own name
 * @returns the exit code: 0 done, 1 refused, 2 wrong usage or configuration, 3 not reachable, 70 a bug
 */
export async function runCli(argv: readonly string[], io: CliIo, host: CliHost): Promise<number> {
  let chosen: { readonly command: Command; readonly call: Call } | null = null;
  const commands = await loadCommands(argv[0] ?? '');
  const program = createProgram(commands, io, host, (command, call) => {
    chosen = { command, call };
  });
  try {
    if (argv.length === 0) program.outputHelp();
    else program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  return chosen === null ? EXIT.ok : run(chosen, io);
}

async function run({ command, call }: { command: Command; call: Call }, io: CliIo): Promise<number> {
  try {
    const done = await command.run(call);
    if (done.ok) return done.value;
    io.stderr.write(`${said(done.error)}\n`);
    return done.error.exitCode;
  } catch (error) {
    // A bug ends here and nowhere else: whoever typed the verb is told where it was.
    io.stderr.write(`${bugReport(command, error, io.env['LOG_LEVEL'] === 'debug')}\n`);
    return EXIT.bug;
  }
}

const said = ({ message, mend }: Trouble): string => (mend === '' ? message : `${message}\n${mend}`);

function bugReport({ verb }: Command, error: unknown, withStack: boolean): string {
  if (withStack && error instanceof Error) return `deskbell ${verb}: ${error.stack ?? error.message}`;
  const message = error instanceof Error ? error.message : String(error);
  const where = error instanceof Error ? (/\/(src\/[\w./-]+\.ts:\d+)/.exec(error.stack ?? '')?.[1] ?? '') : '';
  return `deskbell ${verb} failed${where === '' ? '' : ` at ${where}`}: ${message}\nThis is a bug. LOG_LEVEL=debug shows more.`;
}

function createProgram(
  commands: readonly Command[],
  io: CliIo,
  host: CliHost,
  onChosen: (command: Command, call: Call) => void,
): Program {
  const program = configured(new Program('deskbell'), io);
  program.description('Mail to a support desk becomes a ticket of the right person, and the right people are told.');
  program.version(`deskbell ${product.version}`, '--version', 'print which release this is');
  const groups = new Map<string, Program>();
  for (const command of commands) {
    const [first = '', second] = command.verb.split(' ');
    const parent = second === undefined ? program : (groups.get(first) ?? configured(program.command(first), io));
    if (second !== undefined) groups.set(first, parent.description(`${first} verbs`));
    addCommand(configured(parent.command(second ?? first), io), command, io, host, onChosen);
  }
  program.helpInformation = () => overview(commands);
  return program;
}

function addCommand(
  program: Program,
  command: Command,
  io: CliIo,
  host: CliHost,
  onChosen: (command: Command, call: Call) => void,
): void {
  const { verb, says, arguments: names, options, examples, isOnDesk } = command;
  program.description(sentence(says));
  program.showHelpAfterError(`See: deskbell ${verb} --help`);
  for (const name of names) program.argument(name);
  for (const option of options) addOption(program, option);
  if (isOnDesk) {
    program.option('--json', 'print JSON, for programs');
    program.option('--as <operator>', 'act as this operator: their address');
  }
  program.addHelpText('after', `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}\n`);
  program.action(() => {
    const written: Fields = program.opts();
    const fields: Record<string, Fields[string]> = {};
    for (const [index, name] of names.entries()) {
      fields[argumentName(name)] = name.includes('...') ? program.args.slice(index) : program.args[index];
    }
    for (const option of options) {
      const value = written[optionName(option)];
      if (value !== undefined && !(Array.isArray(value) && value.length === 0)) fields[fieldOf(option)] = value;
    }
    const call = { fields, asJson: written['json'] === true, as: textOf(written, 'as'), io, host };
    onChosen(command, call);
  });
}

function addOption(program: Program, { flags, says, repeats }: OptionRow): void {
  if (repeats !== true) program.option(flags, says);
  else program.option(flags, `${says}; may be repeated`, (value, before: readonly string[]) => [...before, value], []);
}

/** No exit, no writing past what we were given, and the errors begin like our own sentences. */
function configured(program: Program, io: CliIo): Program {
  return program
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: (text, write) => write(sentence(text.replace(/^error: /, ''))),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    })
    .helpOption('-h, --help', 'show this')
    .helpCommand(false)
    .showHelpAfterError('See: deskbell --help');
}

const sentence = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** All verbs on one page. */
function overview(commands: readonly Command[]): string {
  const rows = commands.map((command) => ({
    usage: [command.verb, ...command.arguments].join(' '),
    says: command.says,
    group: command.verb.includes(' ') ? command.verb.split(' ')[0] : '',
  }));
  const width = Math.max(...rows.map(({ usage }) => usage.length));
  const lines = rows.flatMap(({ usage, says, group }, index) => {
    const isNewGroup = index > 0 && rows[index - 1]?.group !== group;
    return [...(isNewGroup ? [''] : []), `  ${usage.padEnd(width)}  ${says}`];
  });
  return [
    'deskbell: mail to a support desk becomes a ticket of the right person, and the right people are told.',
    '',
    'Try it: "deskbell start", then in another terminal "deskbell send" and "deskbell ticket list".',
    '',
    ...lines,
    '',
    'Which release this is: deskbell --version',
    'Each verb has --help with examples, --json for programs, and --as <operator> to act as one of the operators.',
    'Exit codes: 0 done, 1 refused or found amiss, 2 wrong usage or configuration, 3 desk not reachable, 70 a bug.',
    '',
  ].join('\n');
}
