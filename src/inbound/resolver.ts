import { Resolver } from 'node:dns/promises';
import type { TxtAnswer, TxtResolver } from '../mail/dkim.ts';

/** c-ares asks each server this often, and waits this long the first time. */
const TRIES = 2;
const TIMEOUT_MS = 2_000;
/** Whatever the servers do, a question is answered by then: with trouble, if need be. */
const DEADLINE_MS = 5_000;
const MAX_QUESTIONS = 16;
const MAX_WAITING = 1_000;

/** Codes of an answer that will be the same the next time: no such name, no TXT there, no name at all. */
const ABSENT_CODES = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

/** Asks DNS for TXT records: at most 16 questions under way, each given up after 5 s. Never throws. */
export function dnsTxtResolver(servers: readonly string[] = []): TxtResolver {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers.length > 0) resolver.setServers(servers);
  const waiting: (() => void)[] = [];
  let asked = 0;

  const ask = async (name: string): Promise<TxtAnswer> => {
    try {
      return { is: 'found', records: await resolver.resolveTxt(name) };
    } catch (error) {
      const code = codeOf(error);
      return ABSENT_CODES.has(code) ? { is: 'absent' } : { is: 'trouble', says: `DNS said ${code} of ${name}` };
    }
  };

  return async (name) => {
    if (asked >= MAX_QUESTIONS) {
      if (waiting.length >= MAX_WAITING) return { is: 'trouble', says: 'too many questions to DNS are waiting' };
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else asked += 1;
    // Whose turn is over gives it to the next that waits.
    const answer = ask(name).finally(() => {
      const next = waiting.shift();
      if (next === undefined) asked -= 1;
      else next();
    });
    return withDeadline(answer, { is: 'trouble', says: `DNS did not answer about ${name}` });
  };
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'nothing';

async function withDeadline(answer: Promise<TxtAnswer>, late: TxtAnswer): Promise<TxtAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<TxtAnswer>((resolve) => {
    timer = setTimeout(() => resolve(late), DEADLINE_MS);
  });
  try {
    return await Promise.race([answer, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
