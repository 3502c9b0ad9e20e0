import { setTimeout as wait } from 'node:timers/promises';
import { readBlob } from '../blobs/store.ts';
import type { Db } from '../db/client.ts';
import { isDatabaseTrouble, sqlState } from '../db/client.ts';
import type { InboundMessageId } from '../db/ids.ts';
import type { Checkpoint } from '../lib/checkpoint.ts';
import type { Clock } from '../lib/clock.ts';
import type { Keys } from '../lib/crypto.ts';
import type { Log } from '../lib/log.ts';
import type { Forward } from '../mail/forward.ts';
import { forwardedAttachment, originalOf } from '../mail/forward.ts';
import type { ParseFailure, ParsePool } from '../mail/parse-pool.ts';
import { headersOnlyMessage } from '../mail/parse.ts';
import type { HeaderField, ParsedMessage } from '../mail/parsed-message.ts';
import type { Sender } from '../mail/sender.ts';
import { chosenSender, identifySender } from '../mail/sender.ts';
import type { Mailbox } from '../mailboxes/model.ts';
import type { Authenticated } from './facts.ts';
import type { ClaimedMessage } from './store.ts';
import type { DeskPeople, Understood } from './understand.ts';
import { understand } from './understand.ts';

export interface ReadDeps {
  readonly db: Db;
  readonly keys: Keys;
  readonly parsePool: ParsePool;
  readonly clock: Clock;
  readonly log: Log;
  readonly checkpoint: Checkpoint;
  /** Bytes that were accepted a moment ago, so that they need not be read back; takes them out. */
  readonly takeFresh: (id: InboundMessageId) => Buffer | null;
  readonly authenticate: Authenticate;
}

/** Finds out whether the sender of a message is proven. `wait`: the DNS gives no answer now, and `mayWait` was said. */
export type Authenticate = (
  mailbox: Mailbox,
  message: {
    readonly headers: readonly HeaderField[];
    /** null when they are not all there. */
    readonly bytes: Buffer | null;
    readonly sender: Sender;
    readonly arrivedAt: Date;
  },
  mayWait: boolean,
) => Promise<Authenticated | 'wait'>;

/** A message that could not be read this time, and why, as part of a sentence. */
export interface Unreadable {
  readonly claimed: ClaimedMessage;
  readonly problem: string;
}

interface Readable {
  readonly claimed: ClaimedMessage;
  readonly parsed: ParsedMessage;
  readonly bytes: Buffer;
}

/** So often a message steps aside for the DNS, 30 s each time but for the first: half an hour (RELIABILITY section 6). */
const MAX_DNS_WAITS = 62;
/** A batch waits no longer than this for the DNS: what has no answer by then steps aside. */
const DNS_PATIENCE_MS = 3_000;

/**
 * What the bytes of messages say, and who is proven to have written them. No transaction is open meanwhile.
 *
 * @returns what was understood, in order; what could not be read; what waits for the DNS
 */
export async function readMessages(
  deps: ReadDeps,
  mailbox: Mailbox,
  desk: DeskPeople,
  messages: readonly ClaimedMessage[],
  signal: AbortSignal,
): Promise<{
  readonly understood: readonly Understood[];
  readonly unreadable: readonly Unreadable[];
  readonly waiting: readonly InboundMessageId[];
}> {
  const { readable, unreadable } = await parseAll(deps, messages, signal);
  deps.checkpoint('parsed');
  const understood: Understood[] = [];
  const waiting: InboundMessageId[] = [];
  const enough = new AbortController();
  const tooLate = wait(DNS_PATIENCE_MS, 'late' as const, { ref: false, signal: enough.signal }).catch(
    () => 'late' as const,
  );
  const all = readable.map((message) => understandOne(deps, mailbox, desk, message, tooLate, signal));
  const read = await Promise.all(all).finally(() => enough.abort());
  for (const one of read) {
    if ('waits' in one) waiting.push(one.waits);
    else if ('problem' in one) unreadable.push(one);
    else understood.push(one);
  }
  return { understood, unreadable, waiting };
}

