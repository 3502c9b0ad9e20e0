import type { EmailAddress } from './address.ts';
import { headerBlockAt, mailboxOf } from './forward-block.ts';
import type { HeaderBlock } from './forward-block.ts';
import { beginsForward, dividesText, endsForward } from './forward-marks.ts';
import type { BlockField } from './forward-words.ts';
import { firstHeader } from './headers.ts';
import { htmlToText } from './html-text.ts';
import { parseMessageIds } from './message-id.ts';
import type { ParsedAttachment, ParsedMessage } from './parsed-message.ts';
import { identifySender } from './sender.ts';
import { isForwardSubject, isReplySubject } from './subject.ts';

/** The message that a person passed on. */
export interface ForwardedOriginal {
  readonly is: 'original';
  readonly how: 'inline' | 'attached';
  /** As the forward says it: whoever passed it on vouches for it, nothing proves it. */
  readonly from: EmailAddress;
  readonly name: string;
  readonly subject: string;
  /** In the words of the program that forwarded it. */
  readonly dateText: string;
  readonly messageId: string | null;
  readonly text: string;
  /** What the forwarder wrote. */
  readonly comment: string;
}

/** Either that, or a forward that does not name exactly one writer by a strict address. */
export type Forward =
  ForwardedOriginal | { readonly is: 'ambiguous'; readonly how: 'inline' | 'attached'; readonly raw: string };

/** How far down a forward may begin: a comment is short. */
const MAX_SEARCHED_LINES = 5_000;
/** Header blocks that were none. */
const MAX_TRIES = 100;
/** How far behind its mark a header block is read. */
const MAX_MARKED_LINES = 100;
const MAX_HTML_LENGTH = 2 * 1024 * 1024;
const MAX_RAW_LENGTH = 998;

/**
 * The message that a mail passes on, by the outermost forward in it: in its text as the usual clients write it, or the
 * one message attached to it. An answer passes nothing on, whatever it quotes.
 *
 * @param attached what `forwardedAttachment` found, parsed; null when it found nothing
 */
export function originalOf(parsed: ParsedMessage, attached: ParsedMessage | null = null): Forward | null {
  if (isReplySubject(parsed.subject)) return null;
  const isForward = isForwardSubject(parsed.subject);
  const fromHtml = () => (parsed.html === null ? null : htmlToText(parsed.html.slice(0, MAX_HTML_LENGTH)));
  return (
    inlineForward(parsed.text, isForward) ??
    inlineForward(fromHtml() ?? '', isForward) ??
    (attached === null ? null : attachedForward(parsed, attached))
  );
}

/** The one message attached to a mail that is no answer and no report: to be parsed, and given to `originalOf`. */
export function forwardedAttachment(parsed: ParsedMessage): ParsedAttachment | null {
  const isReport = /^\s*multipart\/report\b/i.test(firstHeader(parsed.headers, 'content-type') ?? '');
  if (isReport || isReplySubject(parsed.subject)) return null;
  const [message, ...others] = parsed.attachments.filter(({ contentType }) => MESSAGE_TYPES.has(contentType));
  return message === undefined || others.length > 0 ? null : message;
}

const MESSAGE_TYPES: ReadonlySet<string> = new Set(['message/rfc822', 'message/global']);

function attachedForward(parsed: ParsedMessage, attached: ParsedMessage): Forward {
  const sender = identifySender(attached);
  if (sender.is !== 'address') {
    return { is: 'ambiguous', how: 'attached', raw: sender.is === 'ambiguous' ? sender.raw : '' };
  }
  return {
    is: 'original',
    how: 'attached',
    from: sender.address,
    name: sender.name,
    subject: attached.subject,
    dateText: firstHeader(attached.headers, 'date') ?? '',
    messageId: attached.messageId,
    text: attached.text,
    comment: parsed.text.trim(),
  };
}

