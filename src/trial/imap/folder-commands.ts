import type { Result } from '../../lib/result.ts';
import type { Account, FolderEntry } from './account.ts';
import { appendMessage } from './append.ts';
import type { Command } from './commands.ts';
import { SYSTEM_FLAGS } from './flags.ts';
import type { Folder } from './folder.ts';
import { matchesPattern } from './list-pattern.ts';
import { ClientGone } from './output.ts';
import { Refusal } from './refusal.ts';
import type { Session } from './session.ts';
import { imapString } from './strings.ts';
import type { Arguments } from './tokens.ts';
import { getFolder, userOf } from './user-folder.ts';

/** Commands of a user about folders. */
export const FOLDER_COMMANDS: Readonly<Record<string, Command>> = {
  SELECT: { needs: 'user', run: (session, args) => select(session, args, false) },
  EXAMINE: { needs: 'user', run: (session, args) => select(session, args, true) },
  LIST: { needs: 'user', run: (session, args) => list(session, args, 'LIST') },
  LSUB: { needs: 'user', run: (session, args) => list(session, args, 'LSUB') },
  STATUS: { needs: 'user', run: status },
  CREATE: { needs: 'user', run: (session, args) => change(session, (user) => user.create(args.text())) },
  DELETE: { needs: 'user', run: (session, args) => change(session, (user) => user.remove(args.text())) },
  RENAME: { needs: 'user', run: (session, args) => change(session, (user) => user.rename(args.text(), args.text())) },
  SUBSCRIBE: { needs: 'user', run: (session, args) => change(session, (user) => user.subscribe(args.text(), true)) },
  UNSUBSCRIBE: { needs: 'user', run: (session, args) => change(session, (user) => user.subscribe(args.text(), false)) },
  APPEND: { needs: 'user', run: appendMessage },
  IDLE: { needs: 'user', run: idle },
};

async function select(session: Session, args: Arguments, isReadOnly: boolean): Promise<string> {
  const name = args.text();
  await session.select(null, true);
  const folder = await getFolder(session, name);
  await session.select(folder, isReadOnly);
  const messages = [...folder.messages().values()];
  const unseen = messages.findIndex(({ flags }) => !flags.includes('\\Seen')) + 1;
  const keywords = new Set(messages.flatMap(({ flags }) => flags.filter((flag) => !flag.startsWith('\\'))));
  const { output } = session;
  output.line(`* FLAGS (${[...SYSTEM_FLAGS, ...keywords].join(' ')})`);
  output.line(`* ${messages.length} EXISTS`);
  output.line('* 0 RECENT');
  if (unseen > 0) output.line(`* OK [UNSEEN ${unseen}] The first that nobody has read`);
  const permanent = isReadOnly ? [] : [...SYSTEM_FLAGS, ...keywords, '\\*'];
  output.line(`* OK [PERMANENTFLAGS (${permanent.join(' ')})] Kept`);
  output.line(`* OK [UIDVALIDITY ${folder.uidValidity}] Since then`);
  output.line(`* OK [UIDNEXT ${folder.uidNext()}] The next one`);
  return isReadOnly ? '[READ-ONLY] Open for reading' : '[READ-WRITE] Open';
}

const SPECIAL_USES: Readonly<Record<string, string>> = { drafts: '\\Drafts', sent: '\\Sent', trash: '\\Trash' };

async function list(session: Session, args: Arguments, answer: 'LIST' | 'LSUB'): Promise<string> {
  const [reference, pattern] = [args.text(), args.text()];
  args.end();
  if (answer === 'LIST' && pattern === '') session.output.line('* LIST (\\Noselect) "/" ""');
  const entries = await userOf(session).entries();
  for (const entry of entries) {
    if (!matchesPattern(entry.name, `${reference}${pattern}`) || (answer === 'LSUB' && !entry.isSubscribed)) continue;
    session.output.line(`* ${answer} (${attributes(entry, entries)}) "/" ${imapString(entry.name)}`);
  }
  return 'Those are the folders';
}

function attributes({ id, name }: FolderEntry, entries: readonly FolderEntry[]): string {
  const hasChildren = entries.some((other) => other.name.startsWith(`${name}/`));
  const use = SPECIAL_USES[id];
  return `${hasChildren ? '\\HasChildren' : '\\HasNoChildren'}${use === undefined ? '' : ` ${use}`}`;
}

const STATUS_ITEMS: Readonly<Record<string, (folder: Folder) => number>> = {
  MESSAGES: (folder) => folder.messages().size,
  RECENT: () => 0,
  UIDNEXT: (folder) => folder.uidNext(),
  UIDVALIDITY: (folder) => folder.uidValidity,
  UNSEEN: (folder) => [...folder.messages().values()].filter(({ flags }) => !flags.includes('\\Seen')).length,
};

async function status(session: Session, args: Arguments): Promise<string> {
  const name = args.text();
  const items = args.list().map((token) => {
    const item = token.kind === 'atom' ? STATUS_ITEMS[token.text.toUpperCase()] : undefined;
    if (item === undefined || token.kind !== 'atom') throw new Refusal('BAD', 'No such item of a status');
    return { name: token.text.toUpperCase(), item };
  });
  const folder = await getFolder(session, name);
  await folder.load();
  session.output.line(
    `* STATUS ${imapString(name)} (${items.map(({ name, item }) => `${name} ${item(folder)}`).join(' ')})`,
  );
  return 'That is its state';
}

const CHANGE_REFUSALS = {
  exists: '[ALREADYEXISTS] There is a folder of that name',
  bad_name: '[CANNOT] No folder can have that name',
  too_many: '[LIMIT] There are too many folders',
  not_found: '[NONEXISTENT] There is no such folder',
  inbox: '[CANNOT] The INBOX stays',
} as const;

async function change(
  session: Session,
  run: (user: Account) => Promise<Result<null, keyof typeof CHANGE_REFUSALS>>,
): Promise<string> {
  const changed = await run(userOf(session));
  if (!changed.ok) throw new Refusal('NO', CHANGE_REFUSALS[changed.error]);
  return 'Done';
}

async function idle(session: Session, args: Arguments): Promise<string> {
  args.end();
  session.output.line('+ Idling');
  session.setIdle(true);
  try {
    session.tellNews(true);
    await session.output.flush();
    const line = await session.reader.line();
    if (line === null) throw new ClientGone();
    if (line.toUpperCase() !== 'DONE') throw new Refusal('BAD', 'DONE was expected');
    return 'Idled';
  } finally {
    session.setIdle(false);
  }
}
