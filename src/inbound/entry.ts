import type { EntryFlag, Visibility } from '../db/schema/tickets.ts';
import type { TicketEntryId, TicketId } from '../db/ids.ts';
import type { DefectId, ParsedMessage } from '../mail/parsed-message.ts';
import type { NewAttachment, NewEntry } from '../tickets/store.ts';
import type { Understood } from './understand.ts';

/** Defects after which something of the mail is missing in the ticket. */
const LOSING: ReadonlySet<DefectId> = new Set<DefectId>([
  'header_block_truncated',
  'too_many_parts',
  'too_deep',
  'decoded_size_exceeded',
  'text_truncated',
  'library_refused',
  'body_withheld',
  'headers_only',
]);

/** Characters of a subject that the desk keeps; the raw message has the rest. */
export const MAX_SUBJECT = 250;

/** The subject a ticket gets: the mail's, or words that say it had none. */
export const ticketSubject = (parsed: ParsedMessage): string =>
  parsed.subject.slice(0, MAX_SUBJECT).toWellFormed().trim() || '(no subject)';

/** The entry a mail becomes, and its attachments with their bytes. Pure. */
export function entryOf(
  { claimed, parsed }: Understood,
  place: {
    readonly id: TicketEntryId;
    readonly ticketId: TicketId;
    readonly visibility: Visibility;
    readonly author: string;
    readonly authorName: string;
  },
): { readonly entry: NewEntry; readonly attachments: readonly (NewAttachment & { readonly bytes: Uint8Array })[] } {
  const flags: EntryFlag[] = ['sender_unproven'];
  if (parsed.defects.some(({ id }) => LOSING.has(id))) flags.push('incomplete');
  if (place.visibility === 'operators_until_admitted') flags.push('not_participant');
  return {
    entry: {
      ...place,
      kind: 'mail',
      inboundId: claimed.id,
      messageId: parsed.messageId,
      text: parsed.text,
      html: parsed.html,
      flags,
      defects: parsed.defects.length === 0 ? null : parsed.defects,
    },
    attachments: parsed.attachments.map((attachment, position) => ({
      entryId: place.id,
      position,
      fileName: attachment.fileName,
      contentType: attachment.contentType,
      contentId: attachment.contentId,
      isInline: attachment.isInline,
      sizeBytes: attachment.content.byteLength,
      sha256: Buffer.from(attachment.sha256, 'hex'),
      bytes: attachment.content,
    })),
  };
}
