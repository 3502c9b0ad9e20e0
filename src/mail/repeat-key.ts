import { sha256 } from '../lib/crypto.ts';
import type { ParsedMessage } from './parsed-message.ts';
import type { Sender } from './sender.ts';
import { baseSubject } from './subject.ts';

/**
 * What a message says, whatever its Message-ID, Date and boundaries: two messages of one sender with the same key were
 * most likely sent twice by a program that did not trust the first time (FEATURES B-08). 32 bytes.
 */
export function repeatKey(parsed: ParsedMessage, sender: Sender): Buffer {
  const from = sender.is === 'address' ? sender.address : '';
  const files = parsed.attachments.map((attachment) => attachment.sha256).join(' ');
  return sha256(Buffer.from([VERSION, from, baseSubject(parsed.subject), files, parsed.text.trim()].join('\n')));
}

const VERSION = 'repeat-v1';
