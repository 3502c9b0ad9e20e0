/** The content of one DATA, read until its final dot. RFC 5321 4.1.1.4, 4.5.2. */
export interface ContentReader {
  /** How much has come, as on the wire: with dot-stuffing. */
  readonly sizeBytes: number;
  /** Takes the next bytes; returns those behind the final dot, or null while that has not come. */
  push(chunk: Buffer): Buffer | null;
  /** The content so far without dot-stuffing; null when it was not to be kept. */
  bytes(): Buffer | null;
  /** With angle brackets; '' when there is none in the first 16 KiB. */
  messageId(): string;
}

const END = Buffer.from('\r\n.\r\n');
const SEAM = END.length - 1;
const HEAD_BYTES = 16 * 1024;

/** Reads content and keeps it, or only its head. */
export function createContentReader(keepsBytes: boolean): ContentReader {
  let kept: Buffer[] = [];
  let sizeBytes = 0;
  // The last bytes before the chunk. The line end of DATA itself counts: content may be a lone dot.
  let tail: Buffer = Buffer.from('\r\n');

  const keep = (part: Buffer) => {
    if (keepsBytes || sizeBytes < HEAD_BYTES) kept.push(part);
    sizeBytes += part.length;
  };
  const shorten = (excess: number) => {
    if (keepsBytes || sizeBytes < HEAD_BYTES) kept = [Buffer.concat(kept).subarray(0, sizeBytes - excess)];
    sizeBytes -= excess;
  };

  return {
    get sizeBytes() {
      return sizeBytes;
    },
    push(chunk) {
      const endInSeam = Buffer.concat([tail, chunk.subarray(0, SEAM)]).indexOf(END);
      const end = endInSeam === -1 ? chunk.indexOf(END) : endInSeam - tail.length;
      if (endInSeam === -1 && end === -1) {
        keep(chunk);
        tail = Buffer.concat([tail, chunk.subarray(-SEAM)]).subarray(-SEAM);
        return null;
      }
      const contentEnd = end + 2; // the line end before the dot is content; below 0 when an earlier chunk held part of the end
      if (contentEnd < 0) shorten(-contentEnd);
      else keep(chunk.subarray(0, contentEnd));
      return chunk.subarray(end + END.length);
    },
    bytes: () => (keepsBytes ? unstuff(Buffer.concat(kept)) : null),
    messageId() {
      const head = Buffer.concat(kept).toString('latin1', 0, HEAD_BYTES);
      const [headers = ''] = head.split('\r\n\r\n', 1);
      return /(?:^|\r\n)message-id:\s*(<[^>\s]*>)/i.exec(headers)?.[1] ?? '';
    },
  };
}

function unstuff(raw: Buffer): Buffer {
  if (raw[0] !== 0x2e && !raw.includes('\r\n.')) return raw;
  return Buffer.from(raw.toString('latin1').replace(/(^|\r\n)\./g, '$1'), 'latin1');
}
