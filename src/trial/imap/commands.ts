import { FOLDER_COMMANDS } from './folder-commands.ts';
import { LOGIN_COMMANDS } from './login-commands.ts';
import { MESSAGE_COMMANDS } from './message-commands.ts';
import type { Session } from './session.ts';
import type { Arguments } from './tokens.ts';

/** What a session must have for a command. RFC 3501 3. */
export type CommandNeeds = 'nothing' | 'no_user' | 'user' | 'folder';

/** A command of IMAP. `run` returns the text of its OK, or throws a Refusal. */
export interface Command {
  readonly needs: CommandNeeds;
  readonly run: (session: Session, args: Arguments) => string | Promise<string>;
  /** Message numbers must not move while it is answered. RFC 3501 7.4.1. */
  readonly holdsExpunges?: true;
}

/** By name, in upper case. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ...LOGIN_COMMANDS,
  ...FOLDER_COMMANDS,
  ...MESSAGE_COMMANDS,
};

/** Why a command cannot be said now; null when it can. */
export function needsOf(needs: CommandNeeds, session: Session): string | null {
  if (needs === 'no_user') return session.user === null ? null : 'You are logged in already';
  if (needs === 'nothing') return null;
  if (session.user === null) return 'Log in first';
  return needs === 'folder' && session.view === null ? 'Select a folder first' : null;
}
