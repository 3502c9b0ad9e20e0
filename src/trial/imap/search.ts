import { readFile } from 'node:fs/promises';
import { hasFlag } from './flags.ts';
import type { StoredMessage } from './folder-log.ts';
import { decodeCharset, decodeQuoted, decodeWords, fieldValue } from './header.ts';
import { Refusal } from './refusal.ts';
import { isNumberSet, parseNumberSet, positionsOf } from './sequence.ts';
import { parseImapDate } from './strings.ts';
import { parseStructure } from './structure.ts';
import type { MimePart } from './structure.ts';
import { argumentsOf } from './tokens.ts';
import type { Arguments, Token } from './tokens.ts';

/** A message that a search looks at. */
export interface Candidate {
  readonly position: number;
  readonly message: StoredMessage;
  readonly path: string;
}

/** Does the message match? Those that read its bytes answer later. */
export type SearchTest = (candidate: Candidate) => boolean | Promise<boolean>;

const MAX_KEYS = 1_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Reads a search. Throws a Refusal. `uids` are those of the session's view. */
export function parseSearch(tokens: readonly Token[], uids: readonly number[]): SearchTest {
  let keysLeft = MAX_KEYS;

  const parseKey = (args: Arguments): SearchTest => {
    if ((keysLeft -= 1) < 0) throw new Refusal('BAD', 'Too many search keys');
    const token = args.take();
    if (token.kind === 'list') return allOf(token.items);
    if (token.kind !== 'atom') throw new Refusal('BAD', 'A search key was expected');
    const name = token.text.toUpperCase();
    if (isNumberSet(name)) {
      const positions = new Set(
        positionsOf(
          parseNumberSet(name),
          Array.from(uids, (_, index) => index + 1),
        ),
      );
      return ({ position }) => positions.has(position);
    }
    if (name === 'NOT') {
      const test = parseKey(args);
      return async (candidate) => !(await test(candidate));
    }
    if (name === 'OR') {
      const [one, other] = [parseKey(args), parseKey(args)];
      return async (candidate) => (await one(candidate)) || (await other(candidate));
    }
    if (name === 'UID') {
      const positions = new Set(positionsOf(parseNumberSet(args.atom()), uids));
      return ({ position }) => positions.has(position);
    }
    const key = KEYS[name];
    if (key === undefined) throw new Refusal('BAD', 'No such search key');
    return key(args);
  };
  const allOf = (items: readonly Token[]): SearchTest => {
    const args = argumentsOf(items);
    const tests: SearchTest[] = [];
    while (args.peek() !== null) tests.push(parseKey(args));
    if (tests.length === 0) throw new Refusal('BAD', 'A search key was expected');
    return async (candidate) => {
      for (const test of tests) {
        const answer = test(candidate);
        if (!(typeof answer === 'boolean' ? answer : await answer)) return false;
      }
      return true;
    };
  };
  return allOf(tokens);
}

const KEYS: Readonly<Record<string, (args: Arguments) => SearchTest>> = {
  ALL: () => () => true,
  NEW: () => () => false,
  RECENT: () => () => false,
  OLD: () => () => true,
  ANSWERED: flagged('\\Answered', true),
  UNANSWERED: flagged('\\Answered', false),
  DELETED: flagged('\\Deleted', true),
  UNDELETED: flagged('\\Deleted', false),
  DRAFT: flagged('\\Draft', true),
  UNDRAFT: flagged('\\Draft', false),
  FLAGGED: flagged('\\Flagged', true),
  UNFLAGGED: flagged('\\Flagged', false),
  SEEN: flagged('\\Seen', true),
  UNSEEN: flagged('\\Seen', false),
  KEYWORD: (args) => flagged(args.atom(), true)(),
  UNKEYWORD: (args) => flagged(args.atom(), false)(),
  LARGER: (args) => compared(args, (size, limit) => size > limit),
  SMALLER: (args) => compared(args, (size, limit) => size < limit),
  BEFORE: (args) => received(args, (day, limit) => day < limit),
  ON: (args) => received(args, (day, limit) => day === limit),
  SINCE: (args) => received(args, (day, limit) => day >= limit),
  SENTBEFORE: (args) => sent(args, (day, limit) => day < limit),
  SENTON: (args) => sent(args, (day, limit) => day === limit),
  SENTSINCE: (args) => sent(args, (day, limit) => day >= limit),
  BCC: (args) => inHeader('bcc', args.text()),
  CC: (args) => inHeader('cc', args.text()),
  FROM: (args) => inHeader('from', args.text()),
  SUBJECT: (args) => inHeader('subject', args.text()),
  TO: (args) => inHeader('to', args.text()),
  HEADER: (args) => inHeader(args.text().toLowerCase(), args.text()),
  BODY: (args) => inText(args.text(), false),
  TEXT: (args) => inText(args.text(), true),
};

