import type { Socket } from 'node:net';

/** Reads what a client sends, as asked: what is not asked for stays in the socket, so a sender cannot fill our memory. */
export interface SocketReader {
  /** The next line without its end, one character per byte; null when the client is gone. Throws LineTooLong. */
  line(): Promise<string | null>;
  /** The next bytes in pieces; fewer when the client goes. */
  bytes(count: number): AsyncGenerator<Buffer, void, undefined>;
  /** Throws away whatever else is sent. */
  discardRest(): Promise<void>;
}

/** Thrown by `line`; nothing sensible can be read after it. */
export class LineTooLong extends Error {}

/** A command line with a thousand UIDs takes 8 KiB. */
const MAX_LINE_BYTES = 64 * 1024;

/** Takes over the reading side of a socket. */
export function createSocketReader(socket: Socket): SocketReader {
  const pieces = socket.iterator({ destroyOnReturn: false });
  let buffer: Buffer = Buffer.alloc(0);

  const more = async (): Promise<boolean> => {
    // A reset connection is a client that is gone, as at its end.
    const next = await pieces.next().catch(() => null);
    if (next === null || next.done === true) return false;
    const piece: Buffer = next.value;
    buffer = buffer.length === 0 ? piece : Buffer.concat([buffer, piece]);
    return true;
  };

  return {
    async discardRest() {
      await pieces.return?.();
      socket.resume();
    },
    async line() {
      for (let searched = 0; ;) {
        const end = buffer.indexOf(0x0a, searched);
        if ((end < 0 ? buffer.length : end) > MAX_LINE_BYTES) throw new LineTooLong();
        if (end >= 0) {
          const line = buffer.toString('latin1', 0, end);
          buffer = buffer.subarray(end + 1);
          return line.endsWith('\r') ? line.slice(0, -1) : line;
        }
        searched = buffer.length;
        if (!(await more())) return null;
      }
    },
    async *bytes(count) {
      for (let wanted = count; wanted > 0;) {
        if (buffer.length === 0 && !(await more())) return;
        const piece = buffer.subarray(0, wanted);
        buffer = buffer.subarray(piece.length);
        wanted -= piece.length;
        yield piece;
      }
    },
  };
}
