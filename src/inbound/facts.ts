import type { ContactId, CustomerId, InboundMessageId, MailboxId, TicketId } from '../db/ids.ts';
import type { TicketStatus } from '../db/schema/tickets.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Classification } from '../mail/classify.ts';
import type { DefectId } from '../mail/parsed-message.ts';

/** Who the sender is to us. */
export type SenderMatch =
  | {
      readonly is: 'contact';
      readonly address: EmailAddress;
      readonly contactId: ContactId;
      readonly customerId: CustomerId;
      readonly isActive: boolean;
    }
  /** Nobody's address; `customerId` is the home a contact would get (FEATURES T-03). */
  | { readonly is: 'unknown'; readonly address: EmailAddress; readonly customerId: CustomerId }
  /** An address whose owner was erased: its keyed hash is a tombstone. */
  | { readonly is: 'erased'; readonly address: EmailAddress }
  /** An address of the desk itself. */
  | { readonly is: 'desk'; readonly address: EmailAddress }
  | { readonly is: 'ambiguous'; readonly raw: string }
  | { readonly is: 'nobody' };

/** Which ticket a message answers, and how we know. */
export type ThreadMatch =
  | {
      /** `token`: a Message-ID that we made; `references`: a Message-ID of the ticket that somebody else made. */
      readonly is: 'token' | 'references';
      readonly ticketId: TicketId;
      readonly status: TicketStatus;
      /** Whole days since it was closed; null while it is not. */
      readonly closedDays: number | null;
      readonly isParticipant: boolean;
    }
  | { readonly is: 'none' };

/** DMARC's question: is the sender's domain proven? `none` says neither yes nor no. */
export type Authentication = 'pass' | 'none' | 'fail';

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
  readonly sender: SenderMatch;
  readonly thread: ThreadMatch;
  readonly authentication: Authentication;
  /** The first delivery of the same content, when this is a later one. */
  readonly duplicateOf: InboundMessageId | null;
}
