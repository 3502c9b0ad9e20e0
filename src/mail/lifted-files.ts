import { hash, randomBytes } from 'node:crypto';
import type { Attachment, ParsedMail } from 'mailparser';
import { decodePlainBase64 } from './base64-lines.ts';
import { nameOf } from './headers.ts';
import type { Edit, Part } from './part-scan.ts';

/**
 * Large files whose Base64 is plain. The library reads a file line by line, which takes half of the time that all mail
 * takes it; so it is given a mark in the place of each, and the file is decoded in one go and put where the mark came out.
 */
export interface LiftedFiles {
  /** What puts the marks there; none where nothing was lifted. */
  readonly edits: readonly Edit[];
  /** What each file holds, by its mark as the library decodes it. */
  readonly contents: ReadonlyMap<string, Buffer>;
}

/** Below, the library is as fast. */
const MIN_BYTES = 8 * 1024;
const MARK_BYTES = 24;

/** Texts, messages and multiparts are for the library, and so is whatever is not plain Base64 to its last byte. */
export function liftFiles(bytes: Buffer, parts: readonly Part[]): LiftedFiles {
  const edits: Edit[] = [];
  const contents = new Map<string, Buffer>();
  for (const part of parts) {
    const { bodyStart: start, bodyEnd: end } = part;
    if (end - start < MIN_BYTES || part.isMultipart || !isFileType(part.type) || !isSaidBase64(bytes, part)) continue;
    const content = decodePlainBase64(bytes.subarray(start, end));
    if (content === null) continue;
    // Nobody who writes a mail can know it.
    const mark = randomBytes(MARK_BYTES);
    contents.set(mark.toString('latin1'), content);
    edits.push({ start, end, pieces: [Buffer.from(mark.toString('base64'), 'latin1')] });
  }
  return { edits, contents };
}

/** The mail with its files in the place of their marks; null when one of the marks did not come out as a file. */
export function withFiles(mail: ParsedMail, { contents }: LiftedFiles): ParsedMail | null {
  if (contents.size === 0) return mail;
  const missing = new Map(contents);
  const attachments = mail.attachments.map((attachment) => {
    if (attachment.content.length !== MARK_BYTES) return attachment;
    const mark = attachment.content.toString('latin1');
    const content = missing.get(mark);
    missing.delete(mark);
    return content === undefined ? attachment : withContent(attachment, content);
  });
  return missing.size === 0 ? { ...mail, attachments } : null;
}

const withContent = (attachment: Attachment, content: Buffer): Attachment => ({
  ...attachment,
  content,
  size: content.length,
  checksum: hash('sha256', content, 'hex'),
});

const isFileType = (type: string): boolean => /^(?:application|image|audio|video|font)\//.test(type);

/** Exactly so, and once: anything else is for the library to make sense of. */
function isSaidBase64(bytes: Buffer, { header }: Part): boolean {
  const said = header.fields.filter((field) => nameOf(bytes, field) === 'content-transfer-encoding');
  const [only] = said;
  if (only === undefined || said.length > 1) return false;
  return (
    bytes
      .toString('latin1', only.colon + 1, only.end)
      .trim()
      .toLowerCase() === 'base64'
  );
}
