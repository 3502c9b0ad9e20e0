import { Readable } from 'node:stream';
import type { Edit } from './part-scan.ts';

/** Below, a message is given to the library in one piece, which is faster; above, in slices, which keeps one copy less. */
const MAX_WHOLE_BYTES = 1024 * 1024;
const SLICE_BYTES = 64 * 1024;

/** A part of the bytes with the edits made: views of what stays, and what comes in their place. */
export function withEdits(bytes: Buffer, start: number, end: number, edits: readonly Edit[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let at = start;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    if (edit.start < at || edit.end > end) continue;
    pieces.push(bytes.subarray(at, edit.start), ...edit.pieces);
    at = edit.end;
  }
  return [...pieces, bytes.subarray(at, end)].filter((piece) => piece.length > 0);
}

/** The pieces as a library takes them. */
export function asInput(pieces: readonly Buffer[]): Buffer | Readable {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const [first] = pieces;
  if (size > MAX_WHOLE_BYTES) return Readable.from(slices(pieces));
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
}

function* slices(pieces: readonly Buffer[]): Generator<Buffer> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += SLICE_BYTES) yield piece.subarray(at, at + SLICE_BYTES);
  }
}
