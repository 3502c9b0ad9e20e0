declare const brand: unique symbol;

/** A row's number that cannot be mistaken for another table's. */
type Id<Name extends string> = number & { readonly [brand]: Name };

export type AttachmentId = Id<'attachment'>;
export type ContactId = Id<'contact'>;
export type CustomerId = Id<'customer'>;
export type EventId = Id<'event'>;
export type FolderId = Id<'folder'>;
export type GroupId = Id<'group'>;
export type InboundMessageId = Id<'inbound_message'>;
export type MailboxId = Id<'mailbox'>;
export type MergeId = Id<'merge'>;
export type NotificationId = Id<'notification'>;
export type OperatorId = Id<'operator'>;
export type TeamId = Id<'team'>;
export type TicketEntryId = Id<'ticket_entry'>;
export type TicketId = Id<'ticket'>;
export type TokenId = Id<'token'>;
