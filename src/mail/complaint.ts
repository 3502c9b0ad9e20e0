import { parseAddress } from './address.ts';
import type { EmailAddress } from './address.ts';
import { allHeaders, firstHeader, splitMessage } from './headers.ts';
import type { HeaderField, ParsedMessage } from './parsed-message.ts';
import { reportSubject } from './report.ts';
import type { ReportSubject } from './report.ts';
import { beginningOf, returnedParts } from './returned-message.ts';

/** What a provider says of a mail about which its reader complained. */
export interface Complaint extends ReportSubject {
  /** abuse, fraud, virus, opt-out, not-spam (which takes a complaint back), other, …; 'abuse' when it does not say. */
  readonly feedbackType: string;
  /** Who complained, as far as the provider tells: some hide it. */
  readonly recipients: readonly EmailAddress[];
}

const MAX_RECIPIENTS = 100;

/**
 * The complaint in a report of RFC 5965, or in one of Outlook.com's, which attach the message alone and name the reader
 * in its header. RFC 6591 and 6650 add types of their own.
 */
export function complaintAbout(parsed: ParsedMessage): Complaint {
  const part = parsed.attachments.find(({ contentType }) => contentType === 'message/feedback-report');
  const fields = part === undefined ? [] : splitMessage(beginningOf(part)).fields;
  const [returned] = returnedParts(parsed);
  const header = returned === undefined ? [] : splitMessage(beginningOf(returned)).fields;
  const type = /^[a-z][a-z\d-]{0,63}/i.exec(firstHeader(fields, 'feedback-type') ?? '')?.[0] ?? 'abuse';
  return { feedbackType: type.toLowerCase(), recipients: recipientsOf(fields, header), ...reportSubject(parsed) };
}

/** The first source that names anybody: our notifications go to one address each, so even To will do. */
function recipientsOf(report: readonly HeaderField[], header: readonly HeaderField[]): readonly EmailAddress[] {
  const sources = [
    [...allHeaders(report, 'original-rcpt-to'), ...allHeaders(report, 'removal-recipient')],
    allHeaders(header, 'x-hmxmroriginalrecipient'),
    allHeaders(header, 'to'),
  ];
  const found = sources.map((values) => addressesIn(values)).find((addresses) => addresses.length > 0);
  return (found ?? []).slice(0, MAX_RECIPIENTS);
}

function addressesIn(values: readonly string[]): readonly EmailAddress[] {
  const words = values.flatMap((value) => value.slice(0, MAX_VALUE_LENGTH).split(','));
  const addresses = words.map((word) => parseAddress(/<([^<>]*)>\s*$/.exec(word)?.[1]?.trim() ?? bare(word)));
  return [...new Set(addresses.filter((address) => address !== null))];
}

const MAX_VALUE_LENGTH = 16 * 1024;

const bare = (word: string): string => word.replace(/^\s*rfc822\s*;/i, '').trim();
