import type { ContactId, CustomerId, InboundMessageId, MailboxId, OperatorId, TicketId } from '../db/ids.ts';
import type { AttachedTo, Override } from '../db/schema/mailboxes.ts';
import type { TicketStatus } from '../db/schema/tickets.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Classification } from '../mail/classify.ts';
import type { DefectId } from '../mail/parsed-message.ts';
import type { ReportOutcome } from '../notifications/report-store.ts';
import type { MuteRequest } from './mute-request.ts';

/** A contact, as a decision looks at them. */
export interface ContactMatch {
  readonly is: 'contact';
  readonly address: EmailAddress;
  /** Who they are: where two contacts are merged, the one who stands for both. */
  readonly contactId: ContactId;
  /** Whose address it is, and whose the mail is recorded as: another than `contactId` only while they are merged. */
  readonly ownerId: ContactId;
  readonly customerId: CustomerId;
  readonly isActive: boolean;
}

/** Nobody's address; `customerId` is the home a contact would get (FEATURES T-03). */
export interface UnknownMatch {
  readonly is: 'unknown';
  readonly address: EmailAddress;
  readonly customerId: CustomerId;
}

/** One of the staff. */
export interface OperatorMatch {
  readonly is: 'operator';
  readonly address: EmailAddress;
  readonly operatorId: OperatorId;
  readonly name: string;
  /** Whether their rights of today let them answer tickets. */
  readonly mayReply: boolean;
}

/** An address that From may mean, and whose it is. */
export interface Candidate {
  readonly address: EmailAddress;
  /** The person; null: it is no contact's. */
  readonly contactId: ContactId | null;
}

/** An address whose owner was erased: its keyed hash is a tombstone. `customerId` is the home a new contact would get. */
export interface ErasedMatch {
  readonly is: 'erased';
  readonly address: EmailAddress;
  readonly customerId: CustomerId;
}

/** Who the sender is to us. */
export type SenderMatch =
  | ContactMatch
  | UnknownMatch
  | OperatorMatch
  | ErasedMatch
  /** An address of the desk itself. */
  | { readonly is: 'desk'; readonly address: EmailAddress }
  | {
      readonly is: 'ambiguous';
      readonly raw: string;
      /** Whom From may mean, for a person to choose from; at most 10. None of whoever's mail an operator forwards. */
      readonly candidates: readonly Candidate[];
    }
  | { readonly is: 'nobody' };

/**
 * What ties a message to a ticket, the surest first: a token of ours that was sent to this very sender, one that was
 * sent to somebody else, a Message-ID of the ticket that somebody else made, the number in the subject.
 */
export const PROOFS = ['own_token', 'other_token', 'references', 'tag'] as const;
export type Proof = (typeof PROOFS)[number];

/** Which ticket a message names, and how. */
export interface ThreadFound {
  readonly is: Proof;
  /** Where a merge led, if there was one. */
  readonly ticketId: TicketId;
  readonly status: TicketStatus;
  /** Whole days since it was closed; null while it is not. */
  readonly closedDays: number | null;
  readonly isParticipant: boolean;
  /** Whether the sender is told of it as a member of a group or as an extra address. */
  readonly isTold: boolean;
  /** Forwards and mail under a new subject name a ticket, but do not answer it. */
  readonly isReply: boolean;
}
export type ThreadMatch = ThreadFound | { readonly is: 'none' };

/** Is the sender's domain proven? `none` says neither yes nor no. */
export const AUTHENTICATION_VERDICTS = ['pass', 'none', 'fail'] as const;
export type AuthenticationVerdict = (typeof AUTHENTICATION_VERDICTS)[number];

/** Whether it was they who wrote, and who says so. */
export interface Authenticated {
  readonly verdict: AuthenticationVerdict;
  /** The evidence, as a sentence for `why`. */
  readonly says: string;
}

/** A customer's mail that an operator forwarded. */
export interface Forwarded {
  readonly sender: SenderMatch;
  readonly subject: string;
  readonly how: 'inline' | 'attached';
}

/** A Message-ID that a message refers to. */
export interface Reference {
  /** The public id of a mail of ours, when we made that Message-ID. */
  readonly publicId: string | null;
  /** `messageIdHash` in hex. */
  readonly hash: string;
}

