import { ok } from '../lib/result.ts';
import type { Call, Command, ExitCode } from './command.ts';
import { EXIT } from './command.ts';
import { sendSample } from './sample-mail.ts';

/** The program itself. */
export const PROGRAM_COMMANDS: readonly Command[] = [
  program('start', 'run the desk: with nothing configured, a trial with a database and a mail server', (call) =>
    call.host.start(),
  ),
  program('worker', 'only read and send mail; any number on any number of machines', (call) => call.host.worker()),
  program('migrate', 'bring the database to this release', (call) => call.host.migrate()),
];

/** A first mail into the trial. */
export const SEND_COMMAND: Command = {
  verb: 'send',
  says: 'send a sample mail into the trial',
  arguments: [],
  options: [
    { flags: '--from <address>', says: 'who writes; ana@customer.example unless given' },
    { flags: '--to <address>', says: 'support@deskbell.test unless given' },
    { flags: '--subject <subject>', says: 'what it is about' },
    { flags: '--text <text>', says: 'what it says' },
    { flags: '--file <file>', says: 'a whole mail as a file (.eml), sent as it is' },
  ],
  examples: [
    'deskbell send',
    'deskbell send --from ana@customer.example --subject "The printer is on fire" --text "Please hurry."',
    'deskbell send --from ana@customer.example --file ./message.eml',
  ],
  isOnDesk: true,
  run: sendSample,
};

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
