import type { ParseRequest } from './parse-worker.ts';

/** Posting one by one costs 40 % more than fifty at a time. */
const MAX_CHUNK_MESSAGES = 50;
const MAX_CHUNK_BYTES = 16 * 1024 * 1024;
/** Of larger chunks one is parsed at a time: a message costs several times its bytes, which no heap limit bounds. */
export const LARGE_BYTES = 8 * 1024 * 1024;

export const bytesOf = (messages: readonly Buffer[]): number =>
  messages.reduce((sum, message) => sum + message.length, 0);

/** Chunks in order, each within the limits of number and bytes; a larger message stands alone. */
export function chunksOf(batch: readonly Buffer[], maxMessages: number): readonly (readonly Buffer[])[] {
  const chunks: Buffer[][] = [];
  let bytes = 0;
  for (const message of batch) {
    const last = chunks.at(-1);
    const fits = last !== undefined && last.length < Math.min(maxMessages, MAX_CHUNK_MESSAGES);
    if (fits && bytes + message.length <= MAX_CHUNK_BYTES) last.push(message);
    else chunks.push([message]);
    bytes = chunks.at(-1) === last ? bytes + message.length : message.length;
  }
  return chunks;
}

/**
 * One buffer that can be handed over: a copy, so the caller's are never detached; or the caller's own, where they said
 * so and one large message has it to itself.
 */
export function pack(messages: readonly Buffer[], mayTakeLarge: boolean): ParseRequest {
  const [only] = messages;
  if (mayTakeLarge && messages.length === 1 && only !== undefined && only.length > LARGE_BYTES) {
    const { buffer } = only;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === only.byteLength) {
      return { packed: buffer, spans: [[0, only.length]] };
    }
  }
  const packed = new ArrayBuffer(bytesOf(messages));
  const bytes = new Uint8Array(packed);
  let end = 0;
  const spans = messages.map((message) => {
    const start = end;
    bytes.set(message, start);
    end += message.length;
    return [start, end] as const;
  });
  return { packed, spans };
}
