/** The one of these names that was most likely meant; null when none is near. */
export function nearest(written: string, names: readonly string[]): string | null {
  const ranked = names
    .map((name) => ({ name, distance: editDistance(written.toLowerCase().slice(0, MAX_LENGTH), name.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance);
  const [best] = ranked;
  if (best === undefined) return null;
  if (best.distance <= Math.max(2, Math.floor(best.name.length / 3))) return best.name;
  if (written.length < MIN_PART) return null;
  const part = written.toLowerCase();
  return names.find((name) => name.startsWith(part)) ?? names.find((name) => name.includes(part)) ?? null;
}

const MAX_LENGTH = 100;
const MIN_PART = 4;

/** How many letters to insert, leave out or replace (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let index = 0; index < a.length; index += 1) {
    let diagonal = index;
    const next = [index + 1];
    for (let column = 1; column <= b.length; column += 1) {
      const above = row[column] ?? 0;
      next.push(Math.min(above + 1, (next[column - 1] ?? 0) + 1, diagonal + (a[index] === b[column - 1] ? 0 : 1)));
      diagonal = above;
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
