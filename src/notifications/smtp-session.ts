import { isAscii } from 'node:buffer';
import { Readable } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { message, onAbort, smtpError } from './smtp-client.ts';
import type { SmtpTimeouts } from './smtp-client.ts';
import { oneLine, refusedByReply, refusedByStopping, refusedWithoutReply } from './smtp-refusal.ts';
import type { OutgoingMail, SendOutcome, SmtpStage } from './transport-model.ts';

/** One dialogue for one message, and whether a connection of before had simply gone meanwhile. */
export interface Submission {
  readonly outcome: SendOutcome;
  /** Nothing of this message was answered but by a closing: with a new connection it can be tried at once. */
  readonly isStale: boolean;
}

/** What ended the dialogue: the reply after the dot, nodemailer's error, or a limit of ours. */
type Ending =
  | { readonly is: 'reply'; readonly reply: string }
  | { readonly is: 'error'; readonly error: unknown }
  | { readonly is: 'out_of_step'; readonly reply: string }
  | { readonly is: 'stopping' }
  | { readonly is: 'deadline' };

const CHUNK_BYTES = 64 * 1024;
const CUT = Object.assign(new Error('the connection ended'), { code: 'ECONNECTION' });
const LOST: ReadonlySet<string> = new Set(['ECONNECTION', 'ESOCKET', 'ETIMEDOUT']);

/**
 * Sends one message over an open connection. Afterwards the connection is ready for the next one, or closed.
 *
 * nodemailer pipes the content only when the server has said 354, so the first read of our stream is the seam: then
 * `beforeContent` runs, and when it is done the bytes flow. Rejects with its error when it rejects.
 */
export async function submit(
  connection: SMTPConnection,
  mail: OutgoingMail,
  beforeContent: () => Promise<void>,
  timeouts: SmtpTimeouts,
  signals: readonly AbortSignal[],
): Promise<Submission> {
  const content = new Content(mail.bytes, beforeContent);
  const ending = await dialogue(connection, mail, content, timeouts, signals);
  // A reply to what has not been said is none: the server has lost its way, or lies. Nothing more of the content leaves.
  if (ending.is === 'reply' && !content.hasEnded) {
    content.destroy();
    connection.close();
  }
  // The connection may have gone while `beforeContent` was at work: what it wrote must come before the outcome.
  const rejection = await content.beforeContentDone();
  if (rejection !== null) {
    connection.close();
    throw rejection.error;
  }
  const outcome = outcomeOf(ending, content);
  if (outcome.is !== 'accepted') await clear(connection, outcome, timeouts);
  return { outcome, isStale: isStale(ending, content) };
}

function dialogue(
  connection: SMTPConnection,
  mail: OutgoingMail,
  content: Content,
  timeouts: SmtpTimeouts,
  signals: readonly AbortSignal[],
): Promise<Ending> {
  return new Promise((resolve) => {
    const settle = (ending: Ending) => {
      clearTimeout(timer);
      forget();
      connection.off('end', ended);
      // Without this, closing would leave nodemailer's callback pending and the rest of the content on its way.
      if (ending.is !== 'reply' && ending.is !== 'error') connection.close();
      resolve(ending);
    };
    let timer = setTimeout(() => settle({ is: 'deadline' }), timeouts.envelopeMs);
    // nodemailer reports a lost connection to the callback, but a cut of ours (close) to nobody.
    const ended = () => setImmediate(() => settle({ is: 'error', error: CUT }));
    const stop = () => {
      if (!content.isAsked) settle({ is: 'stopping' });
    };
    const forget = onAbort(signals, stop);
    connection.once('end', ended);
    if (signals.some(({ aborted }) => aborted)) return stop();
    content.onAsked = () => {
      clearTimeout(timer);
      // nodemailer takes any 2yz for a yes to DATA. Where it is not 354 the replies belong to other commands than they
      // seem to, and a yes to this mail could be a yes to anything.
      const reply = String(connection.lastServerResponse);
      if (!reply.startsWith('354')) {
        settle({ is: 'out_of_step', reply });
        return false;
      }
      timer = setTimeout(() => settle({ is: 'deadline' }), timeouts.contentMs);
      return true;
    };
    content.onRejected = () => settle({ is: 'stopping' });
    const envelope = {
      from: mail.envelopeFrom,
      to: mail.envelopeTo,
      size: mail.bytes.length,
      use8BitMime: !isAscii(mail.bytes),
    };
    connection.send(envelope, content, (error, info) =>
      settle(error ? { is: 'error', error } : { is: 'reply', reply: info?.response ?? '' }),
    );
  });
}

