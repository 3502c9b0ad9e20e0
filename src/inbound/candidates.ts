import type { Candidate, SenderMatch } from './facts.ts';

type Ambiguous = Extract<SenderMatch, { readonly is: 'ambiguous' }>;

/** Whom a From field may mean. Mail that was held by an earlier release names none: it goes on as mail of nobody. */
export const candidatesOf = ({ candidates }: Partial<Pick<Ambiguous, 'candidates'>>): readonly Candidate[] =>
  candidates ?? [];

/** Whom it may be, and the command that says so: one line each, for `why`. */
export function candidateLines(message: number, status: string, sender: SenderMatch): readonly string[] {
  if (sender.is !== 'ambiguous') return [];
  return candidatesOf(sender).map(
    (one) => `  may be    ${candidateWords(one)}${status === 'held' ? `: ${candidateCommand(message, one)}` : ''}`,
  );
}

/** Who a candidate is. */
export const candidateWords = ({ address, contactId }: Candidate): string =>
  `${address}, ${contactId === null ? 'nobody known' : `contact ${contactId}`}`;

/** What lets a held message go on as theirs. */
export const candidateCommand = (message: number, { address }: Candidate): string =>
  `deskbell process ${message} --sender ${shellWord(address)}`;

/** A word that a shell takes as it is: an address may hold what commands it. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
