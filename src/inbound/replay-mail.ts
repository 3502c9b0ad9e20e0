import type { TicketId } from '../db/ids.ts';
import type { ParsedMessage } from '../mail/parsed-message.ts';
import type { Sender } from '../mail/sender.ts';
import type { Forward } from '../mail/forward.ts';
import type { StoredMail } from './backtest-store.ts';
import type { Desk } from './batch-plan.ts';
import type { Clues, Facts, OperatorMatch, SenderMatch } from './facts.ts';
import type { Understood } from './understand.ts';

/** What the bytes said of a mail, from what was kept of it: all that decides, and none of its words. */
export function understoodAgain(mail: StoredMail, clues: Clues): Understood {
  const { facts } = mail;
  const { refersTo, replyTokens, tags, mute } = clues;
  const decidedAt = new Date(mail.decidedAtUs / 1000);
  return {
    claimed: {
      id: mail.id,
      contentKey: mail.contentKey,
      rawSha256: NOTHING,
      sizeBytes: 0,
      isHeadersOnly: facts.isHeadersOnly,
      internalDate: new Date(decidedAt.getTime() - facts.ageMinutes * 60_000),
      receivedAt: mail.receivedAt,
      attempts: 1,
      waits: 0,
      released: facts.override,
    },
    parsed: { ...EMPTY, subject: facts.subject, defects: facts.defects.map((id) => ({ id, detail: '' })) },
    sender: writtenBy(facts.sender),
    classification: facts.classification,
    messageIdHash: mail.messageIdHash,
    refersTo,
    replyTokens,
    report:
      clues.report === null || facts.reportsOn === null
        ? null
        : {
            publicId: facts.reportsOn,
            outcome: clues.report.outcome,
            said: '',
            deadAddresses: clues.report.isDead ? [THE_RECIPIENT] : [],
          },
    reportUnderAlias: null,
    agentsWords: facts.sender.is === 'operator' ? (facts.hasAgentsWords ? SOME_WORDS : '') : null,
    // Earlier releases did not look for it.
    mute: mute ?? null,
    tags,
    repeatKey: mail.repeatKey ?? NOTHING,
    authentication: facts.authentication,
    original: originalOf(facts),
  };
}

/** The desk as those mails saw it: its own addresses and its staff among their senders. */
export function deskOf(mails: readonly StoredMail[], mailboxId: Desk['mailboxId']): Desk {
  const people = mails.flatMap(({ facts }) => sendersOf(facts));
  const own = new Set(people.flatMap((one) => (one.is === 'desk' ? [one.address] : [])));
  const operators = new Map(
    people
      .filter((one): one is OperatorMatch => one.is === 'operator')
      .map(({ address, operatorId, name, mayReply }) => [address, { operatorId, name, mayReply }]),
  );
  return { mailboxId, isOwnAddress: (address) => own.has(address), operators, defaultCustomerId: null };
}

/** The tickets that a mail joined or named, by itself or because a person put it there. */
export const namedTickets = ({ facts: { thread, override } }: StoredMail): readonly TicketId[] => [
  ...(thread.is === 'none' ? [] : [thread.ticketId]),
  ...[override?.attachTo?.ticketId ?? []].flat(),
];

/** The sender, and whoever wrote the mail they forward. */
export const sendersOf = ({ sender, forwarded }: Facts): readonly SenderMatch[] =>
  forwarded === null ? [sender] : [sender, forwarded.sender];

function writtenBy(sender: SenderMatch): Sender {
  if ('address' in sender) return { is: 'address', address: sender.address, name: '' };
  if (sender.is === 'nobody') return sender;
  return { ...sender, candidates: sender.candidates.map(({ address }) => address) };
}

function originalOf({ forwarded }: Facts): Forward | null {
  if (forwarded === null) return null;
  const { sender, subject, how } = forwarded;
  if (!('address' in sender)) return { is: 'ambiguous', how, raw: sender.is === 'ambiguous' ? sender.raw : '' };
  const blank = { name: '', dateText: '', messageId: null, text: '', comment: '' };
  return { is: 'original', how, from: sender.address, subject, ...blank };
}

const NOTHING = Buffer.alloc(0);
const SOME_WORDS = 'words';
/** Whoever the reported mail went to: the report says that their address is dead. */
const THE_RECIPIENT = 'the recipient';
const EMPTY: ParsedMessage = {
  headers: [],
  messageId: null,
  inReplyTo: [],
  references: [],
  subject: '',
  date: null,
  from: [],
  replyTo: [],
  to: [],
  cc: [],
  text: '',
  html: null,
  attachments: [],
  deliveryStatus: [],
  defects: [],
};
