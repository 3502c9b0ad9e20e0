import { parseAuthenticationResults } from './authentication-results.ts';
import type { AuthResults } from './authentication-results.ts';
import { isAligned } from './organisational-domain.ts';
import type { HeaderField } from './parsed-message.ts';

/** More fields than any chain of servers writes. */
const MAX_FIELDS = 20;

/**
 * The Authentication-Results that our own mail provider wrote, in wire order (RFC 8601 5, RELIABILITY I7).
 *
 * Servers write on top of what they receive. The boundary is the first Received, from above, that took the message from
 * outside. Nobody but the provider can write above it: every field there with a configured id counts (Exchange Online,
 * Fastmail). Right below it, before the next Received, the provider's field (Gmail, some milters) is followed by
 * whatever the sender sent: only the topmost of an id counts, and only if none stands above. Nothing further down
 * counts, nor anything below a field that cannot be read, for that may be the one that would have counted.
 *
 * A sender who manages to look like a machine of the provider's moves the boundary down, but cannot write above the field
 * that the provider put there. So an id is to be configured only if the provider writes it on all mail, or removes it
 * from mail that it receives, as RFC 8601 5 demands.
 *
 * @param authservIds in any case; "*.mx.example" stands for any name below it. A field without an id has that of the
 * server in the Received below it.
 */
export function trustedResults(
  headers: readonly HeaderField[],
  authservIds: readonly string[],
): readonly AuthResults[] {
  const ids = authservIds.map((id) => id.toLowerCase());
  const { boundary, end } = findBoundary(headers, ids);
  const seen = new Set<string>();
  const trusted: AuthResults[] = [];
  for (const { index, name, results } of namedResults(headers, end)) {
    if (results === null) break;
    const id = ids.find((candidate) => isNamed(name, candidate));
    if (id === undefined || (index > boundary && seen.has(id))) continue;
    seen.add(id);
    trusted.push(results);
  }
  return trusted;
}

/**
 * The ids under which our own provider seems to write, by a message that it received: those above the boundary, else the
 * topmost below. Servers that write no id, and have many names, get a "*." for their first label.
 */
export function learnAuthservIds(headers: readonly HeaderField[]): readonly string[] {
  const { boundary, end } = findBoundary(headers, []);
  const named = namedResults(headers, end).filter(({ name, results }) => name !== null && results !== null);
  const above = named.filter(({ index }) => index < boundary);
  const learnt = above.length > 0 ? above : named.slice(0, 1);
  return [
    ...new Set(
      learnt.map(({ name, results }) =>
        results?.authservId === null ? (name ?? '').replace(/^[^.]+/, '*') : (name ?? ''),
      ),
    ),
  ];
}

interface NamedResults {
  readonly index: number;
  readonly name: string | null;
  readonly results: AuthResults | null;
}

function namedResults(headers: readonly HeaderField[], end: number): readonly NamedResults[] {
  const fields: NamedResults[] = [];
  for (let index = 0; index < end && fields.length < MAX_FIELDS; index += 1) {
    const field = headers[index];
    if (field?.name !== 'authentication-results') continue;
    const results = parseAuthenticationResults(field.value);
    const below = results?.authservId === null ? headers.slice(index).find(isReceived) : null;
    const name = below ? hopOf(below.value).by : (results?.authservId ?? null);
    fields.push({ index, name, results });
  }
  return fields;
}

const isNamed = (name: string | null, id: string): boolean =>
  name !== null && (id.startsWith('*.') ? name.endsWith(id.slice(1)) : name === id);

const isReceived = ({ name }: HeaderField): boolean => name === 'received';

/** Where the boundary Received stands, and the one below it; both the end of the header where there is none. */
function findBoundary(headers: readonly HeaderField[], ids: readonly string[]): { boundary: number; end: number } {
  const length = headers.length;
  const boundary = headers.findIndex((field) => isReceived(field) && !isInternal(hopOf(field.value), ids));
  if (boundary === -1) return { boundary: -1, end: length };
  const next = headers.findIndex((field, index) => index > boundary && isReceived(field));
  return { boundary, end: next === -1 ? length : next };
}

/** Who handed over to whom, and how: RFC 5321 4.4, in lower case. */
interface Hop {
  readonly from: string | null;
  readonly by: string | null;
  readonly protocol: string | null;
  /** What the receiving server itself knew of the sender, where it is written in brackets. */
  readonly seen: { readonly name: string; readonly address: string } | null;
}

const MAX_HOP_LENGTH = 2_000;
const SEEN = /\((?<name>[^\s()[\]]*?)\.?\s*\[(?:ipv6:)?(?<address>[0-9a-f.:]+)\]/;
const PRIVATE_NAME = /^[^.]*$|\.(?:internal|local|lan|localdomain|localhost)$/;
const PRIVATE_ADDRESS = /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|::1$|f[cd]|fe80:)/;

/** Whether a hop was between machines of the provider: no sender, local delivery, a private address, names that belong together. */
function isInternal({ from, by, protocol, seen }: Hop, ids: readonly string[]): boolean {
  if (from === null || protocol?.startsWith('lmtp') === true) return true;
  if (seen !== null && PRIVATE_ADDRESS.test(seen.address)) return true;
  // A sender chooses `from`; a name beside a public address was looked up.
  const sender = seen?.name ?? from;
  if (PRIVATE_NAME.test(sender)) return seen === null;
  const own = by === null ? ids : [by, ...ids];
  return own.some((name) => isAligned(sender, name.replace(/^\*\./, '')));
}

function hopOf(received: string): Hop {
  const value = received.slice(0, MAX_HOP_LENGTH).toLowerCase();
  const words = withoutComments(value)
    .split(/[\s;]+/)
    .filter((word) => word !== '');
  const after = (word: string): string | null => {
    const at = words.indexOf(word);
    return at === -1 ? null : (words[at + 1] ?? null);
  };
  const { name = '', address } = SEEN.exec(value)?.groups ?? {};
  const seen = address === undefined ? null : { name, address };
  return { from: words[0] === 'from' ? after('from') : null, by: after('by'), protocol: after('with'), seen };
}

function withoutComments(value: string): string {
  let depth = 0;
  let kept = '';
  for (const character of value) {
    if (character === '(') depth += 1;
    else if (character === ')') depth = Math.max(depth - 1, 0);
    else if (depth === 0) kept += character;
  }
  return kept;
}
