import { Refusal } from './refusal.ts';

/** A set of message numbers as sent: ranges, with Infinity for `*`. */
export type NumberSet = readonly { readonly from: number; readonly to: number }[];

/** Is this a sequence set? RFC 3501 9. */
export function isNumberSet(text: string): boolean {
  return /^(\d{1,10}|\*)(:(\d{1,10}|\*))?(,(\d{1,10}|\*)(:(\d{1,10}|\*))?)*$/.test(text);
}

/** Reads `1:5,7,10:*`. Throws a Refusal (BAD). */
export function parseNumberSet(text: string): NumberSet {
  if (!isNumberSet(text)) throw new Refusal('BAD', 'A set of message numbers was expected');
  return text.split(',').map((range) => {
    const [first = '', second = first] = range.split(':');
    return { from: numberOf(first), to: numberOf(second) };
  });
}

/**
 * The positions in an ascending list of those of its numbers that are in the set, ascending, each once. `*` is the
 * last number of the list, so `n:*` always holds it.
 */
export function positionsOf(set: NumberSet, numbers: readonly number[]): readonly number[] {
  const last = numbers.at(-1);
  if (last === undefined) return [];
  const known = (number: number) => (number === Infinity ? last : number);
  const ranges = set
    .map(({ from, to }) => ({ from: Math.min(known(from), known(to)), to: Math.max(known(from), known(to)) }))
    .sort((a, b) => a.from - b.from);
  const positions: number[] = [];
  let next = 0;
  for (const { from, to } of ranges) {
    next = Math.max(next, firstAtLeast(numbers, from));
    for (; next < numbers.length && (numbers[next] ?? Infinity) <= to; next += 1) positions.push(next);
  }
  return positions;
}

/** The first position whose number is at least `wanted`; the list's length when there is none. */
function firstAtLeast(numbers: readonly number[], wanted: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? Infinity) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function numberOf(text: string): number {
  return text === '*' ? Infinity : Number(text);
}
