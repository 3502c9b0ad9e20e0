import { createHash } from 'node:crypto';
import type { Attachment, ParsedMail } from 'mailparser';
import type { Defect } from './parsed-message.ts';
import { decodeTnef, isTnef } from './tnef.ts';
import { decodeUuencoded, takeUuencoded } from './uuencode.ts';

const UUENCODED = /^(?:x-)?uu(?:e|encode|encoded)?$/i;

/**
 * The mail with the files that lie within others: uuencoded in its text, or in an Outlook container, which stays an
 * attachment too. A container also gives the text where there is none.
 */
export function unpackFiles(mail: ParsedMail, defects: Defect[]): ParsedMail {
  const attachments = mail.attachments.map(decodeTransfer);
  const { text, files } = takeUuencoded(mail.text ?? '');
  if (files.some(({ isWhole }) => !isWhole)) {
    defects.push({ id: 'uuencoded_incomplete', detail: 'a file in the text has no end: kept as far as it goes' });
  }
  const containers = attachments.filter(({ contentType, filename, content }) => isTnef(contentType, filename, content));
  if (files.length === 0 && containers.length === 0) return { ...mail, attachments };
  const unpacked = containers.map(({ content }) => decodeTnef(content));
  for (const { problem } of unpacked) if (problem !== null) defects.push({ id: 'tnef_unreadable', detail: problem });
  const hasText = text.trim() !== '' || typeof mail.html === 'string';
  const body = unpacked.find((container) => container.text !== '' || container.html !== '');
  return {
    ...mail,
    ...(mail.text === undefined ? {} : { text }),
    ...(hasText || body === undefined ? {} : { text: body.text, ...(body.html === '' ? {} : { html: body.html }) }),
    attachments: [
      ...attachments,
      ...files.map(({ name, content }) => attachmentOf(name, 'application/octet-stream', content, '')),
      ...unpacked.flatMap((container) =>
        container.files.map(({ name, type, content, contentId }) => attachmentOf(name, type, content, contentId)),
      ),
    ],
  };
}

/** The library decodes the transfer encodings of MIME; this one is older. */
function decodeTransfer(attachment: Attachment): Attachment {
  const encoding = attachment.headers.get('content-transfer-encoding');
  if (typeof encoding !== 'string' || !UUENCODED.test(encoding.trim())) return attachment;
  const content = decodeUuencoded(attachment.content.toString('latin1'));
  return { ...attachment, ...withContent(content) };
}

function attachmentOf(filename: string, contentType: string, content: Buffer, cid: string): Attachment {
  return {
    type: 'attachment',
    contentType: contentType === '' ? 'application/octet-stream' : contentType,
    partId: null,
    filename,
    ...(cid === '' ? {} : { cid, related: true }),
    headers: new Map(),
    release: null,
    ...withContent(content),
  };
}

const withContent = (content: Buffer): Pick<Attachment, 'content' | 'size' | 'checksum'> => ({
  content,
  size: content.length,
  checksum: createHash('sha256').update(content).digest('hex'),
});
