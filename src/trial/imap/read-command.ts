import { MAX_MESSAGE_BYTES } from '../mail-store.ts';
import type { MailStore } from '../mail-store.ts';
import type { Output } from './output.ts';
import type { SocketReader } from './reader.ts';
import { LITERAL_MARK } from './tokens.ts';
import type { Literal } from './tokens.ts';

/** One command as it came. */
export interface ReadCommand {
  /** The line, with LITERAL_MARK where a literal stood. */
  readonly text: string;
  readonly literals: readonly Literal[];
}

/** Why there is no command: the client is gone; it was refused and may go on; it sends what we will not read. */
export type NoCommand = 'gone' | 'refused' | 'hopeless';

/** Literals in memory, all of a command together. Larger ones are messages and go to disk. */
const MAX_LITERAL_BYTES = 64 * 1024;
const MAX_TEXT_LENGTH = 128 * 1024;
const MAX_LITERALS = 100;

/** Reads a command with its literals (RFC 3501 4.3; `{n+}` RFC 7888). Throws LineTooLong. */
export async function readCommand(
  reader: SocketReader,
  output: Output,
  store: MailStore,
  mayAppend: boolean,
): Promise<ReadCommand | NoCommand> {
  const literals: Literal[] = [];
  let text = '';
  let memoryLeft = MAX_LITERAL_BYTES;
  const refuse = async (answer: NoCommand): Promise<NoCommand> => {
    for (const literal of literals) if (literal.kind === 'spooled') await store.discard(literal.message);
    return answer;
  };

  for (;;) {
    const line = await reader.line();
    if (line === null) return await refuse('gone');
    const match = /\{(\d{1,10})(\+?)\}$/.exec(line);
    text += match === null ? line : line.slice(0, match.index) + LITERAL_MARK;
    if (text.length > MAX_TEXT_LENGTH) return await refuse('hopeless');
    if (match === null) return { text, literals };

    const sizeBytes = Number(match[1]);
    const isAnnounced = match[2] === '';
    const isMessage = mayAppend && sizeBytes > memoryLeft && /^\S+ append /i.test(text);
    const hasMessage = literals.some(({ kind }) => kind === 'spooled');
    const limit = isMessage && !hasMessage ? MAX_MESSAGE_BYTES : memoryLeft;
    if (sizeBytes > limit || literals.length >= MAX_LITERALS) {
      if (!isAnnounced) return await refuse('hopeless');
      output.line(`${text.split(' ', 1)[0]} NO [TOOBIG] That is too large`);
      return await refuse('refused');
    }
    if (isAnnounced) {
      output.line('+ Ready');
      await output.flush();
    }
    const literal = isMessage ? await spoolLiteral(reader, store, sizeBytes) : await readLiteral(reader, sizeBytes);
    if (literal === null) return await refuse('gone');
    if (!isMessage) memoryLeft -= sizeBytes;
    literals.push(literal);
  }
}

async function readLiteral(reader: SocketReader, sizeBytes: number): Promise<Literal | null> {
  let text = '';
  for await (const piece of reader.bytes(sizeBytes)) text += piece.toString('latin1');
  return text.length === sizeBytes ? { kind: 'string', text } : null;
}

async function spoolLiteral(reader: SocketReader, store: MailStore, sizeBytes: number): Promise<Literal | null> {
  const message = await store.spool(reader.bytes(sizeBytes));
  if (message?.sizeBytes === sizeBytes) return { kind: 'spooled', message };
  if (message !== null) await store.discard(message);
  return null;
}
