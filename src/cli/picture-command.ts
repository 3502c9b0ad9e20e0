import { writeFile } from 'node:fs/promises';
import { perform } from '../access/operation.ts';
import type { Refusal } from '../access/refusal.ts';
import { readPicture, setPicture } from '../contacts/picture-operations.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { Call, Command, ExitCode, Trouble } from './command.ts';
import { EXIT, textOf } from './command.ts';
import { printJson, readInputFile } from './io.ts';
import { withDesk } from './on-desk.ts';

/** A person's picture: given, taken away, or saved as a file. */
export const PICTURE_COMMAND: Command = {
  verb: 'contact picture',
  says: 'give a person a picture, remove it, or save it as a file',
  arguments: ['<contact>'],
  options: [
    { flags: '--file <file>', says: 'the picture: PNG, JPEG, GIF or WebP, at most 1 MiB' },
    { flags: '--remove', says: 'they have none any more' },
    { flags: '--save <file>', says: 'save it as this file, which is not there yet' },
  ],
  examples: [
    'deskbell contact picture ana@lantern.example --file ./ana.png',
    'deskbell contact picture 12 --save ./12.png',
  ],
  isOnDesk: true,
  run: (call) => {
    const { file, remove, save } = call.fields;
    const given = [file, remove, save].filter((one) => one !== undefined);
    if (given.length !== 1) {
      const message = 'A picture is given with --file, taken away with --remove, or saved with --save.';
      return Promise.resolve(err({ exitCode: EXIT.usage, message, mend: 'Give one of them.' }));
    }
    return save === undefined ? change(call) : savePicture(call, textOf(call.fields, 'save') ?? '');
  },
};

async function change(call: Call): Promise<Result<ExitCode, Trouble>> {
  const path = textOf(call.fields, 'file');
  const read = path === null ? ok(null) : await readInputFile(path);
  if (!read.ok) return err({ exitCode: EXIT.usage, message: read.error, mend: 'Give a file that can be read.' });
  const input = { contact: call.fields['contact'], picture: read.value };
  return withDesk(call, async ({ deps }, actor) => {
    const done = await perform(deps, actor, setPicture, input);
    if (!done.ok) return err(troubleOf(done.error));
    const { contact, pictureType, sizeBytes } = done.value;
    if (call.asJson) printJson(call.io, done.value);
    else if (pictureType === null) call.io.stdout.write(`Contact ${contact} has no picture any more.\n`);
    else call.io.stdout.write(`Contact ${contact} has a picture: ${pictureType}, ${sizeBytes} bytes.\n`);
    return ok(EXIT.ok);
  });
}

const savePicture = (call: Call, file: string): Promise<Result<ExitCode, Trouble>> =>
  withDesk(call, async ({ deps }, actor) => {
    const done = await perform(deps, actor, readPicture, { contact: call.fields['contact'] });
    if (!done.ok) return err(troubleOf(done.error));
    const { contact, pictureType, bytes } = done.value;
    try {
      // Never over a file that is there.
      await writeFile(file, bytes, { flag: 'wx' });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return err({ exitCode: EXIT.refused, message: `${file} cannot be written: ${why}.`, mend: 'Name a new file.' });
    }
    if (call.asJson) printJson(call.io, { contact, file, pictureType, sizeBytes: bytes.byteLength });
    else call.io.stdout.write(`Saved the picture of contact ${contact} as ${file}: ${pictureType}.\n`);
    return ok(EXIT.ok);
  });

/** A refusal by the names of the options. */
function troubleOf({ code, message, mend, problems }: Refusal): Trouble {
  if (code !== 'invalid_input') return { exitCode: EXIT.refused, message, mend };
  const lines = problems.map(({ field, says }) => `${field === 'picture' ? '--file' : '<contact>'} ${says}.`);
  return { exitCode: EXIT.usage, message: lines.join('\n'), mend: 'See: deskbell contact picture --help' };
}
