import { firstHeader, splitMessage } from './headers.ts';
import type { DeliveryStatusRecipient } from './parsed-message.ts';

const MAX_STATUS_RECIPIENTS = 1_000;
const MAX_STATUS_BYTES = 1024 * 1024;
const MAX_DIAGNOSTIC_LENGTH = 2_000;

/**
 * The recipients of a message/delivery-status part: groups of fields between empty lines, the first of which is about
 * the message. RFC 3464 2.1. A group without an Action and a Status is passed over.
 */
export function parseDeliveryStatus(content: Uint8Array): readonly DeliveryStatusRecipient[] {
  const recipients: DeliveryStatusRecipient[] = [];
  let rest = Buffer.from(content.buffer, content.byteOffset, Math.min(content.byteLength, MAX_STATUS_BYTES));
  while (rest.length > 0 && recipients.length < MAX_STATUS_RECIPIENTS) {
    const { fields, bodyOffset } = splitMessage(rest);
    rest = rest.subarray(bodyOffset);
    const action = wordOf(firstHeader(fields, 'action') ?? '');
    const status = statusOf(firstHeader(fields, 'status') ?? '');
    if (action === '' && status === '') continue;
    const recipient = firstHeader(fields, 'original-recipient') ?? firstHeader(fields, 'final-recipient') ?? '';
    const diagnostic = firstHeader(fields, 'diagnostic-code') ?? '';
    recipients.push({
      action,
      status,
      recipient: behindType(recipient),
      diagnostic: behindType(diagnostic).slice(0, MAX_DIAGNOSTIC_LENGTH),
    });
  }
  return recipients;
}

/** "failed (no such user)" is written too: the first word counts. */
function wordOf(value: string): string {
  return /^[a-z-]+/.exec(value.toLowerCase())?.[0] ?? '';
}

/** RFC 3463 2: class, subject, detail. */
function statusOf(value: string): string {
  return /^[245]\.\d{1,3}\.\d{1,3}/.exec(value)?.[0] ?? '';
}

/** "rfc822; ana@desk.example" without its type. */
function behindType(value: string): string {
  return value
    .replace(/^[\w-]{1,32}\s*;\s*/, '')
    .replace(/\s+/g, ' ')
    .trim();
}