/** The bytes of a message, which wait for `beforeContent` at the first read. */
class Content extends Readable {
  /** The server has said 354. */
  isAsked = false;
  /** The first byte is on its way: from here on the server may have the message. */
  hasBegun = false;
  /** The last byte is on its way: from here on a reply can be the one to the message. */
  hasEnded = false;
  /** @returns whether to go on */
  onAsked = (): boolean => true;
  onRejected = (): void => {};
  readonly #bytes: Uint8Array;
  readonly #beforeContent: () => Promise<void>;
  #gate: Promise<{ readonly error: unknown } | null> = Promise.resolve(null);
  #sent = 0;

  constructor(bytes: Uint8Array, beforeContent: () => Promise<void>) {
    super();
    this.#bytes = bytes;
    this.#beforeContent = beforeContent;
  }

  /** What `beforeContent` rejected with; null when it was fine or never asked. */
  beforeContentDone(): Promise<{ readonly error: unknown } | null> {
    return this.#gate;
  }

  override _read(): void {
    if (this.hasBegun) return this.#pushNext();
    if (this.isAsked) return;
    this.isAsked = true;
    if (this.onAsked()) this.#gate = this.#passGate();
    else this.destroy();
  }

  async #passGate(): Promise<{ readonly error: unknown } | null> {
    try {
      await this.#beforeContent();
    } catch (error) {
      this.onRejected();
      return { error };
    }
    // Destroyed: the connection ended meanwhile, and nothing leaves.
    if (!this.destroyed) {
      this.hasBegun = true;
      this.#pushNext();
    }
    return null;
  }

  #pushNext(): void {
    const chunk = this.#bytes.subarray(this.#sent, this.#sent + CHUNK_BYTES);
    this.#sent += chunk.length;
    if (chunk.length > 0) this.push(chunk);
    if (this.#sent < this.#bytes.length) return;
    this.hasEnded = true;
    this.push(null);
  }
}

/** The table of DESIGN 5.6: before the content a refusal, after it only the server's own final reply is more than a guess. */
function outcomeOf(ending: Ending, content: Content): SendOutcome {
  if (ending.is === 'reply' && content.hasEnded) return { is: 'accepted', reply: oneLine(ending.reply) };
  const { code, replyCode, reply } = smtpError(ending.is === 'error' ? ending.error : null);
  const words = oneLine(wordsOf(ending));
  if (content.hasBegun) {
    const isFinalReply = code === 'EMESSAGE' && replyCode !== null && replyCode >= 400 && replyCode < 600;
    return isFinalReply ? refusedByReply('content', replyCode, reply) : { is: 'uncertain', text: words };
  }
  const stage = stageOf(ending, content);
  if (ending.is === 'stopping') return refusedByStopping(stage);
  if (replyCode !== null) return refusedByReply(stage, replyCode, reply);
  // nodemailer knows the server's SIZE (RFC 1870 6.1) and our envelope; both speak of this message, for good. With words
  // of the server in it, it is about a reply that is none.
  const isOurs = (code === 'EMESSAGE' || code === 'EENVELOPE') && reply === '';
  return refusedWithoutReply(stage, words, isOurs);
}

function wordsOf(ending: Ending): string {
  if (ending.is === 'reply') return `the server answered before it had the mail: ${ending.reply}`;
  if (ending.is === 'out_of_step') return `the server answered DATA with: ${ending.reply}`;
  if (ending.is === 'error') return message(ending.error);
  return ending.is === 'deadline' ? 'the server did not finish in time' : 'stopping';
}

/** nodemailer names the command; a lost connection has none, and with pipelining nobody knows which one it was at. */
function stageOf(ending: Ending, content: Content): SmtpStage {
  if (content.isAsked) return 'data';
  const { command } = smtpError(ending.is === 'error' ? ending.error : null);
  if (command === 'RCPT TO') return 'rcpt';
  return command === 'DATA' ? 'data' : 'mail';
}

function isStale(ending: Ending, content: Content): boolean {
  if (ending.is !== 'error' || content.isAsked) return false;
  const { code, replyCode } = smtpError(ending.error);
  return replyCode === 421 || (replyCode === null && LOST.has(code));
}

/** After a refusal before the content RSET makes the connection new; after anything else it is not to be trusted. */
async function clear(connection: SMTPConnection, outcome: SendOutcome, timeouts: SmtpTimeouts): Promise<void> {
  const isDialogueWhole = outcome.is === 'refused' && outcome.code !== null && outcome.stage !== 'content';
  if (!isDialogueWhole || outcome.isRouteTrouble) return connection.close();
  if (!(await reset(connection, timeouts.resetMs))) connection.close();
}

/** Says RSET, which does nothing else to a session without a message; false when the server does not agree in time. */
export function reset(connection: SMTPConnection, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isClear: boolean) => {
      clearTimeout(timer);
      connection.off('end', lost);
      resolve(isClear);
    };
    const lost = () => settle(false);
    const timer = setTimeout(lost, withinMs);
    connection.once('end', lost);
    connection.reset((error) => settle(error === null));
  });
}
