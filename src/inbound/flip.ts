import type { Settings } from '../settings/resolve.ts';
import { withChoices } from '../settings/resolve.ts';
import type { ToggleId } from '../settings/toggles.ts';
import { findToggle } from '../settings/toggles.ts';
import type { Decision } from './decide.ts';
import { decide } from './decide.ts';
import type { Facts } from './facts.ts';

/** A toggle at another value than it has. */
export interface Choice {
  readonly toggle: ToggleId;
  readonly value: string;
}

/** More toggles at once than this are no mend that anybody would understand. */
const MAX_CHOICES = 3;

/** Whether the message waits for a person. */
export const isKept = ({ outcome }: Decision): boolean => outcome.do === 'hold' || outcome.do === 'quarantine';

/**
 * The smallest set of toggles that would have let a held message through (FEATURES B-02), proven by deciding again. Only
 * toggles that a rule asked are tried, for no other can matter. Pure.
 *
 * @returns null when no toggle would have: then it waits for what it is, and not for a setting
 */
export function findFlip(facts: Facts, settings: Settings): readonly Choice[] | null {
  // Each round a set more: a toggle that was asked last, changed, may bring another rule that asks another.
  let sets: readonly (readonly Choice[])[] = [[]];
  for (let size = 0; size < MAX_CHOICES; size += 1) {
    const larger: (readonly Choice[])[] = [];
    for (const set of sets) {
      const decision = decide(facts, withChoices(settings, set, 'flip'));
      for (const next of changesOf(decision)) {
        if (set.some(({ toggle }) => toggle === next.toggle)) continue;
        const tried = [...set, next];
        if (!isKept(decide(facts, withChoices(settings, tried, 'flip')))) return tried;
        larger.push(tried);
      }
    }
    sets = larger;
  }
  return null;
}

/** Every other value of the toggles that were asked. */
function changesOf({ trace }: Decision): readonly Choice[] {
  return trace
    .flatMap(({ asked }) => asked)
    .flatMap(({ toggle, value }) => {
      const values = findToggle(toggle)?.values;
      if (values === undefined) return [];
      const others = values.kind === 'choice' ? values.values : [String(values.min), String(values.max)];
      return others.filter((other) => other !== value).map((other) => ({ toggle, value: other }));
    });
}
