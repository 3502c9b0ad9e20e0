import type { SpooledMessage } from './folder.ts';
import { Refusal } from './refusal.ts';

/** What a command is made of. Texts hold one character per byte. A message that a client appends may be on disk. */
export type Token =
  | { readonly kind: 'atom'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'spooled'; readonly message: SpooledMessage }
  | { readonly kind: 'list'; readonly items: readonly Token[] };

export type Literal = Extract<Token, { kind: 'string' | 'spooled' }>;

/** Stands for a literal in the text of a command; a client may not send it there itself. */
export const LITERAL_MARK = '\0';

const MAX_LIST_DEPTH = 20;

/**
 * Splits the arguments of a command. An atom with a bracket goes on to its end, spaces and all:
 * `BODY.PEEK[HEADER.FIELDS (From To)]<0.100>` is one atom. Throws a Refusal (BAD).
 *
 * @param text with LITERAL_MARK where a literal stood
 * @param literals in order
 */
export function tokenize(text: string, literals: readonly Literal[]): readonly Token[] {
  const scanner = new RegExp(/ *(?:(\()|(\))|(\0)|"((?:[^"\\\0]|\\.)*)"|((?:[^ ()"\0[]|\[[^\]\0]*\])+))/y);
  let literalsRead = 0;

  const items = (depth: number): Token[] => {
    if (depth > MAX_LIST_DEPTH) throw new Refusal('BAD', 'Too many parentheses');
    const found: Token[] = [];
    for (;;) {
      const start = scanner.lastIndex;
      const match = scanner.exec(text);
      if (match === null) {
        if (text.slice(start).trim() !== '' || depth > 0) throw new Refusal('BAD', 'Not a command that IMAP knows');
        return found;
      }
      const [, opening, closing, mark, quoted, atom] = match;
      if (opening !== undefined) found.push({ kind: 'list', items: items(depth + 1) });
      else if (closing !== undefined) {
        if (depth === 0) throw new Refusal('BAD', 'A parenthesis too many');
        return found;
      } else if (mark !== undefined) found.push(literals[literalsRead++] ?? { kind: 'string', text: '' });
      else if (quoted !== undefined) found.push({ kind: 'string', text: quoted.replace(/\\(.)/g, '$1') });
      else found.push({ kind: 'atom', text: atom ?? '' });
    }
  };
  return items(0);
}

/** The arguments of a command, taken one by one. Every method throws a Refusal (BAD) when the next one is another. */
export interface Arguments {
  /** An atom, as sent. */
  atom(): string;
  /** An atom, a quoted string or a short literal. */
  text(): string;
  list(): readonly Token[];
  /** A list's items, or the next item alone. */
  listOrOne(): readonly Token[];
  /** The next one, left where it is; null at the end. */
  peek(): Token | null;
  take(): Token;
  end(): void;
}

export function argumentsOf(tokens: readonly Token[]): Arguments {
  let next = 0;
  const take = (): Token => {
    const token = tokens[next];
    if (token === undefined) throw new Refusal('BAD', 'An argument is missing');
    next += 1;
    return token;
  };
  return {
    take,
    peek: () => tokens[next] ?? null,
    atom() {
      const token = take();
      if (token.kind !== 'atom') throw new Refusal('BAD', 'An argument is of the wrong kind');
      return token.text;
    },
    text() {
      const token = take();
      if (token.kind === 'atom' || token.kind === 'string') return token.text;
      throw new Refusal('BAD', 'An argument is of the wrong kind');
    },
    list() {
      const token = take();
      if (token.kind !== 'list') throw new Refusal('BAD', 'A list in parentheses was expected');
      return token.items;
    },
    listOrOne() {
      const token = take();
      return token.kind === 'list' ? token.items : [token];
    },
    end() {
      if (next < tokens.length) throw new Refusal('BAD', 'An argument too many');
    },
  };
}
