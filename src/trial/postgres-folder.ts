import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findClosedFolder } from './postgres-program.ts';
import type { PostgresProgram, SystemUser } from './postgres-program.ts';
import { TrialError } from './trial-error.ts';

/** What we must know to start a data folder again; kept beside it, readable by its owner alone. */
export interface FolderKey {
  readonly password: string;
  /** The port of the last start; null before the first. */
  readonly port: number | null;
  /** The process that started it last. */
  readonly startedBy: number | null;
}

const MAJOR = '18';
export const SUPERUSER = 'deskbell';
const run = promisify(execFile);

/**
 * Makes sure the data folder is a PostgreSQL 18's, creating it when there is none, and says whom PostgreSQL must run as.
 *
 * @param onWaiting told when the folder is being created by a process of PostgreSQL
 */
export async function prepareFolder(
  dataDir: string,
  program: PostgresProgram,
  user: SystemUser | null,
  onWaiting: () => void,
): Promise<{ readonly key: FolderKey; readonly user: SystemUser | null }> {
  await makeParents(dirname(dataDir), user).catch((error) => {
    throw refusal(dirname(dataDir), error);
  });
  if (user !== null) await checkPath(dirname(dataDir), program, user);
  const isThere = await checkFolder(dataDir).catch((error) => {
    throw error instanceof TrialError ? error : refusal(dataDir, error);
  });
  const key = await readKey(dataDir, isThere).catch((error) => {
    throw error instanceof TrialError ? error : refusal(keyPath(dataDir), error);
  });
  if (!isThere) await createFolder(dataDir, key, program, user, onWaiting);
  return { key, user: user === null ? null : await ownerOf(dataDir, user) };
}

/** Writes the key file in one step: a reader sees the old one or the new one. */
export async function writeKey(dataDir: string, key: FolderKey): Promise<void> {
  const temporary = `${keyPath(dataDir)}.${process.pid}`;
  await writeFile(temporary, JSON.stringify(key), { mode: 0o600 });
  const before = await stat(keyPath(dataDir)).catch(() => null);
  // Root may start what an ordinary user will start again.
  if (before !== null && process.getuid?.() === 0) await chown(temporary, before.uid, before.gid);
  await rename(temporary, keyPath(dataDir));
}

function keyPath(dataDir: string): string {
  return `${dataDir}.json`;
}

/** Parents that we make ourselves are open to the user whatever the umask says. */
async function makeParents(folder: string, user: SystemUser | null): Promise<void> {
  const outermost = await mkdir(folder, { recursive: true });
  if (outermost === undefined || user === null) return;
  for (let made = folder; made.length >= outermost.length; made = dirname(made))
    await chmod(made, ((await stat(made)).mode & 0o777) | 0o011);
}

async function checkPath(parent: string, program: PostgresProgram, user: SystemUser): Promise<void> {
  for (const [path, mend] of [
    [parent, 'or set DATA_DIR to a folder elsewhere'],
    [dirname(program.postgres), 'or put Deskbell into a folder elsewhere'],
  ] as const) {
    const closed = await findClosedFolder(path, user);
    if (closed !== null)
      throw new TrialError(
        `PostgreSQL runs as the user postgres, who may not enter ${closed} on the way to ${path}.`,
        `Run chmod o+x '${closed}', ${mend}, or start Deskbell as an ordinary user.`,
      );
  }
}

