import type { ContactId, InboundMessageId, TicketId } from '../db/ids.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { Terms } from './terms.ts';

/** Whom to erase, and where they are found. */
export interface Erasure {
  /** Their row, and those merged into it. */
  readonly ids: readonly ContactId[];
  /** All they have, and those they once had that are nobody's now. */
  readonly addresses: readonly EmailAddress[];
  readonly terms: Terms;
  /** Mail they wrote, whatever became of it. */
  readonly messageIds: readonly InboundMessageId[];
  /** Tickets they ask in, take part in, are told of, or wrote to. */
  readonly ticketIds: readonly TicketId[];
}

/** How much there is of a person. */
export interface ErasureCounts {
  readonly tickets: number;
  readonly entries: number;
  readonly attachments: number;
  /** Mail of theirs as it came. */
  readonly messages: number;
  /** Of these, how many wait for a person. */
  readonly heldMessages: number;
  readonly mails: number;
  /** Of these, how many have not been sent yet. */
  readonly pendingMails: number;
  readonly groups: number;
  readonly settings: number;
}

/** What is shown in the place of a text that was erased. */
export const ERASED_TEXT = '(The text was erased together with the contact who wrote it.)';

/** What is shown in the place of a subject they wrote. */
export const ERASED_SUBJECT = '(erased)';

/** What a mail of theirs is from then on: whoever counts messages still finds its bytes. */
export const ERASED_MAIL = Buffer.from('This mail was erased together with the contact who wrote it.\r\n', 'utf8');
