import { readFileSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { TrialError } from './trial-error.ts';

/** Keeps a second Deskbell out of a data folder; the lock of one that was killed is taken over. */
export async function lockDataFolder(path: string): Promise<() => Promise<void>> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const file = await open(path, 'wx', 0o644);
      await file.writeFile(`${process.pid}\n`);
      await file.close();
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
