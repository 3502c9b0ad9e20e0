import type { HeaderScan } from './header-scan.ts';
import { nameOf } from './headers.ts';

/** A header in which lines that begin with a parameter continue the line before; null when there are none such. */
export function refold(header: Buffer): Buffer | null {
  const text = header.toString('latin1');
  const folded = text.replace(STRAY_PARAMETER, '$1 ');
  return folded.length === text.length ? null : Buffer.from(folded, 'latin1');
}

const STRAY_PARAMETER =
  /(\r?\n)(?=(?:boundary|charset|name|filename|format|delsp|report-type|protocol|micalg|type|start)(?:\*\d{0,3}\*?)?=)/gi;

/** The header of a part, refolded; null when there is no need, which is known without looking at its bytes. */
export function refoldPart(bytes: Buffer, { start, end, firstStray, fields }: HeaderScan): Buffer | null {
  const mayNeed = firstStray !== null || fields.some((span) => nameOf(bytes, span).includes('='));
  return mayNeed ? refold(bytes.subarray(start, end)) : null;
}
