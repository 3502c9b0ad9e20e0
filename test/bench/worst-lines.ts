import { classify } from '../../src/mail/classify.ts';
import { contentKey } from '../../src/mail/content-key.ts';
import { originalOf } from '../../src/mail/forward.ts';
import { parseAuthenticationResults } from '../../src/mail/authentication-results.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import type { ParsedMessage } from '../../src/mail/parsed-message.ts';
import { foldReply } from '../../src/mail/reply.ts';
import { reportRecipients } from '../../src/mail/report.ts';
import { sanitiseHtml } from '../../src/mail/sanitise-html.ts';
import { identifySender } from '../../src/mail/sender.ts';
import { baseSubject, ticketTags } from '../../src/mail/subject.ts';

const BYTES = 1024 * 1024;

/** What a bad pattern chokes on, a megabyte of each. */
const WORST: readonly string[] = [
  ...[
    '-',
    '>',
    '> ',
    '<',
    '<a ',
    '&',
    '=',
    '=?',
    '=?utf-8?B?',
    '(',
    '((a)',
    '"',
    ',',
    ';',
    '; a=',
    '@',
    'a@',
    '[#',
    ' ',
    '\t',
  ],
  ...[
    '\r\n',
    '\r',
    'a\r\n',
    '>\r\n',
    '--\r\n',
    'On \r\n',
    'From: a\r\n',
    '550 5.1.1 a\r\n',
    'begin 644 a\r\n',
    '<b>',
    '<div>',
  ],
];

const NOBODY = { isOwnLoopMark: () => false, isOwnMessageId: () => false, isOwnAddress: () => false };

/** Whatever reads a mail, each with the line where it hurts most. */
const READERS: Readonly<Record<string, (line: string, parsed: ParsedMessage) => unknown>> = {
  'parse, as a body': (line) => parseMessage(Buffer.from(`From: a@b.example\r\n\r\n${line}`)),
  'parse, as HTML': (line) => parseMessage(Buffer.from(`From: a@b.example\r\nContent-Type: text/html\r\n\r\n${line}`)),
  'parse, as a subject': (line) => parseMessage(Buffer.from(`From: a@b.example\r\nSubject: ${line}\r\n\r\n.`)),
  'parse, as a sender': (line) => parseMessage(Buffer.from(`From: ${line}\r\n\r\n.`)),
  'content key': (line) => contentKey(Buffer.from(`From: a@b.example\r\nDate: x\r\n\r\n${line}`)),
  'kind of mail': (_, parsed) => classify(parsed, identifySender(parsed), NOBODY),
  report: (_, parsed) => reportRecipients(parsed),
  forward: (_, parsed) => originalOf({ ...parsed, subject: 'Fwd: x' }),
  'reply folding': (line, parsed) => foldReply({ ...parsed, html: line }),
  'HTML made harmless': (line) => sanitiseHtml(line),
  subject: (line) => [baseSubject(line), ticketTags(line)],
  'Authentication-Results': (line) => parseAuthenticationResults(line),
};

/** The longest time that each reader took with any of the worst lines, in milliseconds. */
export async function measureWorstLines(signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const worst = new Map<string, number>();
  for (const piece of WORST) {
    const line = piece.repeat(Math.ceil(BYTES / piece.length)).slice(0, BYTES);
    const parsed = await parseMessage(Buffer.from(`From: a@b.example\r\nSubject: Re: x\r\n\r\n${line}`));
    for (const [name, read] of Object.entries(READERS)) {
      signal.throwIfAborted();
      const began = performance.now();
      await read(line, parsed);
      worst.set(name, Math.max(worst.get(name) ?? 0, performance.now() - began));
    }
  }
  return worst;
}
