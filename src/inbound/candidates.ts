import type { Candidate, SenderMatch } from './facts.ts';

type Ambiguous = Extract<SenderMatch, { readonly is: 'ambiguous' }>;

/** Whom a From field may mean. Mail that was held by an earlier release names none: it goes on as mail of nobody. */
export const candidatesOf = ({ candidates }: Partial<Pick<Ambiguous, 'candidates'>>): readonly Candidate[] =>
  candidates ?? [];

/** Whom it may be, and the command that says so: one line each, for `why`. */
export function candidateLines(message: number, status: string, sender: SenderMatch): readonly string[] {
  if (sender.is !== 'ambiguous') return [];
  return candidatesOf(sender).map(({ address, contactId }) => {
    const who = `${address}, ${contactId === null ? 'nobody known' : `contact ${contactId}`}`;
    const command = status === 'held' ? `: deskbell process ${message} --sender ${shellWord(address)}` : '';
    return `  may be    ${who}${command}`;
  });
}

/** A word that a shell takes as it is: an address may hold what commands it. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
