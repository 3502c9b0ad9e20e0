import type { Clock } from '../lib/clock.ts';
import type { TxtAnswer, TxtResolver } from './dkim.ts';
import { organisationalDomain } from './organisational-domain.ts';

export const MAX_CACHED_NAMES = 2_000;

/** How long an answer counts. Keys are changed by new names, so that minutes do no harm; trouble is asked again soon. */
const LIFETIME_MS: Readonly<Record<TxtAnswer['is'], number>> = {
  found: 10 * 60_000,
  absent: 60_000,
  trouble: 10_000,
};

interface Entry {
  readonly answer: Promise<TxtAnswer>;
  expiresMs: number;
}

/** While a domain's servers are silent, none of its other names is asked for either: their questions would hold up those of others. */
const SILENCE_MS = 30_000;
const MAX_SILENT_DOMAINS = 1_000;

/**
 * The same resolver with a memory of its last 2,000 names and of domains that gave no answer; one question at a time for
 * each name.
 */
export function cachedTxtResolver(resolve: TxtResolver, clock: Clock): TxtResolver {
  // In order of use: the first is the one used longest ago.
  const entries = new Map<string, Entry>();
  const silentUntil = new Map<string, number>();

  const ask = (name: string): Entry => {
    const entry: Entry = { answer: resolve(name), expiresMs: Infinity };
    void entry.answer.then(
      ({ is }) => {
        entry.expiresMs = clock.monotonicMs() + LIFETIME_MS[is];
        if (is === 'trouble') hush(organisationalDomain(name));
      },
      () => entries.delete(name),
    );
    return entry;
  };

  const hush = (domain: string): void => {
    silentUntil.delete(domain);
    silentUntil.set(domain, clock.monotonicMs() + SILENCE_MS);
    const [oldest] = silentUntil.keys();
    if (silentUntil.size > MAX_SILENT_DOMAINS && oldest !== undefined) silentUntil.delete(oldest);
  };

  return async (name) => {
    const domain = organisationalDomain(name);
    if ((silentUntil.get(domain) ?? -Infinity) > clock.monotonicMs() && !entries.has(name)) {
      return { is: 'trouble', says: `DNS gave no answer about ${domain} a moment ago` };
    }
    const known = entries.get(name);
    const entry = known !== undefined && known.expiresMs > clock.monotonicMs() ? known : ask(name);
    entries.delete(name);
    entries.set(name, entry);
    const oldest = entries.keys().next().value;
    if (entries.size > MAX_CACHED_NAMES && oldest !== undefined) entries.delete(oldest);
    return entry.answer;
  };
}
