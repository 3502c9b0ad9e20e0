/** Does a folder's name match LIST's pattern? `*` is anything, `%` anything within a level; INBOX in any case. */
export function matchesPattern(name: string, pattern: string): boolean {
  const wanted = pattern.replace(/^inbox(?=$|\/)/i, 'INBOX');
  // Where in the name a match of the pattern so far may end: linear in both, whatever the pattern.
  let ends = new Set([0]);
  for (const sign of wanted) {
    const next = new Set<number>();
    for (const end of ends) {
      if (sign !== '*' && sign !== '%') {
        if (name[end] === sign) next.add(end + 1);
        continue;
      }
      for (let at = end; at <= name.length && !next.has(at); at += 1) {
        next.add(at);
        if (sign === '%' && name[at] === '/') break;
      }
    }
    if (next.size === 0) return false;
    ends = next;
  }
  return ends.has(name.length);
}
