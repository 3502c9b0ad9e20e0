import { foldReply } from '../mail/reply.ts';
import { signatureStart } from '../mail/reply-signature.ts';

/** Fewer letters and digits than these are no signature by which to know somebody. */
const MIN_LENGTH = 20;
const MIN_LINES = 2;
const MAX_LENGTH = 1_000;

/**
 * The signature under a mail as it is compared with another: its lines in lower case with single spaces. What telephones
 * and mail programs add by themselves is no line of it.
 *
 * @returns '' where there is none, or too little of it
 */
export function foldSignature(text: string, subject: string): string {
  const { folded } = foldReply({ text, html: null, subject });
  const span = folded.findLast(({ why }) => why === 'signature');
  if (span === undefined) return '';
  const lines = text
    .slice(span.start, Math.min(span.end, span.start + MAX_LENGTH))
    .split('\n')
    .map((raw) => raw.replace(/\s+/g, ' ').trim())
    .filter((line) => /[\p{L}\p{N}]/u.test(line) && !isMachines(line))
    .map((line) => line.toLowerCase());
  return lines.length < MIN_LINES || lines.join('').length < MIN_LENGTH ? '' : lines.join('\n');
}

const isMachines = (line: string): boolean =>
  signatureStart({ start: 0, end: line.length, text: line, quote: null }, line) === 'sent_from';
