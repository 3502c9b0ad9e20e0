import type { CheckpointName } from '../../src/lib/checkpoint.ts';
import { CHECKPOINTS } from '../../src/lib/checkpoint.ts';
import type { Random } from '../support/random.ts';
import type { Death, Ended } from './workers.ts';

/** The deaths that are still to be died. */
export interface Plan {
  /**
   * The next death that suits, and one more at random where none does: both workers die until all is died. null: it is.
   */
  take(holdsMailbox: boolean): Death | null;
  /** What came of a death: one that was not died comes last, and a kill at random in its place is one of those. */
  died(death: Death, ended: Ended): void;
}

/** Mean time of a random life from its first checkpoint on: of two workers, one dies each 200 ms (RELIABILITY G1). */
const MEAN_LIFE_MS = 400;
const MAX_NTH = 2;
/** Of the kills: each named point gets one in 24, so that half are named; one in 60 is a pause and a kill. */
const ONE_POINT_OF = 24;
const ONE_PAUSE_OF = 60;

/** Points that only the holder of a mailbox reaches. */
const READERS: ReadonlySet<CheckpointName> = new Set<CheckpointName>([
  'fetched',
  'tx1.before',
  'tx1.after',
  'settled',
  'attempt.counted',
  'parsed',
  'tx2.before',
  'tx2.after',
]);

/** As many deaths as asked for, shuffled: at each named point, by pauses, and the rest at random moments. */
export function createPlan(kills: number, random: Random): Plan {
  const chance = (): Death => ({ by: 'chance', afterMs: -MEAN_LIFE_MS * Math.log(1 - random.next()) });
  const deaths: Death[] = CHECKPOINTS.flatMap((point) =>
    Array.from({ length: Math.ceil(kills / ONE_POINT_OF) }, (): Death => {
      const nth = 1 + random.below(MAX_NTH);
      return { by: 'point', dieAt: { point, nth } };
    }),
  );
  for (let i = 0; i < Math.ceil(kills / ONE_PAUSE_OF); i += 1) deaths.push({ by: 'pause' });
  while (deaths.length < kills) deaths.push(chance());
  for (let i = deaths.length - 1; i > 0; i -= 1) {
    const other = random.below(i + 1);
    [deaths[i], deaths[other]] = [deaths[other], deaths[i]] as [Death, Death];
  }
  const underWay = new Set<Death>();
  return {
    take(holdsMailbox) {
      if (deaths.length === 0 && underWay.size === 0) return null;
      const [death] = deaths.splice(firstSuiting(deaths, holdsMailbox), 1);
      if (death === undefined) return chance();
      underWay.add(death);
      return death;
    },
    died(death, ended) {
      if (!underWay.delete(death) || ended === PROPER_END[death.by]) return;
      deaths.push(death);
      const replaced = ended === 'by chance' ? deaths.findIndex(({ by }) => by === 'chance') : -1;
      if (replaced >= 0) deaths.splice(replaced, 1);
    },
  };
}

const PROPER_END: Readonly<Record<Death['by'], Ended>> = {
  point: 'at the point',
  chance: 'by chance',
  pause: 'by chance',
};

/** Where it is; behind the last when none suits. */
function firstSuiting(deaths: readonly Death[], holdsMailbox: boolean): number {
  const found = deaths.findIndex(
    (death) => death.by === 'chance' || holdsMailbox || (death.by === 'point' && !READERS.has(death.dieAt.point)),
  );
  return found < 0 ? deaths.length : found;
}
