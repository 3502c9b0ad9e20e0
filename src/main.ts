import { runCli } from './cli/main.ts';
import { createHost } from './desk.ts';

const print = (line: string) => void process.stdout.write(`${line}\n`);
const complain = (line: string) => void process.stderr.write(`${line}\n`);

// RELIABILITY PR7: a process that does not know what state it is in ends; whoever watches it starts it again.
const EXIT_BUG = 70;
process.on('unhandledRejection', (error) => {
  complain(
    `deskbell: a bug ended this process: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  process.exit(EXIT_BUG);
});
// A reader that closed its end, such as `head`, has seen enough.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runCli(process.argv.slice(2), process, createHost(print, complain));
// Everything has been closed by now; what a library still holds open does not keep the program.
process.exit();
