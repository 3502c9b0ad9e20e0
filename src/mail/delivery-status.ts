import { firstHeader, splitMessage } from './headers.ts';
import type { DeliveryStatusRecipient, HeaderField } from './parsed-message.ts';

/** One about the message, one for each recipient. */
const MAX_GROUPS = 1_001;
const MAX_STATUS_BYTES = 1024 * 1024;
const MAX_DIAGNOSTIC_LENGTH = 2_000;

/**
 * The recipients of a message/delivery-status part: groups of fields between empty lines, the first of which is about
 * the message. RFC 3464 2.1. A group without an Action and a Status is passed over.
 */
export function parseDeliveryStatus(content: Uint8Array): readonly DeliveryStatusRecipient[] {
  const recipients: DeliveryStatusRecipient[] = [];
  let rest = Buffer.from(content.buffer, content.byteOffset, Math.min(content.byteLength, MAX_STATUS_BYTES));
  for (let groups = 0; rest.length > 0 && groups < MAX_GROUPS; groups += 1) {
    const { fields, bodyOffset } = splitMessage(rest);
    rest = withoutEmptyLines(rest.subarray(bodyOffset));
    const action = wordOf(firstHeader(fields, 'action') ?? '');
    const status = statusField(firstHeader(fields, 'status') ?? '');
    if (action === '' && status === '') continue;
    const diagnostic = behindType(firstHeader(fields, 'diagnostic-code') ?? '');
    recipients.push({
      action,
      status,
      recipient: recipientOf(fields),
      diagnostic: diagnostic.slice(0, MAX_DIAGNOSTIC_LENGTH),
    });
  }
  return recipients;
}

function withoutEmptyLines(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== CR && byte !== LF);
  return start === -1 ? bytes.subarray(bytes.length) : bytes.subarray(start);
}

const CR = 0x0d;
const LF = 0x0a;

/** Whom we wrote to, if the report remembers; some write "unknown" there, or nothing. RFC 3464 2.3.1 and 2.3.2. */
function recipientOf(fields: readonly HeaderField[]): string {
  const named = RECIPIENT_FIELDS.map((name) => behindType(firstHeader(fields, name) ?? ''));
  return named.find((value) => value.includes('@')) ?? named.find((value) => value !== '') ?? '';
}

const RECIPIENT_FIELDS = ['original-recipient', 'final-recipient', 'x-actual-recipient'] as const;

/** "failed (no such user)" is written too: the first word counts. */
function wordOf(value: string): string {
  return /^[a-z-]+/.exec(value.toLowerCase())?.[0] ?? '';
}

/** RFC 3463 2: class, subject, detail; some put the reply code or a "#" before it, or blanks between. */
function statusField(value: string): string {
  return /^(?:\d{3}[ -])?#?([245]) ?\. ?(\d{1,3}) ?\. ?(\d{1,3})/.exec(value)?.slice(1).join('.') ?? '';
}

/** "rfc822; ana@desk.example" without its type ("rfc822", "utf-8", "x400", "rfc/822", "x-unix"). */
function behindType(value: string): string {
  return value
    .replace(/^[\w/-]{1,32}\s*;\s*/, '')
    .replace(/\s+/g, ' ')
    .trim();
}
