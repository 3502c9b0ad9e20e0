import { headerText } from './compose.ts';
import type { Result } from '../lib/result.ts';
import { err, ok } from '../lib/result.ts';

const languages = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
const MAX_LOCALE = 35;

/**
 * A language tag (BCP 47) in its canonical form: "de", "en-GB"; "en_gb" is understood. "" stays: none of their own.
 *
 * @returns else what it should be, to be read after the name of its place
 */
export function readLocale(written: string): Result<string, string> {
  const tag = written.trim().replaceAll('_', '-');
  if (tag === '') return ok('');
  const canonical = canonicalOf(tag);
  if (canonical !== null && canonical.length <= MAX_LOCALE) return ok(canonical);
  return err(`is a language such as de or en-GB, not "${headerText(written, 60)}"`);
}

/** null: no tag, or of a language nobody knows ("english" has the form of one). */
function canonicalOf(tag: string): string | null {
  try {
    const { language, baseName } = new Intl.Locale(tag);
    return languages.of(language) === undefined ? null : baseName;
  } catch {
    return null;
  }
}