async function understandOne(
  deps: ReadDeps,
  mailbox: Mailbox,
  desk: DeskPeople,
  { claimed, parsed, bytes }: Readable,
  tooLate: Promise<'late'>,
  signal: AbortSignal,
): Promise<Understood | Unreadable | { readonly waits: InboundMessageId }> {
  try {
    const named = identifySender(parsed);
    const sender = chosenSender(named, claimed.released?.sender ?? null);
    const isChosen = sender !== named;
    const mayWait = claimed.waits < MAX_DNS_WAITS;
    const answer = isChosen
      ? CHOSEN
      : deps.authenticate(
          mailbox,
          {
            headers: parsed.headers,
            bytes: claimed.isHeadersOnly ? null : await bytesFor(deps, claimed, parsed, bytes),
            sender,
            arrivedAt: claimed.receivedAt,
          },
          mayWait,
        );
    const answered = await Promise.race([answer, tooLate]);
    if (answered === 'wait' || (answered === 'late' && mayWait)) return { waits: claimed.id };
    const proven = answered === 'late' ? UNANSWERED : answered;
    const isStaff = sender.is === 'address' && desk.operators.has(sender.address);
    const original = isStaff ? await forwardedBy(deps, parsed, signal) : null;
    return understand(claimed, parsed, sender, deps.keys, desk, proven, original);
  } catch (error) {
    if (signal.aborted) throw error;
    deps.log.error('message.failed', { inboundId: claimed.id, attempt: claimed.attempts, err: error });
    return { claimed, problem: 'an error stopped the desk from understanding it' };
  }
}

/** A large message went to its reader and is here no more: it is read again if there is a signature to check. */
async function bytesFor(
  { db }: ReadDeps,
  { rawSha256 }: ClaimedMessage,
  { headers }: ParsedMessage,
  bytes: Buffer,
): Promise<Buffer> {
  if (bytes.byteLength > 0) return bytes;
  return headers.some(({ name }) => name === 'dkim-signature') ? readBlob(db, rawSha256) : NOTHING;
}

const NOTHING = Buffer.alloc(0);
/** Whose the domain is says nothing of a field that names several. */
const CHOSEN: Promise<Authenticated> = Promise.resolve({
  verdict: 'none',
  says: 'From names nobody for certain: a person said who wrote it',
});
const UNANSWERED: Authenticated = { verdict: 'none', says: 'DNS did not say in time whose signature it bears' };

/** The mail that an operator passes on, in the text or as a file. */
async function forwardedBy(
  { parsePool }: ReadDeps,
  parsed: ParsedMessage,
  signal: AbortSignal,
): Promise<Forward | null> {
  const file = forwardedAttachment(parsed);
  if (file === null) return originalOf(parsed);
  const { content } = file;
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const [attached] = await parsePool.parse([bytes], signal);
  return originalOf(parsed, attached === undefined || 'failed' in attached ? null : attached);
}

async function parseAll(
  { db, parsePool, takeFresh, log }: ReadDeps,
  messages: readonly ClaimedMessage[],
  signal: AbortSignal,
): Promise<{ readonly readable: readonly Readable[]; readonly unreadable: Unreadable[] }> {
  const readable: Readable[] = [];
  const unreadable: Unreadable[] = [];
  const whole: ClaimedMessage[] = [];
  const contents: Buffer[] = [];
  for (const claimed of messages) {
    try {
      contents.push(takeFresh(claimed.id) ?? (await readBlob(db, claimed.rawSha256)));
      whole.push(claimed);
    } catch (error) {
      if (sqlState(error) !== null || isDatabaseTrouble(error)) throw error;
      log.error('message.unreadable', { inboundId: claimed.id, attempt: claimed.attempts, err: error });
      unreadable.push({ claimed, problem: 'its stored bytes are missing or damaged' });
    }
  }
  if (whole.length === 0) return { readable, unreadable };
  const parsed = await parsePool.parse(contents, signal, true);
  for (const [index, claimed] of whole.entries()) {
    const result = parsed[index] as ParsedMessage | ParseFailure;
    const bytes = contents[index] as Buffer;
    if ('failed' in result) {
      log.warn('message.unreadable', { inboundId: claimed.id, why: result.failed, attempt: claimed.attempts });
      unreadable.push({ claimed, problem: PARSE_PROBLEMS[result.failed] });
    } else if (claimed.isHeadersOnly) {
      readable.push({ claimed, bytes, parsed: await headersOnlyMessage(bytes, claimed.sizeBytes) });
    } else {
      readable.push({ claimed, bytes, parsed: result });
    }
  }
  return { readable, unreadable };
}

const PARSE_PROBLEMS: Readonly<Record<ParseFailure['failed'], string>> = {
  timeout: 'reading it took longer than 5 seconds',
  memory: 'reading it took more memory than it may have',
  crashed: 'reading it stopped the reader',
};
