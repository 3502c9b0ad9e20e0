import type { ParsedAttachment, ParsedMessage } from './parsed-message.ts';

/** How much of a returned message, and of a report's text, is searched. */
export const MAX_SEARCHED_BYTES = 64 * 1024;

/** The parts of a report that hold the message it is about, or its header. */
export function returnedParts(parsed: ParsedMessage): readonly ParsedAttachment[] {
  return parsed.attachments.filter(({ contentType }) => RETURNED_TYPES.has(contentType));
}

const RETURNED_TYPES: ReadonlySet<string> = new Set([
  'message/rfc822',
  'message/rfc822-headers',
  'message/global',
  'message/global-headers',
  'text/rfc822-headers',
  'text/rfc822',
]);

/** The beginning of a part, or all of a short one. */
export function beginningOf({ content }: ParsedAttachment): Buffer {
  return Buffer.from(content.buffer, content.byteOffset, Math.min(content.byteLength, MAX_SEARCHED_BYTES));
}

/** What a report says before it quotes the header of the message it is about; all of it when it quotes none. */
export function textBeforeReturned(text: string): string {
  const searched = text.slice(0, MAX_SEARCHED_BYTES);
  const quoted = QUOTED_HEADER.exec(searched);
  return quoted === null ? searched : searched.slice(0, quoted.index);
}

/** Whether a text quotes the header of a message, with fields that no person writes. */
export function quotesHeader(text: string): boolean {
  return QUOTED_HEADER.test(text.slice(0, MAX_SEARCHED_BYTES));
}

const QUOTED_HEADER =
  /^[>| \t]{0,8}(?:received|x-received|return-path|delivered-to|message-id|mime-version|dkim-signature|envelope-to): ?\S/im;
