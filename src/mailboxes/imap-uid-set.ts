/** RFC 2683 3.2.1.5: a command line stays within 1,000 octets, so that every server takes it. */
const MAX_SET_LENGTH = 900;

/**
 * UIDs as RFC 9051 sequence sets, neighbours folded into ranges: `1:4,7`. Several sets when one would be too long for a
 * command line.
 *
 * @param uids ascending, without repeats
 */
export function uidSets(uids: readonly number[]): readonly string[] {
  const sets: string[] = [];
  let set = '';
  for (const range of ranges(uids)) {
    if (set.length + range.length >= MAX_SET_LENGTH) {
      sets.push(set);
      set = '';
    }
    set += set === '' ? range : `,${range}`;
  }
  if (set !== '') sets.push(set);
  return sets;
}

function* ranges(uids: readonly number[]): Generator<string> {
  let first: number | null = null;
  let last = 0;
  for (const uid of uids) {
    if (first !== null && uid === last + 1) {
      last = uid;
      continue;
    }
    if (first !== null) yield rangeOf(first, last);
    first = uid;
    last = uid;
  }
  if (first !== null) yield rangeOf(first, last);
}

const rangeOf = (first: number, last: number) => (first === last ? String(first) : `${first}:${last}`);
