import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { once } from 'node:events';
import type { Socket } from 'node:net';

/** The writing side of a session: lines are gathered into few writes, and a slow reader is waited for. */
export interface Output {
  /** A line, one character per byte, without its end. */
  line(text: string): void;
  /** Part of a line. */
  text(text: string): void;
  /** Hands everything to the socket and waits while it is full. Throws ClientGone. */
  flush(): Promise<void>;
  /** Part of a line: a piece of an open file. Throws ClientGone also when the file is shorter: nothing can follow. */
  file(file: FileHandle, start: number, length: number): Promise<void>;
}

/** Ends a session: the client has gone, or what was begun cannot be finished. */
export class ClientGone extends Error {}

const GATHER_BYTES = 64 * 1024;
const FILE_PIECE_BYTES = 256 * 1024;

export function createOutput(socket: Socket): Output {
  let gathered = '';
  const hand = () => {
    if (gathered !== '') socket.write(gathered, 'latin1');
    gathered = '';
  };
  const text = (added: string) => {
    gathered += added;
    if (gathered.length > GATHER_BYTES) hand();
  };
  const flush = async () => {
    hand();
    if (socket.destroyed || !socket.writable) throw new ClientGone();
    if (!socket.writableNeedDrain) return;
    const settled = new AbortController();
    const { signal } = settled;
    await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(() => {});
    settled.abort();
    if (socket.destroyed) throw new ClientGone();
  };
  return {
    text,
    flush,
    line: (line) => text(`${line}\r\n`),
    async file(file, start, length) {
      hand();
      for (let sent = 0; sent < length;) {
        const piece = Buffer.allocUnsafe(Math.min(FILE_PIECE_BYTES, length - sent));
        const { bytesRead } = await file.read(piece, 0, piece.length, start + sent);
        if (bytesRead === 0) throw new ClientGone('a message file became shorter while it was read');
        socket.write(piece.subarray(0, bytesRead));
        sent += bytesRead;
        await flush();
      }
    },
  };
}

/** Opens a file for reading; null when it is not there. */
export async function openIfThere(path: string): Promise<FileHandle | null> {
  return await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw cause;
  });
}
