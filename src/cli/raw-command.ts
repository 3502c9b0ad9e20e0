import { writeFile } from 'node:fs/promises';
import { perform } from '../access/operation.ts';
import { readRawMessage } from '../inbound/raw-operations.ts';
import { err, ok } from '../lib/result.ts';
import type { Command } from './command.ts';
import { EXIT, textOf } from './command.ts';
import { printJson } from './io.ts';
import { withDesk } from './on-desk.ts';

/** The bytes of a mail, as a file. */
export const RAW_COMMAND: Command = {
  verb: 'raw',
  says: 'save a mail as it came, whatever became of it',
  arguments: ['<message>', '<file>'],
  options: [],
  examples: ['deskbell raw 17 ./17.eml   (then: deskbell parse ./17.eml)'],
  isOnDesk: true,
  run: (call) =>
    withDesk(call, async ({ deps }, actor) => {
      const done = await perform(deps, actor, readRawMessage, { message: textOf(call.fields, 'message') });
      if (!done.ok) {
        const { code, message, mend } = done.error;
        return err({ exitCode: code === 'invalid_input' ? EXIT.usage : EXIT.refused, message, mend });
      }
      const { message, bytes } = done.value;
      const file = textOf(call.fields, 'file') ?? '';
      try {
        // Never over a file that is there: nobody loses a letter to a slip of the pen.
        await writeFile(file, bytes, { flag: 'wx' });
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return err({ exitCode: EXIT.refused, message: `${file} cannot be written: ${why}.`, mend: 'Name a new file.' });
      }
      if (call.asJson) printJson(call.io, { message, file, sizeBytes: bytes.byteLength });
      else
        call.io.stdout.write(
          `Saved message ${message} as ${file}, ${bytes.byteLength} bytes.\nRead it with: deskbell parse ${file}\n`,
        );
      return ok(EXIT.ok);
    }),
};
