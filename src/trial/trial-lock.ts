import { readFileSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { TrialError } from './trial-error.ts';

/** Keeps a second Deskbell out of a data folder; the lock of one that was killed is taken over. */
export async function lockDataFolder(path: string): Promise<() => Promise<void>> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await writeLock(path);
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 1) throw error;
      const pid = Number((await readFile(path, 'utf8').catch(() => '')).trim());
      if (isDeskbell(pid)) {
        throw new TrialError(
          `Deskbell is running in this data folder already, as process ${pid}.`,
          'Use it (npx deskbell --help), stop it with Ctrl-C, or choose another folder with DATA_DIR and other ports with PORT, TRIAL_SMTP_PORT and TRIAL_IMAP_PORT.',
        );
      }
      await rm(path, { force: true });
    }
  }
}

/** What a file system says that knows no hard links, such as that of a memory stick; there it takes two steps. */
const WITHOUT_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** In one step: a lock without its number is that of nobody, and would be taken over by whoever starts in that moment. */
async function writeLock(path: string): Promise<void> {
  const written = `${path}.${process.pid}`;
  try {
    await writeFile(written, `${process.pid}\n`, { mode: 0o644 });
    await link(written, path).catch((error: NodeJS.ErrnoException) => {
      if (!WITHOUT_LINKS.has(error.code ?? '')) throw error;
      return writeFile(path, `${process.pid}\n`, { flag: 'wx', mode: 0o644 });
    });
  } finally {
    await rm(written, { force: true });
  }
}

/** Does a process of that number run, and as far as can be seen is it one of ours? Numbers are used again. */
function isDeskbell(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  try {
    return /launch\.mjs|main\.ts|deskbell/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    // No /proc on this system: the process lives, and that must do.
    return true;
  }
}
