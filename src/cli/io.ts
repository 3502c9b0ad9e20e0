import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Readable } from 'node:stream';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';

/** What a program is connected to; passed in, so that a test is a program too. */
export interface CliIo {
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface CliOutput {
  /** false: it has enough for now, and tells by `drain` when it takes more. */
  write(text: string): unknown;
  once?(event: 'drain', listener: () => void): unknown;
  /** Of a terminal; absent when it is a file or a pipe. */
  readonly columns?: number;
}

/** As wide as the terminal; what goes into a file or a pipe is not cut. */
export const widthOf = ({ stdout }: CliIo): number => stdout.columns ?? Number.POSITIVE_INFINITY;

/** A value for programs. Control characters that JSON leaves alone do not reach a terminal either. */
export function printJson({ stdout }: CliIo, value: unknown): void {
  stdout.write(`${jsonText(value, 2)}\n`);
}

/** The same as a text. */
export const jsonText = (value: unknown, indent = 0): string =>
  JSON.stringify(value, null, indent).replace(
    /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Writes a piece of something long, and waits until more is welcome: what reads it may be slower. */
export async function writePiece(output: CliOutput, text: string): Promise<void> {
  if (output.write(text) !== false || output.once === undefined) return;
  await new Promise<void>((resolve) => void output.once?.('drain', resolve));
}

const MAX_INPUT_BYTES = 64 * 1024 * 1024;

/** All of standard input; null when it is more than any verb takes. */
export async function readStdin({ stdin }: CliIo): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of stdin) {
    const bytes = Buffer.isBuffer(piece) ? piece : Buffer.from(String(piece));
    size += bytes.byteLength;
    if (size > MAX_INPUT_BYTES) return null;
    pieces.push(bytes);
  }
  return Buffer.concat(pieces);
}

/** A file's bytes, or why it cannot be read, as a sentence. */
export async function readInputFile(path: string): Promise<Result<Buffer, string>> {
  try {
    return ok(await readFile(path));
  } catch (error) {
    return err(fileTrouble(path, error));
  }
}

/** Why a file cannot be read, as a sentence. */
export function fileTrouble(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return FILE_WORDS[code]?.(path) ?? `The file ${path} cannot be read (${code}).`;
}

const FILE_WORDS: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `There is no file ${path}.`,
  EACCES: (path) => `The file ${path} may not be read by you.`,
  EISDIR: (path) => `${path} is a folder, not a file.`,
};

/** Asks on the terminal, and does not show what is typed. */
export async function askSecret({ stdin, stderr }: CliIo, question: string): Promise<string> {
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: stdin, output: mute, terminal: true });
  stderr.write(question);
  try {
    return await new Promise((resolve) => {
      terminal.once('line', resolve);
      terminal.once('close', () => resolve(''));
    });
  } finally {
    terminal.close();
    stderr.write('\n');
  }
}

/** Asks on the terminal; anything but yes is no. */
export async function askYes({ stdin, stderr }: CliIo, question: string): Promise<boolean> {
  const terminal = createInterface({ input: stdin });
  stderr.write(`${question} [y/N] `);
  try {
    const answer = await new Promise<string>((resolve) => {
      terminal.once('line', resolve);
      terminal.once('close', () => resolve(''));
    });
    return /^\s*y(?:es)?\s*$/i.test(answer);
  } finally {
    terminal.close();
  }
}
