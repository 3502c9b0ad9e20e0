import type { Account } from './account.ts';
import type { Folder } from './folder.ts';
import { Refusal } from './refusal.ts';
import type { Session } from './session.ts';

/** Whoever is logged in. Throws a Refusal (BAD). */
export function userOf(session: Session): Account {
  if (session.user === null) throw new Refusal('BAD', 'Log in first');
  return session.user;
}

/** Finds a folder of the user's. Throws a Refusal (NO) with the code a client expects for its command. */
export async function getFolder(session: Session, name: string, code = '[NONEXISTENT]'): Promise<Folder> {
  const folder = await userOf(session).findFolder(name);
  if (folder === null) throw new Refusal('NO', `${code} There is no such folder`);
  return folder;
}
