import type { Result } from './result.ts';
import { err, ok } from './result.ts';

/**
 * An IANA name of a time zone, as the runtime knows it: "Europe/Berlin", "UTC".
 *
 * @returns else what it should be, to be read after the name of its place
 */
export function readTimeZone(written: string): Result<string, string> {
  const name = written.trim();
  try {
    // Offsets such as +02:00 are none: they know no summer.
    if (!/^[A-Za-z]/.test(name)) throw new RangeError(name);
    return ok(new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone);
  } catch {
    return err(`is a time zone by its IANA name, such as Europe/Berlin or UTC, not "${name.slice(0, MAX_SHOWN)}"`);
  }
}

const MAX_SHOWN = 60;
