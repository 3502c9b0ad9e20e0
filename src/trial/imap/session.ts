import type { Socket } from 'node:net';
import type { Log } from '../../lib/log.ts';
import type { MailStore } from '../mail-store.ts';
import type { Account } from './account.ts';
import { COMMANDS, needsOf } from './commands.ts';
import type { Folder } from './folder.ts';
import { CAPABILITIES } from './login-commands.ts';
import { ClientGone, createOutput } from './output.ts';
import type { Output } from './output.ts';
import { readCommand } from './read-command.ts';
import type { ReadCommand } from './read-command.ts';
import { createSocketReader, LineTooLong } from './reader.ts';
import type { SocketReader } from './reader.ts';
import { Refusal } from './refusal.ts';
import { argumentsOf, tokenize } from './tokens.ts';
import { openFolderView } from './view.ts';
import type { FolderView } from './view.ts';

/** One client's connection, as its commands see and change it. */
export interface Session {
  readonly store: MailStore;
  readonly output: Output;
  readonly reader: SocketReader;
  readonly user: Account | null;
  readonly view: FolderView | null;
  /** Takes the user in, or counts a wrong password when null. */
  login(account: Account | null): void;
  /** Opens a folder in place of the one that was open. */
  select(folder: Folder | null, isReadOnly: boolean): Promise<void>;
  /** Says what happened in the folder. */
  tellNews(mayExpunge: boolean): void;
  /** While set, news goes out at once. */
  setIdle(isIdle: boolean): void;
  /** No command is read after this one. */
  leave(): void;
}

/** RFC 3501 5.4 asks for at least 30 minutes once logged in. */
const USER_TIMEOUT_MS = 31 * 60 * 1000;
const GUEST_TIMEOUT_MS = 60 * 1000;
const MAX_WRONG_PASSWORDS = 10;
const MAX_BAD_COMMANDS = 20;
const LEAVE_GRACE_MS = 500;
/** A client that idles and does not read what it is told is cut off. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** Serves a connection until it ends. Never rejects. */
export async function serveSession(socket: Socket, store: MailStore, log: Log): Promise<void> {
  const output = createOutput(socket);
  const reader = createSocketReader(socket);
  const held: { user: Account | null; view: FolderView | null } = { user: null, view: null };
  let isIdle = false;
  let isLeaving = false;
  let wrongPasswords = 0;
  let badCommands = 0;

  const pushNews = () => {
    if (!isIdle) return;
    session.tellNews(true);
    output.flush().catch(() => {});
    if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy();
  };
  const session: Session = {
    store,
    output,
    reader,
    get user() {
      return held.user;
    },
    get view() {
      return held.view;
    },
    login(account) {
      held.user = account;
      if (account !== null) socket.setTimeout(USER_TIMEOUT_MS);
      else if ((wrongPasswords += 1) >= MAX_WRONG_PASSWORDS) isLeaving = true;
    },
    async select(folder, isReadOnly) {
      held.view?.close();
      held.view = null;
      await folder?.load();
      if (folder !== null) held.view = openFolderView(folder, isReadOnly, () => queueMicrotask(pushNews));
    },
    tellNews(mayExpunge) {
      for (const line of held.view?.news(mayExpunge) ?? []) output.line(line);
      if (held.view?.isGone() !== true) return;
      output.line('* BYE The folder has been deleted');
      isLeaving = true;
      if (isIdle) socket.destroySoon();
    },
    setIdle: (value) => (isIdle = value),
    leave: () => (isLeaving = true),
  };
  const answer = async (command: ReadCommand) => {
    const reply = await run(session, command, log);
    badCommands = reply.isBad ? badCommands + 1 : 0;
    output.line(reply.line);
    if (badCommands < MAX_BAD_COMMANDS || isLeaving) return;
    output.line('* BYE That is not IMAP');
    isLeaving = true;
  };

  socket.setTimeout(GUEST_TIMEOUT_MS, () => socket.destroy());
  try {
    output.line(`* OK [CAPABILITY ${CAPABILITIES}] Deskbell trial mail: any address, password "trial"`);
    await output.flush();
    while (!isLeaving) {
      const command = await readCommand(reader, output, store, held.user !== null);
      if (command === 'gone') break;
      if (command === 'hopeless') throw new LineTooLong();
      if (command !== 'refused') await answer(command);
      await output.flush();
    }
  } catch (cause) {
    if (cause instanceof LineTooLong) output.line('* BAD Too much at once\r\n* BYE That is not IMAP');
    else if (!(cause instanceof ClientGone)) log.error('trial.imap_failed', { err: cause });
    await output.flush().catch(() => {});
  } finally {
    held.view?.close();
    await takeLeave(socket, reader);
  }
}

/** Ends our side and lets the client read our last words: closing over unread bytes would take them back. */
async function takeLeave(socket: Socket, reader: SocketReader): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), LEAVE_GRACE_MS);
  socket.once('close', () => clearTimeout(timer));
  if (socket.destroyed) clearTimeout(timer);
  socket.end();
  await reader.discardRest().catch(() => {});
}

/** A tag, a command's name, its arguments. */
const COMMAND_LINE = /^([!#-'*,-[\]-z|}~]{1,100}) +(?:(uid) +)?([a-z]{1,20})(?: (.*))?$/is;

interface Reply {
  readonly line: string;
  readonly isBad: boolean;
}

async function run(session: Session, { text, literals }: ReadCommand, log: Log): Promise<Reply> {
  const match = COMMAND_LINE.exec(text);
  const tag = match?.[1] ?? /^[a-z0-9.]{1,100}(?= )/i.exec(text)?.[0] ?? '*';
  const name = `${match?.[2] === undefined ? '' : 'UID '}${match?.[3] ?? ''}`.toUpperCase();
  const command = COMMANDS[name];
  try {
    if (command === undefined) throw new Refusal('BAD', 'No such command');
    const missing = needsOf(command.needs, session);
    if (missing !== null) throw new Refusal('BAD', missing);
    // New mail is there for the command itself; numbers must not move under the ones it names.
    if (command.needs === 'folder') session.tellNews(false);
    const done = await command.run(session, argumentsOf(tokenize(match?.[4] ?? '', literals)));
    session.tellNews(command.holdsExpunges !== true);
    return { line: `${tag} OK ${done}`, isBad: false };
  } catch (cause) {
    if (cause instanceof ClientGone || cause instanceof LineTooLong) throw cause;
    session.tellNews(false);
    if (cause instanceof Refusal)
      return { line: `${tag} ${cause.status} ${cause.message}`, isBad: cause.status === 'BAD' };
    log.error('trial.imap_failed', { command: name, err: cause });
    return { line: `${tag} NO [SERVERBUG] That went wrong here`, isBad: false };
  } finally {
    for (const literal of literals) if (literal.kind === 'spooled') await session.store.discard(literal.message);
  }
}
