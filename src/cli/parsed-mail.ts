import type { Classification } from '../mail/classify.ts';
import { classify } from '../mail/classify.ts';
import type { ParsedMessage } from '../mail/parsed-message.ts';
import type { Sender } from '../mail/sender.ts';
import { replyText } from '../mail/reply.ts';
import { identifySender } from '../mail/sender.ts';
import type { OwnMail } from '../mail/signs.ts';
import { block, facts, line, table } from './table.ts';

/** A file may be any desk's mail: none of it is known as ours. */
const NO_DESK: OwnMail = {
  isOwnLoopMark: () => false,
  isOwnMessageId: () => false,
  isOwnAddress: () => false,
};

const MAX_SHOWN_TEXT = 2_000;

/**
 * A message as one line of JSON: `{id, subject, from, text, html?, attachments: [{name, size, sha256}], autoReply, bounce,
 * replyText, error?}`. `from` is for display; a message that could not be read has an `error` and empty fields.
 */
export function jsonLineOf(id: string, read: ParsedMessage | { readonly problem: string }): string {
  const empty = {
    id,
    subject: '',
    from: '',
    text: '',
    attachments: [],
    autoReply: false,
    bounce: false,
    replyText: '',
  };
  if ('problem' in read) return lineOfJson({ ...empty, error: read.problem });
  const sender = identifySender(read);
  const { kind } = classify(read, sender, NO_DESK);
  return lineOfJson({
    id,
    subject: read.subject,
    from: shownSender(read, sender),
    text: read.text,
    ...(read.html === null ? {} : { html: read.html }),
    attachments: read.attachments.map(({ fileName, content, sha256 }) => ({
      name: fileName,
      size: content.byteLength,
      sha256,
    })),
    autoReply: kind === 'auto_reply' || kind === 'auto_generated',
    bounce: kind === 'bounce',
    replyText: replyText(read),
  });
}

/** What a message says, for a person at a terminal. */
export function showMessage(id: string, parsed: ParsedMessage, width: number): string {
  const sender = identifySender(parsed);
  const files = table(
    parsed.attachments,
    [
      { title: 'FILE', of: ({ fileName }) => fileName },
      { title: 'TYPE', of: ({ contentType }) => contentType },
      { title: 'BYTES', of: ({ content }) => content.byteLength },
      { title: 'SHA-256', of: ({ sha256 }) => sha256.slice(0, 12) },
    ],
    width,
    'No attachments.',
  );
  const isCut = parsed.text.length > MAX_SHOWN_TEXT;
  const text = parsed.text.slice(0, MAX_SHOWN_TEXT).toWellFormed();
  return [
    line(id),
    facts([
      ['kind', kindWords(classify(parsed, sender, NO_DESK))],
      ['from', SENDER_WORDS[sender.is](parsed, sender)],
      ['subject', parsed.subject],
      ['date', parsed.date],
      ['message-id', parsed.messageId],
    ]),
    text.trim() === '' ? 'No text.' : block(`${text}${isCut ? '\n[...]' : ''}`),
    files,
    ...parsed.defects.map(({ id: defect, detail }) => line(`amiss: ${defect}: ${detail}`)),
  ].join('\n\n');
}

const kindWords = ({ kind, signal, unanswerableBecause }: Classification): string =>
  `${kind} (${signal})${unanswerableBecause === null ? '' : `: no automatic answer, ${unanswerableBecause}`}`;

const SENDER_WORDS: Readonly<Record<Sender['is'], (parsed: ParsedMessage, sender: Sender) => string>> = {
  address: (parsed, sender) => shownSender(parsed, sender),
  ambiguous: (parsed, sender) => `${shownSender(parsed, sender)} (cannot be told for certain)`,
  nobody: () => 'nobody',
};

/** The strict address; without one, what a mail program would show, which may be Reply-To's. Never an identity. */
function shownSender(parsed: ParsedMessage, sender: Sender): string {
  if (sender.is === 'address') return sender.address;
  return [...parsed.from, ...parsed.replyTo].find(({ address }) => address.includes('@'))?.address ?? '';
}

/** What JSON leaves alone but a terminal would obey is escaped too. */
const lineOfJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
