import { parseFlags } from './flags.ts';
import type { SpooledMessage } from './folder.ts';
import { Refusal } from './refusal.ts';
import type { Session } from './session.ts';
import { parseImapDateTime } from './strings.ts';
import type { Arguments } from './tokens.ts';
import { getFolder } from './user-folder.ts';

/** APPEND: a client files a message itself. RFC 3501 6.3.11, RFC 4315. */
export async function appendMessage(session: Session, args: Arguments): Promise<string> {
  const name = args.text();
  const flags = args.peek()?.kind === 'list' ? parseFlags(args.list()) : [];
  const first = args.take();
  const date = first.kind === 'string' && args.peek() !== null ? parseImapDateTime(first.text) : new Date();
  const last = args.peek() === null ? first : args.take();
  args.end();
  if (date === null) throw new Refusal('BAD', 'A date and time was expected');
  if (last.kind !== 'string' && last.kind !== 'spooled') throw new Refusal('BAD', 'A message was expected');
  const folder = await getFolder(session, name, '[TRYCREATE]');
  const message = last.kind === 'spooled' ? last.message : await spool(session, last.text);
  try {
    const uid = await folder.add(message, flags, date);
    return `[APPENDUID ${folder.uidValidity} ${uid}] Filed`;
  } finally {
    await session.store.discard(message);
  }
}

async function spool(session: Session, text: string): Promise<SpooledMessage> {
  const message = await session.store.spool(onePiece(text));
  if (message === null) throw new Refusal('NO', '[TOOBIG] That is too large');
  return message;
}

async function* onePiece(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text, 'latin1');
}