function flagged(flag: string, isSet: boolean): () => SearchTest {
  return () => (candidate) => hasFlag(candidate.message.flags, flag) === isSet;
}

function compared(args: Arguments, compare: (size: number, limit: number) => boolean): SearchTest {
  const limit = Number(args.atom());
  if (!Number.isSafeInteger(limit)) throw new Refusal('BAD', 'A size was expected');
  return ({ message }) => compare(message.sizeBytes, limit);
}

function received(args: Arguments, compare: (day: number, limit: number) => boolean): SearchTest {
  const limit = dateOf(args);
  return ({ message }) => compare(Math.floor(message.internalDate.getTime() / DAY_MS) * DAY_MS, limit);
}

function sent(args: Arguments, compare: (day: number, limit: number) => boolean): SearchTest {
  const limit = dateOf(args);
  return reading((message) => {
    const day = parseImapDate(fieldValue(message.fields, 'date') ?? '');
    return day !== null && compare(day, limit);
  });
}

function dateOf(args: Arguments): number {
  const day = parseImapDate(args.text());
  if (day === null) throw new Refusal('BAD', 'A date was expected');
  return day;
}

function inHeader(name: string, wanted: string): SearchTest {
  const text = comparable(Buffer.from(wanted, 'latin1').toString('utf8'));
  return reading((message) =>
    message.fields.some((field) => field.name === name && comparable(decodeWords(field.value)).includes(text)),
  );
}

function inText(wanted: string, isHeaderToo: boolean): SearchTest {
  const text = comparable(Buffer.from(wanted, 'latin1').toString('utf8'));
  return reading(
    (message, bytes) =>
      textsOf(bytes, message).some((found) => comparable(found).includes(text)) ||
      (isHeaderToo &&
        message.fields.some((field) => comparable(`${field.name}: ${decodeWords(field.value)}`).includes(text))),
  );
}

/** A test of the message itself; one that is gone never matches. */
function reading(test: (message: MimePart, bytes: Buffer) => boolean): SearchTest {
  return async ({ path }) => {
    const bytes = await readFile(path).catch(() => null);
    return bytes !== null && test(parseStructure(bytes), bytes);
  };
}

/** The decoded texts of a message. */
function textsOf(bytes: Buffer, part: MimePart): readonly string[] {
  if (part.message !== null) return textsOf(bytes, part.message);
  if (part.children.length > 0) return part.children.flatMap((child) => textsOf(bytes, child));
  if (!part.type.startsWith('text/')) return [];
  const body = bytes.subarray(part.bodyStart, part.end);
  const encoding = fieldValue(part.fields, 'content-transfer-encoding')?.toLowerCase();
  const charset = part.contentType.parameters.find(([name]) => name === 'charset')?.[1] ?? 'utf-8';
  const decoded =
    encoding === 'base64'
      ? Buffer.from(body.toString('latin1'), 'base64')
      : encoding === 'quoted-printable'
        ? decodeQuoted(body.toString('latin1'))
        : body;
  return [decodeCharset(decoded, charset) ?? decoded.toString('latin1')];
}

function comparable(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
