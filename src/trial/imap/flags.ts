import { Refusal } from './refusal.ts';
import type { Token } from './tokens.ts';

export const SYSTEM_FLAGS: readonly string[] = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'];

const MAX_FLAGS = 64;
const MAX_KEYWORD_LENGTH = 100;
/** An atom of RFC 3501 9. */
const KEYWORD = /^[!#-'+-[^-z|}~]+$/;

/** Reads flags as a client sends them: system flags in their usual spelling, keywords as sent, \Recent left out. */
export function parseFlags(tokens: readonly Token[]): readonly string[] {
  const flags = tokens.map((token) => {
    if (token.kind !== 'atom') throw new Refusal('BAD', 'A flag was expected');
    const system = [...SYSTEM_FLAGS, '\\Recent'].find((flag) => isSameFlag(flag, token.text));
    if (system !== undefined) return system;
    if (token.text.length > MAX_KEYWORD_LENGTH || !KEYWORD.test(token.text)) {
      throw new Refusal('BAD', 'No such flag');
    }
    return token.text;
  });
  const wanted = flags.filter((flag, index) => flag !== '\\Recent' && flags.indexOf(flag) === index);
  if (wanted.length > MAX_FLAGS) throw new Refusal('NO', '[LIMIT] Too many flags');
  return wanted;
}

/** What STORE does to the flags a message has: the limit holds for what results. */
export const FLAG_CHANGES: Readonly<
  Record<string, (has: readonly string[], wanted: readonly string[]) => readonly string[]>
> = {
  FLAGS: (_, wanted) => wanted,
  '+FLAGS': (has, wanted) => [...has, ...wanted.filter((flag) => !hasFlag(has, flag))].slice(0, MAX_FLAGS),
  '-FLAGS': (has, wanted) => has.filter((flag) => !hasFlag(wanted, flag)),
};

export function hasFlag(flags: readonly string[], wanted: string): boolean {
  return flags.some((flag) => isSameFlag(flag, wanted));
}

function isSameFlag(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
