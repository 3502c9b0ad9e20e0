import { IntlMessageFormat } from 'intl-messageformat';
import { nearest } from '../../lib/nearest.ts';
import { MAIL_KINDS } from '../mail-kinds.ts';
import { TemplateProblem } from './problem.ts';
import type { TemplateFile } from './check.ts';

/** The sentences of a locale that change with a number or a name: ICU messages of its messages.json. */
export interface Words {
  /** The names of the arguments of a message; null: there is none by this key. */
  argumentsOf(key: string): readonly string[] | null;
  /** Whether the file of the language says it itself. */
  isOwn(key: string): boolean;
  /** Where the file says it; 1 where it does not. */
  lineOf(key: string): number;
  /** The key that was most likely meant. */
  nearestKey(key: string): string | null;
  /** @throws when there is no such message, or an argument is missing */
  say(key: string, values: WordValues): string;
}

export type WordValues = Readonly<Record<string, string | number | null>>;

/** What stands behind the beginning of a text that is longer than a mail may be. */
export const CUT_KEY = 'cut';
/** What an event of a digest is told by: its author, and whether there is one (yes, no). */
const EVENT_ARGUMENTS = ['author', 'hasAuthor'];

/** The key of what a digest says of an event whose own mail would have been of this kind. */
export const eventKey = (kind: string): string => `event.${Object.hasOwn(MAIL_KINDS, kind) ? kind : 'other'}`;

/** Messages that our code asks for in every locale, and the names of what they may name. */
type Asked = ReadonlyMap<string, readonly string[]>;

/** Those of mail. */
export const MAIL_MESSAGES: Asked = new Map([
  [CUT_KEY, ['number', 'hasNumber']],
  ['event.other', EVENT_ARGUMENTS],
  ...Object.keys(MAIL_KINDS)
    .filter((kind) => !kind.endsWith('digest'))
    .map((kind) => [eventKey(kind), EVENT_ARGUMENTS] as const),
]);

/**
 * Reads a messages.json; what it lacks is said by the words behind it.
 *
 * @param behind null: nothing is; then whatever our code asks for must be in the file
 * @throws TemplateProblem
 */
export function readWords(file: TemplateFile, locale: string, behind: Words | null, asked: Asked): Words {
  const messages = new Map<string, IntlMessageFormat>();
  for (const [key, written] of Object.entries(parseObject(file))) {
    messages.set(key, compileMessage(file, locale, key, written));
  }
  const words = wordsOf(file, messages, behind);
  for (const [key, allowed] of asked) {
    const named = words.argumentsOf(key);
    if (named === null) throw new TemplateProblem(file.name, 1, `the message "${key}" is missing`);
    const unknown = named.find((name) => !allowed.includes(name));
    if (unknown !== undefined) {
      const mend = allowed.length === 0 ? 'it may name nothing' : `it may name ${allowed.join(', ')}`;
      throw new TemplateProblem(file.name, lineOf(file, key), `"${key}" names {${unknown}}: ${mend}`);
    }
  }
  return words;
}

function wordsOf(file: TemplateFile, messages: ReadonlyMap<string, IntlMessageFormat>, behind: Words | null): Words {
  return {
    isOwn: (key) => messages.has(key),
    lineOf: (key) => lineOf(file, key),
    argumentsOf: (key) => {
      const message = messages.get(key);
      return message === undefined ? (behind?.argumentsOf(key) ?? null) : [...namesIn(message.getAst())];
    },
    nearestKey: (key) => nearest(key, [...messages.keys()]) ?? behind?.nearestKey(key) ?? null,
    say: (key, values) => {
      const message = messages.get(key);
      if (message !== undefined) return String(message.format({ ...values }));
      if (behind === null) throw new Error(`there is no message "${key}"`);
      return behind.say(key, values);
    },
  };
}

function parseObject(file: TemplateFile): Readonly<Record<string, unknown>> {
  let read: unknown;
  try {
    read = JSON.parse(file.source);
  } catch (error) {
    throw new TemplateProblem(file.name, 1, error instanceof Error ? error.message : String(error));
  }
  if (typeof read === 'object' && read !== null && !Array.isArray(read)) return { ...read };
  throw new TemplateProblem(file.name, 1, 'an object of messages is expected');
}

function compileMessage(file: TemplateFile, locale: string, key: string, written: unknown): IntlMessageFormat {
  if (typeof written !== 'string') throw new TemplateProblem(file.name, lineOf(file, key), `"${key}" is not a text`);
  try {
    return new IntlMessageFormat(written, locale, undefined, { ignoreTag: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TemplateProblem(file.name, lineOf(file, key), `"${key}" is no message: ${reason}`);
  }
}

const lineOf = ({ source }: TemplateFile, key: string): number =>
  source.slice(0, Math.max(0, source.indexOf(JSON.stringify(key)))).split('\n').length;

/** Of the elements of a message those that stand for something: all but the words and the # of a plural. */
function namesIn(elements: ReturnType<IntlMessageFormat['getAst']>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const element of elements) {
    if (!('value' in element) || element.type === LITERAL) continue;
    names.add(element.value);
    if (!('options' in element)) continue;
    for (const { value } of Object.values(element.options)) for (const name of namesIn(value)) names.add(name);
  }
  return names;
}

const LITERAL = 0;
