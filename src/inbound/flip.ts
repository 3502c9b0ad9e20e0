import type { Settings, ToggleChoice } from '../settings/resolve.ts';
import { withChoices } from '../settings/resolve.ts';
import type { ToggleId } from '../settings/toggles.ts';
import { findToggle } from '../settings/toggles.ts';
import type { Decision, TraceStep } from './decide.ts';
import { decide, decideAnswer } from './decide.ts';
import type { Facts } from './facts.ts';

/** A toggle at another value than it has. */
export interface Choice {
  readonly toggle: ToggleId;
  readonly value: string;
}

/** Whether a decision is as somebody would have it, and what it asked on its way. Pure. */
type TryOut = (settings: Settings) => { readonly isWanted: boolean; readonly trace: readonly TraceStep[] };

/** More toggles at once than this are no mend that anybody would understand. */
const MAX_CHOICES = 3;

/** Whether the message waits for a person. */
export const isKept = ({ outcome }: Decision): boolean => outcome.do === 'hold' || outcome.do === 'quarantine';

/** The smallest set of toggles that would have let a held message through; null when none would. */
export const findFlip = (facts: Facts, settings: Settings): readonly Choice[] | null =>
  smallestChange(settings, (tried) => {
    const decision = decide(facts, tried);
    return { isWanted: !isKept(decision), trace: decision.trace };
  });

/** The smallest set of toggles that would have let the acknowledgement of a ticket go; null when none would. */
export const findAnswerFlip = (facts: Facts, settings: Settings): readonly Choice[] | null =>
  smallestChange(settings, (tried) => {
    const { answer, trace } = decideAnswer(facts, tried);
    return { isWanted: answer.send, trace };
  });

/**
 * The smallest set of toggles with which a decision would have been the wanted one (FEATURES B-02), proven by deciding
 * again. Only toggles that a rule asked are tried, for no other can matter; of a number, as little as is enough. Pure.
 *
 * @returns null when no toggle would have: then it is for what it is, and not for a setting
 */
function smallestChange(settings: Settings, tryOut: TryOut): readonly Choice[] | null {
  const tried = (set: readonly Choice[]) => tryOut(withChoices(settings, set, 'flip'));
  // Each round a set more: a toggle that was asked last, changed, may bring another rule that asks another.
  let sets: readonly (readonly Choice[])[] = [[]];
  for (let size = 0; size < MAX_CHOICES; size += 1) {
    const larger: (readonly Choice[])[] = [];
    for (const set of sets) {
      for (const { from, to } of changesOf(tried(set).trace)) {
        if (set.some(({ toggle }) => toggle === to.toggle)) continue;
        const next = [...set, to];
        if (tried(next).isWanted) {
          return [...set, asLittle(from, to, (value) => tried([...set, { ...to, value }]).isWanted)];
        }
        larger.push(next);
      }
    }
    sets = larger;
  }
  return null;
}

/** Every other value of the toggles that were asked; of a number, the ends. */
function changesOf(trace: readonly TraceStep[]): readonly { readonly from: ToggleChoice; readonly to: Choice }[] {
  return trace
    .flatMap(({ asked }) => asked)
    .flatMap((from) => {
      const values = findToggle(from.toggle)?.values;
      // No rule asks for words.
      if (values === undefined || values.kind === 'text') return [];
      const others = values.kind === 'choice' ? values.values : [String(values.min), String(values.max)];
      return others
        .filter((value) => value !== from.value)
        .map((value) => ({ from, to: { toggle: from.toggle, value } }));
    });
}

/** Of a number the value nearest to the one it has that is still enough: rules ask whether it is above or below. */
function asLittle({ value: from }: ToggleChoice, to: Choice, isEnough: (value: string) => boolean): Choice {
  if (findToggle(to.toggle)?.values.kind !== 'number') return to;
  let [bad, good] = [Number(from), Number(to.value)];
  while (Math.abs(good - bad) > 1) {
    const middle = Math.trunc((good + bad) / 2);
    if (isEnough(String(middle))) good = middle;
    else bad = middle;
  }
  return { ...to, value: String(good) };
}
