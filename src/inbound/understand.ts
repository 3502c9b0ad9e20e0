import type { Keys } from '../lib/crypto.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Classification } from '../mail/classify.ts';
import { classify } from '../mail/classify.ts';
import type { OwnMail } from '../mail/signs.ts';
import { messageIdHash } from '../mail/message-id.ts';
import type { Forward } from '../mail/forward.ts';
import { replyTokens } from '../mail/recipients.ts';
import type { ParsedMessage } from '../mail/parsed-message.ts';
import type { Sender } from '../mail/sender.ts';
import type { NotificationKind } from '../notifications/views.ts';
import type { ReportOnMail } from '../notifications/report-store.ts';
import { repeatKey } from '../mail/repeat-key.ts';
import { writtenAnew } from '../mail/reply.ts';
import { ticketTags, writtenNumbers } from '../mail/subject.ts';
import { readReplyToken, readThreadToken } from '../tickets/thread-token.ts';
import type { Authenticated, OperatorMatch, Reference } from './facts.ts';
import type { ReportUnderAlias } from './mail-report.ts';
import { readReport } from './mail-report.ts';
import type { MuteRequest } from './mute-request.ts';
import { readMuteRequest } from './mute-request.ts';
import { WORDS_ALONE } from './policy.ts';
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
  /** Public ids of our mail whose token stands in an address it went to: `support+TOKEN@`. */
  readonly replyTokens: readonly string[];
  /** What it says about a mail of ours; null unless it is a report on one. */
  readonly report: ReportOnMail | null;
  /** What it says about a mail that may have gone out under another Message-ID than ours; null unless it may be such a report. */
  readonly reportUnderAlias: ReportUnderAlias | null;
  /** What an operator wrote anew; null when it is not from one. */
  readonly agentsWords: string | null;
  /** How it asks to hear less; null: it does not. */
  readonly mute: MuteRequest | null;
  /** Numbers of tickets in the subject; of an answer to a digest, which is about several, the one that its words name. */
  readonly tags: readonly number[];
  /** Says the same as another message with this key. */
  readonly repeatKey: Buffer;
  readonly authentication: Authenticated;
  /** The mail that an operator forwards with it; null when it is not from an operator, or forwards nothing. */
  readonly original: Forward | null;
}

const MAX_REFERENCES = 20;

/** What reading a message needs to know of the desk. */
export interface DeskPeople {
  readonly isOwnAddress: (address: EmailAddress) => boolean;
  readonly operators: ReadonlyMap<EmailAddress, StaffMember>;
}

/** One of the staff, with their rights of today. */
export type StaffMember = Pick<OperatorMatch, 'operatorId' | 'name' | 'mayReply'>;

/** Reads a parsed message with our own marks in mind. Pure. */
export function understand(
  claimed: ClaimedMessage,
  parsed: ParsedMessage,
  sender: Sender,
  keys: Keys,
  desk: DeskPeople,
  authentication: Authenticated,
  original: Forward | null,
): Understood {
  const own: OwnMail = {
    isOwnLoopMark: (value) => readThreadToken(keys, value) !== null,
    isOwnMessageId: (id) => readThreadToken(keys, id) !== null,
    isOwnAddress: desk.isOwnAddress,
  };
  const classification = classify(parsed, sender, own);
  const ids = [...new Set([...parsed.inReplyTo, ...parsed.references.toReversed()])].slice(0, MAX_REFERENCES);
  const tokens = replyTokens(parsed).flatMap(({ token }) => readReplyToken(keys, token) ?? []);
  const report = readReport(classification.kind, parsed, keys);
  // Without a mark of ours the mail itself has to be a report beyond doubt.
  const isDoubtful = authentication.verdict === 'fail' || WORDS_ALONE.has(classification.signal);
  return {
    claimed,
    parsed,
    sender,
    classification,
    mute: readMuteRequest(parsed, classification.kind, ids.length + tokens.length > 0, keys),
    agentsWords: sender.is === 'address' && desk.operators.has(sender.address) ? writtenAnew(parsed) : null,
    report: report !== null && 'publicId' in report ? report : null,
    reportUnderAlias: report !== null && 'hashes' in report && !isDoubtful ? report : null,
    messageIdHash: parsed.messageId === null ? null : messageIdHash(parsed.messageId),
    refersTo: ids.map((id) => ({
      publicId: readThreadToken(keys, id)?.publicId ?? null,
      hash: messageIdHash(id).toString('hex'),
    })),
    replyTokens: tokens,
    tags: tagsOf(parsed, keys, ids),
    repeatKey: repeatKey(parsed, sender),
    authentication,
    original,
  };
}

/** What is written anew counts before what is quoted. More than one number is none: the answer may be about any of them. */
function tagsOf(parsed: ParsedMessage, keys: Keys, ids: readonly string[]): readonly number[] {
  const tags = ticketTags(parsed.subject);
  if (tags.length > 0 || !ids.some((id) => readThreadToken(keys, id)?.kind === DIGEST)) return tags;
  const anew = writtenNumbers(writtenAnew(parsed));
  const named = anew.length > 0 ? anew : writtenNumbers(parsed.text);
  return named.length === 1 ? named : [];
}

/** Of those to customers: what an operator writes to one of their own goes to nobody by a number in its text. */
const DIGEST = 'digest' satisfies NotificationKind;
