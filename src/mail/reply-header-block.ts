import { HEADER_LABELS } from './reply-header-labels.ts';
import type { HeaderLabel } from './reply-header-labels.ts';
import type { Line } from './reply-lines.ts';

const MAX_BLOCK_LINES = 24;
/** Long recipient lists wrap. */
const MAX_CONTINUATION_LINES = 3;
const MAX_LABEL_LENGTH = 24;

/**
 * Whether the header of a quoted mail begins at this line: a sender together with a subject and a date or a recipient,
 * or with these and an address. "From: Berlin, To: Paris" is none.
 */
export function isHeaderBlockAt(lines: readonly Line[], first: number): boolean {
  if (labelOf(lines[first]) === null) return false;
  const found = new Set<HeaderLabel>();
  let hasAddress = false;
  let hasTime = false;
  let others = 0;
  for (let index = first; index < Math.min(lines.length, first + MAX_BLOCK_LINES); index += 1) {
    const line = lines[index];
    const label = labelOf(line);
    if (label === null) {
      // A blank line may stand between two labels, where each was a paragraph.
      if (line?.text === '' && labelOf(lines[index + 1]) === null) break;
      others += 1;
      if (others > MAX_CONTINUATION_LINES) break;
      continue;
    }
    // Two senders are two headers, or none.
    if (label === 'from' && found.has('from')) break;
    others = 0;
    found.add(label);
    hasAddress ||= label === 'from' && /\S@\S/.test(line?.text ?? '');
    hasTime ||= label === 'date' && /\d[:.h]\d\d/.test(line?.text ?? '');
    if (isHeader(found, hasAddress, hasTime)) return true;
  }
  return false;
}

function isHeader(found: ReadonlySet<HeaderLabel>, hasAddress: boolean, hasTime: boolean): boolean {
  if (!found.has('from')) return false;
  if (found.has('subject')) return found.has('date') || found.has('to');
  return hasAddress && found.has('date') && (found.has('to') || hasTime);
}

/** "Label: value", as "*Label:* value" where bold became asterisks. */
function labelOf(line: Line | undefined): HeaderLabel | null {
  if (line === undefined || line.quote !== null) return null;
  const colon = line.text.slice(0, MAX_LABEL_LENGTH).search(/[:：]/);
  if (colon < 1) return null;
  return LABELS.get(line.text.slice(0, colon).replaceAll('*', '').trim().toLowerCase()) ?? null;
}

const LABELS: ReadonlyMap<string, HeaderLabel> = new Map(
  (Object.keys(HEADER_LABELS) as HeaderLabel[]).flatMap((label) =>
    HEADER_LABELS[label].map((word): [string, HeaderLabel] => [word, label]),
  ),
);