/** What a message says of other mail. No rule looks at it: a backtest finds by it what would have been found. */
export interface Clues {
  /** The likeliest parent first. */
  readonly refersTo: readonly Reference[];
  /** Public ids of our mail whose token stands in an address it went to. */
  readonly replyTokens: readonly string[];
  /** Numbers of tickets in the subject; of an answer to a digest the one in its words. */
  readonly tags: readonly number[];
  /** How it asks to hear less; null: it does not, or an earlier release decided. */
  readonly mute: MuteRequest | null;
  /** When the ticket that it names was closed, in ISO 8601; null while it was not. */
  readonly closedAt: string | null;
  /** What it reports of the mail of ours in `reportsOn`, and whether it says that the recipient's address is dead. */
  readonly report: { readonly outcome: ReportOutcome; readonly isDead: boolean } | null;
  /** Since when the sender's address had not been mailed, in ISO 8601, if this mail showed that it lives; null: it was. */
  readonly lifted: string | null;
  /** Whether it answers mail of ours that told of several tickets; not there: an earlier release decided. */
  readonly answersDigest?: boolean;
}

/** Everything a rule may look at. Plain data: it is stored with the decision. */
export interface Facts {
  readonly mailboxId: MailboxId;
  /** For those who look at what was decided; '' when it had none. */
  readonly subject: string;
  /** How old the message was when it was read, by the mail server's date of arrival. */
  readonly ageMinutes: number;
  readonly isHeadersOnly: boolean;
  readonly defects: readonly DefectId[];
  readonly classification: Classification;
  /** The public id of the mail of ours that it provably reports on; null: it reports on none. */
  readonly reportsOn: string | null;
  readonly sender: SenderMatch;
  /** Whose mail it was before an operator forwarded it; null when nobody of the staff did. */
  readonly forwarded: Forwarded | null;
  /** Whether an operator wrote anything beside what they quote; false when nobody of the staff wrote. */
  readonly hasAgentsWords: boolean;
  /** How it asks to hear less of what we write, by the token of such a mail or by its only words; null: it does not. */
  readonly asksToMute: 'token' | 'words' | null;
  /** Whether an operator answers mail that the desk sent them about no ticket. */
  readonly answersDesk: boolean;
  readonly thread: ThreadMatch;
  readonly authentication: Authenticated;
  /** The first delivery of the same content, when this is a later one. */
  readonly duplicateOf: InboundMessageId | null;
  /** A message of the last 24 hours that says the same under another Message-ID. */
  readonly repeatOf: InboundMessageId | null;
  /** What a person said about it after it had waited for one; null when nobody did. */
  readonly override: Override | null;
  /** How many times running their mail came right behind an automatic mail of ours. */
  readonly pingPongRounds: number;
  /** How many tickets mail of the sender has opened in this mailbox within the hour; of nobody's and of the staff's it is not counted. */
  readonly openedWithinHour: number;
  /** null: an earlier release decided, or the message could not be read. */
  readonly clues: Clues | null;
}

/**
 * A mail that a person wrote a moment ago, which answers nothing: what nobody looked at is like this. Decisions of
 * earlier releases, which looked at less, are read with it.
 */
export const PLAIN_MAIL: Omit<Facts, 'mailboxId' | 'sender' | 'authentication'> = {
  subject: '',
  ageMinutes: 0,
  isHeadersOnly: false,
  defects: [],
  classification: { kind: 'personal', signal: 'person', ref: '', answerable: true, unanswerableBecause: null },
  reportsOn: null,
  forwarded: null,
  hasAgentsWords: false,
  asksToMute: null,
  answersDesk: false,
  thread: { is: 'none' },
  duplicateOf: null,
  repeatOf: null,
  override: null,
  pingPongRounds: 0,
  openedWithinHour: 0,
  clues: null,
};

/** Who asks: the sender, or whoever wrote the mail that an operator forwarded. */
export const askerOf = ({ sender, forwarded }: Facts): SenderMatch => forwarded?.sender ?? sender;

/** The ticket in which a person put the message, whatever it says itself; null when nobody did. */
export const attachedTo = ({ override }: Facts): AttachedTo | null => override?.attachTo ?? null;
/** Whether it was a person who said which of the addresses in From wrote it. */
export const isChosen = ({ override, sender }: Pick<Facts, 'override' | 'sender'>): boolean =>
  'address' in sender && (override?.sender ?? null) === sender.address;
