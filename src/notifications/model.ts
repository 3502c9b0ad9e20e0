import type { ContactId, EventId, MailboxId, TicketId } from '../db/ids.ts';
import type { Credential } from '../db/schema/notifications.ts';
import type { AudienceRole } from '../events/audience.ts';
import type { EventKind } from '../events/catalogue.ts';
import type { EmailAddress } from '../mail/address.ts';
import type { ToggleId } from '../settings/toggles.ts';
import type { MailView, NotificationKind } from './views.ts';

/** A committed event with all that its mail needs to say. */
export interface TellableEvent {
  readonly id: EventId;
  readonly kind: EventKind;
  /** What makes its mail the same mail when it is planned again: a mail's content key, else the event's id. */
  readonly key: Uint8Array;
  readonly mailbox: {
    readonly id: MailboxId;
    readonly address: EmailAddress;
    readonly displayName: string;
    readonly replyDomain: string;
  };
  /** null: it is about a person, not about a ticket. */
  readonly ticket: {
    readonly id: TicketId;
    readonly number: number;
    readonly subject: string;
    /** Whose it is, as people read it; null: nobody's we know. */
    readonly requester: string | null;
    /** For the staff alone: where they write from, and of which customer they are. */
    readonly requesterAddress?: EmailAddress | null;
    readonly customer?: string | null;
  } | null;
  readonly entry: { readonly authorName: string; readonly text: string; readonly at: Date } | null;
  /** What else its mail says; null: nothing. */
  readonly detail: EventDetail | null;
  /** In which its mail tells times: an IANA name. */
  readonly timeZone: string;
  /** Comes out of a backlog: others go first. */
  readonly isLate: boolean;
}

/** What some events alone have: their payload, with the names that go with its numbers. */
export type EventDetail =
  | { readonly is: 'assigned'; readonly by: string; readonly team: string | null }
  | { readonly is: 'late'; readonly sentAt: Date }
  | { readonly is: 'held'; readonly waiting: number; readonly oldestAt: Date }
  | { readonly is: 'flood'; readonly sender: string; readonly limit: number; readonly messageId: number }
  | { readonly is: 'breaker'; readonly toggle: string; readonly limit: number }
  | { readonly is: 'mailbox'; readonly address: EmailAddress; readonly problem: string; readonly since: Date }
  | {
      readonly is: 'mail';
      readonly id: number;
      readonly to: string;
      readonly subject: string | null;
      readonly number: number | null;
      readonly said: string;
      readonly since: Date;
    };

/** Somebody who may have to be told. */
export interface AudienceMember {
  readonly role: AudienceRole;
  /** Why they: a sentence. */
  readonly because: string;
  /** null: an address of nobody we know, or one of the staff. */
  readonly contactId: ContactId | null;
  /** Of the staff: who they are as a contact, if they are one. Nobody is told as two. */
  readonly personId?: ContactId | null;
  readonly name: string;
  readonly address: EmailAddress;
  /** The language of their mail, such as de or en-GB. */
  readonly locale: string;
  /** Why they must not be told after all, as a sentence; null: nothing is against it. */
  readonly refusal: string | null;
  /** The Message-ID their mail answers, and those they have seen before it, oldest first. */
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
}

/** The toggle that kept a mail back. */
export interface LimitedBy {
  readonly toggle: ToggleId;
  /** What it was. */
  readonly value: string;
  /** What would have been enough for this mail. */
  readonly enough: string;
}

/** What a mail to a contact about themselves brings to sign in with. */
export interface SignIn {
  readonly userName: string;
  /** null: nothing. */
  readonly credential: Credential | null;
  /** Why it brings nothing although it was to, as a sentence; null: it does, or was not to. */
  readonly whyNot: string | null;
}

/** One message owed to one recipient, or the reason why it is not. */
export interface PlannedNotification {
  readonly kind: NotificationKind;
  readonly eventId: EventId;
  readonly eventKey: Uint8Array;
  readonly mailboxId: MailboxId;
  readonly replyDomain: string;
  readonly ticketId: TicketId | null;
  readonly contactId: ContactId | null;
  readonly recipient: EmailAddress;
  readonly recipientName: string;
  readonly because: string;
  /** The language it is to be written in, as far as there are templates. */
  readonly locale: string;
  /** null: it is to be sent. */
  readonly refusal: string | null;
  /** Where a toggle alone is against it, or against what it brings: one of the rule's, or a budget. */
  readonly limitedBy: LimitedBy | null;
  /** 0 a person's words, 1 automatic and fresh, 2 automatic and late. */
  readonly lane: 0 | 1 | 2;
  readonly isAutomatic: boolean;
  readonly view: MailView;
  /** What is put into the view when it is sent; null: nothing. */
  readonly credential: Credential | null;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
}
