import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { Call, OptionRow, Trouble } from './command.ts';
import { EXIT, textOf } from './command.ts';
import { readInputFile, readStdin } from './io.ts';

/** Of a verb that takes what somebody writes; `readText` reads it. */
export const TEXT_OPTIONS: readonly OptionRow[] = [
  { flags: '--text <text>', says: 'what to write' },
  { flags: '--file <file>', says: 'the text is the content of this file; else it comes on standard input' },
];

/** Arguments and options with the text: given, out of a file, or on standard input. */
export async function readText({ fields, io }: Call): Promise<Result<unknown, Trouble>> {
  const { text: _, file: __, ...rest } = fields;
  const [text, file] = [textOf(fields, 'text'), textOf(fields, 'file')];
  if (text !== null && file !== null) {
    return err({ exitCode: EXIT.usage, message: '--text and --file exclude each other.', mend: 'Give one of them.' });
  }
  if (text !== null) return ok({ ...rest, text });
  if (file !== null) {
    const read = await readInputFile(file);
    if (read.ok) return ok({ ...rest, text: read.value.toString('utf8') });
    return err({ exitCode: EXIT.usage, message: read.error, mend: 'Give the path of a file that can be read.' });
  }
  if (io.stdin.isTTY === true)
    io.stderr.write('Write; end with Ctrl-D on a line of its own, or give up with Ctrl-C.\n');
  const input = await readStdin(io);
  if (input !== null) return ok({ ...rest, text: input.toString('utf8') });
  return err({ exitCode: EXIT.usage, message: 'Standard input is too long for an answer.', mend: 'Shorten it.' });
}