/** A header block behind a line that says "forwarded message"; behind a forward's subject any header block will do. */
function inlineForward(text: string, hasForwardSubject: boolean): Forward | null {
  const lines = text.split(/\r?\n/);
  let tries = 0;
  for (let at = 0; at < Math.min(lines.length, MAX_SEARCHED_LINES) && tries < MAX_TRIES; at += 1) {
    const isMarked = beginsForward(lines[at] ?? '');
    if (!isMarked && !hasForwardSubject) continue;
    const block = isMarked ? markedBlock(lines.slice(at + 1, at + 1 + MAX_MARKED_LINES)) : headerBlockAt(lines, at);
    if (block === null) continue;
    tries += 1;
    if (!isWhole(block, isMarked ? 2 : 3)) continue;
    const { behind, rest } = unquoted(lines.slice(isMarked ? at + 1 : at));
    // The block was counted from where it began, so its end is that of the lines behind the mark.
    const body = behind.slice(isMarked ? block.end : block.end - at);
    return forwardOf(block, body, [...lines.slice(0, at), ...rest]);
  }
  return null;
}

function markedBlock(lines: readonly string[]): HeaderBlock | null {
  const { behind } = unquoted(lines);
  const start = behind.findIndex((line) => line.trim() !== '' && !dividesText(line));
  return headerBlockAt(behind, start) ?? attributionAt(behind, start);
}

function isWhole(block: HeaderBlock, least: number): boolean {
  return (
    block.hasTwoFrom ||
    (block.fields.has('from') && MAIN_FIELDS.filter((name) => block.fields.has(name)).length >= least)
  );
}

const MAIN_FIELDS: readonly BlockField[] = ['from', 'date', 'to', 'subject'];

/** Apple Mail quotes what it forwards as plain text: then without its marks, and what follows is the forwarder's. */
function unquoted(lines: readonly string[]): { readonly behind: readonly string[]; readonly rest: readonly string[] } {
  const first = lines.find((line) => line.trim() !== '') ?? '';
  if (!first.startsWith('>')) return { behind: lines, rest: [] };
  const end = lines.findIndex((line) => line.trim() !== '' && !line.startsWith('>'));
  const quoted = end === -1 ? lines : lines.slice(0, end);
  return { behind: quoted.map((line) => line.replace(/^> ?/, '')), rest: end === -1 ? [] : lines.slice(end) };
}

/** Yandex writes one line instead of a block: `12.11.2026, 13:41, "Ana Bell" <ana@desk.example>:`. */
function attributionAt(lines: readonly string[], start: number): HeaderBlock | null {
  const match = ATTRIBUTION.exec((lines[start] ?? '').trim().slice(0, MAX_RAW_LENGTH));
  if (match === null) return null;
  const [, date = '', from = ''] = match;
  return {
    fields: new Map([
      ['date', date],
      ['from', from],
    ]),
    hasTwoFrom: false,
    end: start + 1,
  };
}

const ATTRIBUTION = /^(\d[^"<>@]{5,60}), ((?:"[^"]{0,200}" ?)?<[^<>\s]{3,254}>):$/u;

function forwardOf(block: HeaderBlock, body: readonly string[], above: readonly string[]): Forward {
  const from = block.fields.get('from') ?? '';
  const mailbox = block.hasTwoFrom ? null : mailboxOf(from);
  if (mailbox === null) return { is: 'ambiguous', how: 'inline', raw: from.slice(0, MAX_RAW_LENGTH).toWellFormed() };
  const end = body.findIndex(endsForward);
  return {
    is: 'original',
    how: 'inline',
    from: mailbox.address,
    name: mailbox.name,
    subject: withoutSemicolon(block.fields.get('subject')),
    dateText: withoutSemicolon(block.fields.get('date')),
    messageId: parseMessageIds(block.fields.get('message_id') ?? '', 1)[0] ?? null,
    text: (end === -1 ? body : body.slice(0, end)).join('\n').trim(),
    comment: commentIn(above),
  };
}

/** QQ Mail ends the lines of its header block with semicolons. */
function withoutSemicolon(value = ''): string {
  return value.slice(0, MAX_RAW_LENGTH).replace(/;$/, '').trim();
}

/** Without the line that divides it from the forward. */
function commentIn(above: readonly string[]): string {
  const last = above.findLastIndex((line) => line.trim() !== '' && !dividesText(line));
  return above
    .slice(0, last + 1)
    .join('\n')
    .trim();
}
