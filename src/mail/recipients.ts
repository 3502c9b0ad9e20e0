import { domainOf, parseAddress } from './address.ts';
import type { HeaderField, ParsedMessage } from './parsed-message.ts';

/** An address `prefix+token@domain` whose token has the shape of ours. Whether we made it, the keys must say. */
export interface PlusToken {
  readonly prefix: string;
  /** 42 letters of base32 in lower case: an id of 26 and its MAC of 16. */
  readonly token: string;
  /** Canonical. */
  readonly domain: string;
}

const MAX_TOKENS = 20;
const MAX_SEARCHED_LENGTH = 64 * 1024;

/** Where servers write whom a message was for: what its writer addressed, then what each server on the way was told. */
const RECIPIENT_FIELDS: ReadonlySet<string> = new Set([
  ...['to', 'cc', 'delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'x-forwarded-to', 'x-delivered-to'],
]);

/** The tokens in the addresses a message was sent to, in wire order: at most 20, each once. */
export function replyTokens(parsed: ParsedMessage): readonly PlusToken[] {
  const values = parsed.headers.filter(({ name }) => RECIPIENT_FIELDS.has(name)).map(({ value }) => value);
  return plusTokensIn(values);
}

/** The tokens in the addresses that texts hold, in order: at most 20, each once. Linear; 64 KiB of each text are read. */
export function plusTokensIn(texts: readonly string[]): readonly PlusToken[] {
  const found = new Map<string, PlusToken>();
  for (const text of texts) {
    for (const [, prefix = '', token = '', host = ''] of text.slice(0, MAX_SEARCHED_LENGTH).matchAll(PLUS_TOKEN)) {
      if (found.size >= MAX_TOKENS) return [...found.values()];
      const address = parseAddress(`${prefix}+${token}@${host}`);
      if (address !== null) found.set(address, partsOf(address));
    }
  }
  return [...found.values()];
}

// A local part has 64 characters: 21 are left for the prefix. Upper case comes back from servers that shout.
const PLUS_TOKEN = /(?<![\w.+-])([a-z\d][a-z\d._-]{0,20})\+([a-z2-7]{42})@([a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?)/gi;

function partsOf(address: NonNullable<ReturnType<typeof parseAddress>>): PlusToken {
  const plus = address.indexOf('+');
  return {
    prefix: address.slice(0, plus),
    token: address.slice(plus + 1, address.indexOf('@')),
    domain: domainOf(address),
  };
}

/** Outlook's conversation. */
export interface ThreadIndex {
  /** The 22 bytes that all messages of one conversation begin with, in hex. */
  readonly root: string;
  /** Whether the message began it. */
  readonly isNewConversation: boolean;
}

const ROOT_BYTES = 22;
const REPLY_BYTES = 5;
const MAX_THREAD_INDEX_LENGTH = 4 * 1024;

/**
 * The conversation that Outlook's Thread-Index names: a header of 22 bytes, 5 more for each reply. [MS-OXOMSG] 2.2.1.3.
 * It proves nothing; two messages with one root are of one conversation where nobody lies.
 */
export function threadIndexOf(headers: readonly HeaderField[]): ThreadIndex | null {
  const value = headers.find(({ name }) => name === 'thread-index')?.value ?? '';
  const text = value.slice(0, MAX_THREAD_INDEX_LENGTH).replace(/\s+/g, '');
  if (!/^[a-z\d+/]+={0,2}$/i.test(text)) return null;
  const bytes = Buffer.from(text, 'base64');
  const isWhole = bytes.length >= ROOT_BYTES && (bytes.length - ROOT_BYTES) % REPLY_BYTES === 0;
  if (!isWhole || bytes[0] !== 1) return null;
  return { root: bytes.toString('hex', 0, ROOT_BYTES), isNewConversation: bytes.length === ROOT_BYTES };
}
