import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';
import { createParsePool } from '../mail/parse-pool.ts';
import type { ParsePool } from '../mail/parse-pool.ts';
import type { Call, Command, ExitCode, Trouble } from './command.ts';
import { EXIT } from './command.ts';
import { readInputFile, widthOf } from './io.ts';
import { jsonLineOf, showMessage } from './parsed-mail.ts';

const MAIL_FILE = /\.eml$/i;

/** What the desk reads in mail files; no desk is needed. */
export const PARSE_COMMAND: Command = {
  verb: 'parse',
  says: 'what the desk reads in mail files: .eml, or a folder of them',
  arguments: ['<files...>'],
  options: [{ flags: '--jsonl', says: 'one line of JSON for each message, for programs' }],
  examples: ['deskbell parse ./message.eml', 'deskbell parse --jsonl ./messages > messages.jsonl'],
  isOnDesk: false,
  run: parseFiles,
};

/** One file at a time, so that the memory does not grow with their number; one that cannot be read does not stop the rest. */
async function parseFiles(call: Call): Promise<Result<ExitCode, Trouble>> {
  const given = call.fields['files'];
  const listed = await filesOf(Array.isArray(given) ? given : []);
  if (!listed.ok) return listed;
  const pool = createParsePool({ threads: 1 });
  let exitCode: ExitCode = EXIT.ok;
  try {
    for (const path of listed.value) {
      const isRead = await parseFile(call, pool, path);
      if (!isRead) exitCode = EXIT.refused;
    }
  } finally {
    await pool.close();
  }
  return ok(exitCode);
}

async function parseFile({ fields, io }: Call, pool: ParsePool, path: string): Promise<boolean> {
  const id = basename(path).replace(MAIL_FILE, '');
  const bytes = await readInputFile(path);
  const row = bytes.ok ? (await pool.parse([bytes.value], NEVER))[0] : undefined;
  const parsed = row === undefined || 'failed' in row ? null : row;
  const problem = bytes.ok ? PROBLEM_WORDS[row !== undefined && 'failed' in row ? row.failed : 'crashed'] : bytes.error;
  if (fields['jsonl'] === true) io.stdout.write(`${jsonLineOf(id, parsed ?? { problem })}\n`);
  else if (parsed !== null) io.stdout.write(`${showMessage(id, parsed, widthOf(io))}\n\n`);
  else io.stderr.write(`${problem}\n`);
  if (bytes.ok) release([bytes.value, ...(parsed?.attachments ?? []).map(({ content }) => content)]);
  return parsed !== null;
}

const LARGE_BYTES = 1024 * 1024;

/** Large buffers go now, not when the collector comes by: the memory does not grow with the files behind one another. */
function release(contents: readonly Uint8Array[]): void {
  for (const { buffer } of contents) {
    if (buffer instanceof ArrayBuffer && buffer.byteLength > LARGE_BYTES && !buffer.detached) buffer.transfer(0);
  }
}

const NEVER = new AbortController().signal;

const PROBLEM_WORDS = {
  timeout: 'It took too long to read.',
  memory: 'It took too much memory to read.',
  crashed: 'The thread that read it ended.',
};

/** Files in the order given; those of a folder by name: its mail files, or all of them if none is called one. */
async function filesOf(paths: readonly string[]): Promise<Result<readonly string[], Trouble>> {
  const files: string[] = [];
  for (const path of paths) {
    const inside = await filesIn(path);
    if (inside === null) files.push(path);
    else if (inside.length > 0) files.push(...inside);
    else {
      const message = `The folder ${path} holds no files.`;
      return err({ exitCode: EXIT.usage, message, mend: 'Give mail files (.eml), or a folder of them.' });
    }
  }
  return ok(files);
}

/** null: it is no folder. */
async function filesIn(path: string): Promise<readonly string[] | null> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const names = entries
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
    const mails = names.filter((name) => MAIL_FILE.test(name));
    return (mails.length > 0 ? mails : names).toSorted(byCodeUnits).map((name) => join(path, name));
  } catch {
    return null;
  }
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
