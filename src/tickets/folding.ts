import type { FoldedSpan } from '../mail/reply.ts';
import { foldReply } from '../mail/reply.ts';
import { shinglesOf } from '../mail/shingles.ts';
import type { EntryRow } from './store.ts';

/** So many of our latest answers are compared with what a customer sent back. */
const MAX_ANSWERS = 20;

/**
 * Which pieces of each entry are folded when shown: of mail, what repeats our own answers that came before it on the
 * ticket, and what mail programs quote (FEATURES B-04). Worked out when somebody looks, so nothing is ever lost by it.
 *
 * @param entries of one ticket, in order
 */
export function foldEntries<Entry extends EntryRow>(
  entries: readonly Entry[],
  subject: string,
): readonly (Entry & { readonly folded: readonly FoldedSpan[] })[] {
  const answers: string[] = [];
  return entries.map((entry) => {
    if (entry.kind === 'reply') answers.push(entry.text);
    if (entry.kind !== 'mail') return { ...entry, folded: [] };
    const sent = answers.length === 0 ? null : shinglesOf(answers.slice(-MAX_ANSWERS));
    const { folded } = foldReply({ text: entry.text, html: entry.html, subject }, sent);
    // A signature says how to reach somebody: it stays.
    return { ...entry, folded: folded.filter(({ why }) => why !== 'signature') };
  });
}
