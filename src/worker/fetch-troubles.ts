/**
 * Which messages a server did not hand out of late. A fetch that failed makes its whole batch suspect: those are fetched
 * one by one afterwards, and whichever fails alone three times is let be for a while, so that the mail behind it comes.
 * Lives as long as the lease, over all its connections.
 */
export interface FetchTroubles {
  /** To be fetched alone. */
  isSuspect(uid: number): boolean;
  /** To be left out for now. */
  isLetBe(uid: number): boolean;
  succeeded(uids: readonly number[]): void;
  /** @returns the message that is let be from now on, if it was alone and this was its third failure */
  failed(uids: readonly number[]): number | null;
}

const MAX_FAILURES = 3;
const LET_BE_MS = 15 * 60_000;

export function createFetchTroubles(monotonicMs: () => number): FetchTroubles {
  const failures = new Map<number, number>();
  const letBeUntil = new Map<number, number>();
  return {
    isSuspect: (uid) => failures.has(uid),
    isLetBe: (uid) => (letBeUntil.get(uid) ?? -Infinity) > monotonicMs(),
    succeeded(uids) {
      if (failures.size + letBeUntil.size === 0) return;
      for (const uid of uids) {
        failures.delete(uid);
        letBeUntil.delete(uid);
      }
    },
    failed(uids) {
      const [only] = uids;
      if (only === undefined) return null;
      if (uids.length > 1) {
        // Any of them may be the one: none has failed alone yet.
        for (const uid of uids) failures.set(uid, failures.get(uid) ?? 0);
        return null;
      }
      const count = (failures.get(only) ?? 0) + 1;
      failures.set(only, count);
      if (count < MAX_FAILURES) return null;
      failures.set(only, 0);
      letBeUntil.set(only, monotonicMs() + LET_BE_MS);
      return only;
    },
  };
}
