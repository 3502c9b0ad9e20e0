import { ok } from '../lib/result.ts';
import type { Call, Command, ExitCode } from './command.ts';
import { EXIT } from './command.ts';

/** The program itself. */
export const PROGRAM_COMMANDS: readonly Command[] = [
  program('start', 'run the desk: with nothing configured, a trial with a database and a mail server', (call) =>
    call.host.start(),
  ),
  program('worker', 'only read and send mail; any number on any number of machines', (call) => call.host.worker()),
  program('migrate', 'bring the database to this release', (call) => call.host.migrate()),
];

function program(verb: string, says: string, run: (call: Call) => Promise<number>): Command {
  return {
    verb,
    says,
    arguments: [],
    options: [],
    examples: [`deskbell ${verb}`],
    isOnDesk: false,
    run: async (call) => ok(asExitCode(await run(call))),
  };
}

const asExitCode = (code: number): ExitCode => Object.values(EXIT).find((known) => known === code) ?? EXIT.bug;
