import type { Keys } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Classification } from '../mail/classify.ts';
import { classify } from '../mail/classify.ts';
import type { OwnMail } from '../mail/signs.ts';
import { messageIdHash } from '../mail/message-id.ts';
import type { ParsedMessage } from '../mail/parsed-message.ts';
import type { Sender } from '../mail/sender.ts';
import { identifySender } from '../mail/sender.ts';
import { readThreadToken } from '../tickets/thread-token.ts';
import type { ClaimedMessage } from './store.ts';

/** A message and what its bytes say of it; nothing of the desk's yet. */
export interface Understood {
  readonly claimed: ClaimedMessage;
  readonly parsed: ParsedMessage;
  readonly sender: Sender;
  readonly classification: Classification;
  readonly messageIdHash: Buffer | null;
  /** Message-IDs it refers to, the likeliest parent first. */
  readonly refersTo: readonly Reference[];
}

export interface Reference {
  /** The public id of a mail of ours, when we made that Message-ID. */
  readonly publicId: string | null;
  /** `messageIdHash` in hex. */
  readonly hash: string;
}

const MAX_REFERENCES = 20;

/** Reads a parsed message with our own marks in mind. Pure. */
export function understand(
  claimed: ClaimedMessage,
  parsed: ParsedMessage,
  keys: Keys,
  deskAddresses: ReadonlySet<EmailAddress>,
): Understood {
  const own: OwnMail = {
    isOwnLoopMark: (value) => readThreadToken(keys, value) !== null,
    isOwnMessageId: (id) => readThreadToken(keys, id) !== null,
    isOwnAddress: (address) => deskAddresses.has(address),
  };
  const sender = identifySender(parsed);
  const ids = [...new Set([...parsed.inReplyTo, ...parsed.references.toReversed()])].slice(0, MAX_REFERENCES);
  return {
    claimed,
    parsed,
    sender,
    classification: classify(parsed, sender, own),
    messageIdHash: parsed.messageId === null ? null : messageIdHash(parsed.messageId),
    refersTo: ids.map((id) => ({
      publicId: readThreadToken(keys, id)?.publicId ?? null,
      hash: messageIdHash(id).toString('hex'),
    })),
  };
}
