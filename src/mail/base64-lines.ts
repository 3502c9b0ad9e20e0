const LF = 0x0a;
const CR = 0x0d;
const PAD = 0x3d;
/** Decoded at once; a longer string would live among the large objects, where it costs four times as much. */
const SLICE_BYTES = 32 * 1024;

/**
 * Base64 as nearly every program writes it: lines of one length, of whole groups of four digits (RFC 4648 4, RFC 2045
 * 6.8), the last one perhaps shorter and padded, and nothing else. What is not quite so is not guessed at.
 *
 * @returns null when the bytes are anything else
 */
export function decodePlainBase64(bytes: Buffer): Buffer | null {
  const end = endOfText(bytes);
  const firstEnd = bytes.indexOf(LF);
  const lineBytes = firstEnd === -1 || firstEnd >= end ? end : firstEnd + 1;
  const endBytes = lineBytes === end ? 0 : bytes[firstEnd - 1] === CR ? 2 : 1;
  if (lineBytes === 0 || !hasLineEnds(bytes, end, lineBytes, endBytes)) return null;
  const lines = Math.ceil(end / lineBytes);
  const places = end - (lines - 1) * endBytes;
  const pads = bytes[end - 1] !== PAD ? 0 : bytes[end - 2] !== PAD ? 1 : 2;
  if (places % 4 !== 0 || (lines > 1 && (lineBytes - endBytes) % 4 !== 0)) return null;
  // Two more digits to Node, but none of RFC 4648 4; whatever else is no digit it leaves out, and the length tells.
  if (bytes.includes('-', 0, 'latin1') || bytes.includes('_', 0, 'latin1')) return null;
  const decoded = Buffer.allocUnsafeSlow((places / 4) * 3 - pads);
  const sliceBytes = Math.max(1, Math.floor(SLICE_BYTES / lineBytes)) * lineBytes;
  let length = 0;
  for (let at = 0; at < end; at += sliceBytes) {
    const slice = bytes.toString('latin1', at, Math.min(end, at + sliceBytes));
    const written = decoded.write(slice, length, 'base64');
    length += written;
  }
  return length === decoded.length ? decoded : null;
}

/** Without the line ends behind it. */
function endOfText(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === LF || bytes[end - 1] === CR)) end -= 1;
  return end;
}

/** Whether each line but the last ends where the first one's length says. */
function hasLineEnds(bytes: Buffer, end: number, lineBytes: number, endBytes: number): boolean {
  for (let at = lineBytes; at < end; at += lineBytes) {
    if (bytes[at - 1] !== LF || (endBytes === 2 && bytes[at - 2] !== CR)) return false;
  }
  return true;
}
