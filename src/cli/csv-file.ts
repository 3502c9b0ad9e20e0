import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { access, constants, open, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Sink } from '../contacts/export.ts';
import type { CsvSource } from '../lib/csv-format.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import type { Trouble } from './command.ts';
import { EXIT } from './command.ts';
import { fileTrouble } from './io.ts';

const CHUNK_BYTES = 256 * 1024;

/** A file to be read, more than once and never as a whole. */
export async function csvSource(path: string): Promise<Result<CsvSource, Trouble>> {
  const wrong = (message: string) =>
    err({ exitCode: EXIT.usage, message, mend: 'Give the path of a CSV file that can be read.' });
  try {
    const found = await stat(path);
    if (found.isDirectory()) return wrong(`${path} is a folder, not a file.`);
    if (!found.isFile()) return wrong(`${path} is no file that can be read twice.`);
    await access(path, constants.R_OK);
    const read = (): AsyncIterable<Buffer> => createReadStream(path, { highWaterMark: CHUNK_BYTES });
    return ok({ name: basename(path), sizeBytes: found.size, open: read });
  } catch (error) {
    return wrong(fileTrouble(path, error));
  }
}

/**
 * Lets `fill` write a new file, which is taken away again when that does not succeed. A file that is there is left
 * alone: nobody loses a letter to a slip of the pen.
 */
export async function writeNewFile<T>(
  path: string,
  fill: (sink: Sink) => Promise<Result<T, Trouble>>,
): Promise<Result<T, Trouble>> {
  let file: FileHandle;
  try {
    file = await open(path, 'wx');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return err({ exitCode: EXIT.refused, message: `${path} cannot be written: ${why}.`, mend: 'Name a new file.' });
  }
  let isWhole = false;
  try {
    const filled = await fill(async (text) => void (await file.write(text)));
    isWhole = filled.ok;
    return filled;
  } finally {
    await file.close();
    if (!isWhole) await rm(path, { force: true });
  }
}
