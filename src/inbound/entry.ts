import type { EntryFlag, EntryKind, Visibility } from '../db/schema/tickets.ts';
import type { TicketEntryId, TicketId } from '../db/ids.ts';
import type { DefectId, DisplayAddress, ParsedMessage } from '../mail/parsed-message.ts';
import type { NewAttachment, NewEntry } from '../tickets/store.ts';
import type { Facts } from './facts.ts';
import { isChosen } from './facts.ts';
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
  'tnef_unreadable',
  'uuencoded_incomplete',
  'headers_only',
]);

/** Characters of a subject that the desk keeps; the raw message has the rest. */
const MAX_SUBJECT = 250;

/** A subject as it is kept with what was decided. */
export const cutSubject = (subject: string): string => subject.slice(0, MAX_SUBJECT).toWellFormed();

/** The subject a ticket gets: the mail's, or words that say it had none. */
export const ticketSubject = (subject: string): string => cutSubject(subject).trim() || '(no subject)';

/** What of a mail is not in the ticket and why, as a note for operators; null when all of it is there. */
export function withheldWords({ defects }: ParsedMessage): string | null {
  const lost = defects.filter(({ id }) => LOSING.has(id));
  if (lost.length === 0) return null;
  const lines = lost.slice(0, MAX_NAMED).map(({ id, detail }) => `- ${id.replaceAll('_', ' ')}: ${detail}`);
  const more = lost.length > MAX_NAMED ? [`- and ${lost.length - MAX_NAMED} more`] : [];
  const where = lost.some(({ id }) => id === 'headers_only')
    ? 'This mail is larger than the desk takes: only its header is here. The whole of it is on the mail server.'
    : 'Not all of this mail is shown here. The desk keeps it as it came.';
  return [where, ...lines, ...more].join('\n');
}

const MAX_NAMED = 20;

const MAX_ADDRESSED = 20;

/** For show alone: nobody takes part in a ticket because a mail names them (RELIABILITY I2). */
const addressesOf = (list: readonly DisplayAddress[]): readonly string[] =>
  list.slice(0, MAX_ADDRESSED).map(({ address, name }) => (address === '' ? name : address));

/** The entry a mail becomes, and its attachments with their bytes. Pure. */
export function entryOf(
  { claimed, parsed }: Understood,
  { authentication, repeatOf, override, sender }: Pick<Facts, 'authentication' | 'repeatOf' | 'override' | 'sender'>,
  place: {
    readonly id: TicketEntryId;
    readonly ticketId: TicketId;
    readonly visibility: Visibility;
    readonly author: string;
    readonly authorName: string;
    readonly kind: Extract<EntryKind, 'mail' | 'reply'>;
    readonly text: string | null;
  },
): { readonly entry: NewEntry; readonly attachments: readonly (NewAttachment & { readonly bytes: Uint8Array })[] } {
  const flags: EntryFlag[] = [];
  if (authentication.verdict !== 'pass') {
    flags.push(authentication.verdict === 'fail' ? 'sender_failed' : 'sender_unproven');
  }
  if (isChosen({ override, sender })) flags.push('sender_chosen');
  if (repeatOf !== null) flags.push('probable_repeat');
  if (place.kind === 'reply') flags.push('by_agent');
  if (parsed.defects.some(({ id }) => LOSING.has(id))) flags.push('incomplete');
  if (place.visibility === 'operators_until_admitted') flags.push('not_participant');
  return {
    entry: {
      ...place,
      inboundId: claimed.id,
      messageId: parsed.messageId,
      text: place.text ?? parsed.text,
      // Beside words that were picked out of the mail, its HTML would show them all.
      html: place.text === null ? parsed.html : null,
      addressed: { to: addressesOf(parsed.to), cc: addressesOf(parsed.cc) },
      flags: flags.length === 0 ? null : flags,
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
