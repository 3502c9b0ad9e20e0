import { parentPort, workerData } from 'node:worker_threads';
import { parseMessage } from './parse.ts';
import type { ParsedAttachment, ParsedMessage } from './parsed-message.ts';

/** What a thread is given once: where it tells how far it is. */
export interface ParseWorkerData {
  /** Two 64-bit integers: the index of the message in work, and when it was begun, by process.hrtime. */
  readonly progress: SharedArrayBuffer;
}

/** Messages, one behind the other in one buffer, each at [start, end). */
export interface ParseRequest {
  readonly packed: ArrayBuffer;
  readonly spans: readonly (readonly [start: number, end: number])[];
}

export interface ParseReply {
  readonly parsed: readonly ParsedMessage[];
}

const port = parentPort;
if (port === null) throw new Error('parse-worker.ts is the body of a worker thread');
const { progress }: ParseWorkerData = workerData;
const counters = new BigInt64Array(progress);

port.on('message', async ({ packed, spans }: ParseRequest) => {
  const parsed: ParsedMessage[] = [];
  for (const [index, [start, end]] of spans.entries()) {
    report(index);
    parsed.push(withOwnBuffers(await parseMessage(Buffer.from(packed, start, end - start))));
  }
  report(spans.length);
  // Nothing that is handed over lies in it, and it may be large: it goes now, not when the collector comes by.
  packed.transfer(0);
  const reply: ParseReply = { parsed };
  port.postMessage(
    reply,
    parsed.flatMap((message) => message.attachments.map(({ content }) => content.buffer).filter(isTransferable)),
  );
});

/** The time first: whoever reads the new index must not see the old time with it. */
function report(index: number): void {
  Atomics.store(counters, 1, process.hrtime.bigint());
  Atomics.store(counters, 0, BigInt(index));
}

/** A content that is a view of a larger buffer is copied, so that each can be handed over without a copy. */
function withOwnBuffers(message: ParsedMessage): ParsedMessage {
  if (message.attachments.length === 0) return message;
  return { ...message, attachments: message.attachments.map(withOwnBuffer) };
}

function withOwnBuffer(attachment: ParsedAttachment): ParsedAttachment {
  const { content } = attachment;
  const isWhole = content.byteLength > 0 && content.byteLength === content.buffer.byteLength;
  return isWhole ? attachment : { ...attachment, content: new Uint8Array(content) };
}

function isTransferable(buffer: ArrayBufferLike): buffer is ArrayBuffer {
  return buffer instanceof ArrayBuffer;
}
