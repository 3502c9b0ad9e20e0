import type { ContactId, EventId, TicketId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { SignIn } from '../notifications/model.ts';

/** An acknowledgement that is owed, or the reason why it is not. */
export interface OwedAnswer {
  readonly eventId: EventId;
  /** What makes it the same mail when it is planned again. */
  readonly contentKey: Buffer;
  readonly ticketId: TicketId;
  readonly contactId: ContactId;
  readonly name: string;
  readonly address: EmailAddress;
  /** Their language or their company's; null: neither has one. */
  readonly locale: string | null;
  readonly refusal: string | null;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  readonly isLate: boolean;
}

/** A welcome that is owed to a contact whom the batch makes. */
export interface OwedWelcome {
  readonly eventId: EventId;
  readonly contactId: ContactId;
  readonly name: string;
  readonly address: EmailAddress;
  readonly locale: string | null;
  readonly signIn: SignIn;
}