/** @returns true when it holds a PostgreSQL of our version, false when there is nothing yet */
async function checkFolder(dataDir: string): Promise<boolean> {
  const found = await stat(dataDir).catch((error) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (found === null) return false;
  if (!found.isDirectory())
    throw new TrialError(`${dataDir} is a file, not a folder.`, 'Move it away, or set DATA_DIR to another folder.');
  const version = await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch((error) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (version?.trim() === MAJOR) return true;
  if (version !== null)
    throw new TrialError(
      `${dataDir} was made by PostgreSQL ${version.trim()}, and this is PostgreSQL ${MAJOR}.`,
      'Move it away to begin anew, set DATA_DIR to another folder, or serve it with its own version and set DATABASE_URL.',
    );
  if ((await readdir(dataDir)).length === 0) return false;
  throw new TrialError(
    `${dataDir} is not empty and not a PostgreSQL data folder.`,
    'Move it away, or set DATA_DIR to another folder.',
  );
}

async function readKey(dataDir: string, isThere: boolean): Promise<FolderKey> {
  const text = await readFile(keyPath(dataDir), 'utf8').catch((error) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (text !== null) {
    const key = parseKey(text);
    if (key !== null) return key;
  }
  if (isThere)
    throw new TrialError(
      `The password of the trial database is not in ${keyPath(dataDir)}.`,
      `Put that file back, or move ${dataDir} away to begin anew.`,
    );
  const key = { password: randomBytes(24).toString('base64url'), port: null, startedBy: null };
  await writeKey(dataDir, key);
  return key;
}

function parseKey(text: string): FolderKey | null {
  try {
    const { password, port, startedBy } = JSON.parse(text);
    return typeof password === 'string'
      ? { password, port: Number(port) || null, startedBy: Number(startedBy) || null }
      : null;
  } catch {
    return null;
  }
}

/** Made under another name and renamed when complete, so that a killed first start leaves nothing half made behind. */
async function createFolder(
  dataDir: string,
  key: FolderKey,
  program: PostgresProgram,
  user: SystemUser | null,
  onWaiting: () => void,
): Promise<void> {
  const making = `${dataDir}.making`;
  const passwordFile = `${making}.password`;
  try {
    await rm(making, { recursive: true, force: true });
    await mkdir(making, { mode: 0o700 });
    await writeFile(passwordFile, key.password, { mode: 0o600 });
    if (user !== null) for (const path of [making, passwordFile]) await chown(path, user.uid, user.gid);
    const options = ['-D', making, '-U', SUPERUSER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8'];
    const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
    const made = run(program.initdb, [...options, ...locale, '--no-sync', '--no-instructions'], {
      ...user,
      cwd: making,
      env: { LC_ALL: 'C' },
    });
    onWaiting();
    await made;
    await rename(making, dataDir);
    await syncFolder(dirname(dataDir));
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw refusal(dataDir, error);
  } finally {
    await rm(passwordFile, { force: true });
  }
  // Only a power cut within these seconds could hurt, so nobody waits for it.
  spawn(program.initdb, ['--sync-only', '-D', dataDir], { ...user, cwd: dataDir, stdio: 'ignore', env: {} })
    .on('error', () => {})
    .unref();
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder);
  await handle.sync().finally(() => handle.close());
}

/** A folder made by an ordinary user stays theirs: we run PostgreSQL as its owner. A folder of root's is handed over. */
async function ownerOf(dataDir: string, user: SystemUser): Promise<SystemUser> {
  const { uid, gid } = await stat(dataDir);
  if (uid !== 0) return { uid, gid };
  for (const entry of [dataDir, ...(await readdir(dataDir, { recursive: true })).map((name) => join(dataDir, name))])
    if (!(await lstat(entry)).isSymbolicLink()) await chown(entry, user.uid, user.gid);
  return user;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function refusal(path: string, error: unknown): TrialError {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new TrialError(
      `${path} is not ours to read and write (${code}).`,
      'Give it to the user who starts Deskbell, or set DATA_DIR to another folder.',
    );
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return new TrialError(
      `A file is where the folder of ${basename(path)} should be, on the way to ${path}.`,
      'Move it away, or set DATA_DIR to another folder.',
    );
  const words =
    error instanceof Error ? ('stderr' in error ? String(error.stderr).trim() : '') || error.message : String(error);
  return new TrialError(
    `${path} could not be made into a PostgreSQL data folder: ${words}`,
    'Mend what it names, set DATA_DIR to another folder, or set DATABASE_URL to a PostgreSQL of your own.',
  );
}
