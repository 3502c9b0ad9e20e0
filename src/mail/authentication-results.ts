/** One Authentication-Results field, RFC 8601 2.2: who says it, and what was found by each method. */
export interface AuthResults {
  /** In lower case; null where the field names nobody, as Exchange Online writes it. */
  readonly authservId: string | null;
  readonly results: readonly MethodResult[];
}

export interface MethodResult {
  /** In lower case, as are `result` and the names of properties. */
  readonly method: string;
  readonly result: string;
  readonly reason: string | null;
  /** `header.from`, `smtp.mailfrom`; without a dot where the field has none (Exchange's `action`). */
  readonly properties: readonly { readonly name: string; readonly value: string }[];
  readonly comments: readonly string[];
}

/** Real ones have up to 2 KiB. */
const MAX_VALUE_LENGTH = 16 * 1024;
const MAX_COMMENT_DEPTH = 8;

/**
 * Reads the value of an Authentication-Results field. Strict where an attacker's words may have been copied into it:
 * quotes and comments are closed, and a property's value ends at white space, a semicolon or the end. Linear.
 *
 * @param value unfolded
 * @returns null for anything else, for a version other than 1, and for more than 16 KiB
 */
export function parseAuthenticationResults(value: string): AuthResults | null {
  if (value.length > MAX_VALUE_LENGTH) return null;
  const scanner: Scanner = { value, at: 0, comments: [], isBroken: false };
  skipComments(scanner);
  const authservId = readAuthservId(scanner);
  const results: MethodResult[] = [];
  // Without a name the first result stands where the name would.
  if (authservId === null) readResult(scanner, results);
  while (!scanner.isBroken && scanner.at < value.length) {
    if (value[scanner.at] !== ';') return null;
    scanner.at += 1;
    readResult(scanner, results);
  }
  if (scanner.isBroken || (authservId === null && results.length === 0)) return null;
  return { authservId: authservId?.toLowerCase() ?? null, results };
}

/** The value of a property, if the result has exactly one of that name. */
export function propertyOf(result: MethodResult, name: Lowercase<string>): string | null {
  const [only, ...others] = result.properties.filter((property) => property.name === name);
  return only === undefined || others.length > 0 ? null : only.value;
}

/** Where the reading is; `comments` gathers those of the result at hand. */
interface Scanner {
  readonly value: string;
  at: number;
  comments: string[];
  isBroken: boolean;
}

// Sticky, and each of one class, so that reading is linear.
const BLANK = /[ \t\r\n]+/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/y;
const AUTHSERV_ID = /[^\s;()"=\\,]+/y;
const VERSION = /\d+/y;
const KEYWORD = /[a-z][\w.-]*/iy;
const METHOD_VERSION = /\/\d+/y;
const BARE_VALUE = /[^\s;()"\\]+/y;

function readAuthservId(scanner: Scanner): string | null {
  const start = scanner.at;
  const id = take(scanner, QUOTED) ?? take(scanner, AUTHSERV_ID);
  skipComments(scanner);
  if (id === null || scanner.value[scanner.at] === '=') {
    scanner.at = start;
    return null;
  }
  const version = take(scanner, VERSION);
  if (version !== null && Number(version) !== 1) scanner.isBroken = true;
  skipComments(scanner);
  return unquote(id);
}

/** Reads up to the next semicolon: nothing, a lone word ("none", or a domain as Exchange writes it), or a result. */
function readResult(scanner: Scanner, results: MethodResult[]): void {
  scanner.comments = [];
  skipComments(scanner);
  const method = take(scanner, KEYWORD);
  if (method === null) return;
  take(scanner, METHOD_VERSION);
  skipComments(scanner);
  if (scanner.value[scanner.at] !== '=') return;
  scanner.at += 1;
  skipComments(scanner);
  const result = take(scanner, KEYWORD);
  if (result === null) {
    scanner.isBroken = true;
    return;
  }
  skipComments(scanner);
  const { reason, properties } = readProperties(scanner);
  const comments = scanner.comments;
  results.push({ method: method.toLowerCase(), result: result.toLowerCase(), reason, properties, comments });
}

function readProperties(scanner: Scanner): Pick<MethodResult, 'reason' | 'properties'> {
  const properties: { name: string; value: string }[] = [];
  let reason: string | null = null;
  while (!scanner.isBroken) {
    const name = take(scanner, KEYWORD)?.toLowerCase();
    if (name === undefined) break;
    skipComments(scanner);
    const value = scanner.value[scanner.at] === '=' ? readValue(scanner) : null;
    if (value === null) scanner.isBroken = true;
    else if (name === 'reason') reason = value;
    else properties.push({ name, value });
  }
  return { reason, properties };
}

/** A quoted string, a word, the two of them in an address, or nothing. What follows at once would make it another value. */
function readValue(scanner: Scanner): string | null {
  scanner.at += 1;
  skipComments(scanner);
  const quoted = take(scanner, QUOTED);
  const isWhole = quoted !== null && scanner.value[scanner.at] !== '@';
  const bare = isWhole ? null : take(scanner, BARE_VALUE);
  if (!/^[\s;]?$/.test(scanner.value.charAt(scanner.at))) return null;
  skipComments(scanner);
  return `${quoted === null ? '' : unquote(quoted)}${bare ?? ''}`;
}

function take(scanner: Scanner, token: RegExp): string | null {
  token.lastIndex = scanner.at;
  const found = token.exec(scanner.value)?.[0] ?? null;
  if (found !== null) scanner.at = token.lastIndex;
  return found;
}

/** RFC 5322 CFWS. An open comment breaks the field. */
function skipComments(scanner: Scanner): void {
  while (!scanner.isBroken) {
    take(scanner, BLANK);
    if (scanner.value[scanner.at] !== '(') return;
    const end = endOfComment(scanner.value, scanner.at);
    if (end === null) scanner.isBroken = true;
    else {
      scanner.comments.push(scanner.value.slice(scanner.at + 1, end - 1));
      scanner.at = end;
    }
  }
}

function endOfComment(value: string, start: number): number | null {
  let depth = 0;
  for (let at = start; at < value.length; at += 1) {
    const character = value[at];
    if (character === '\\') at += 1;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    if (depth === 0) return at + 1;
    if (depth > MAX_COMMENT_DEPTH) return null;
  }
  return null;
}

const unquote = (word: string): string => (word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word);
