import type { Keys } from '../lib/crypto.ts';
import { complaintAbout } from '../mail/complaint.ts';
import { saysAddressIsDead } from '../mail/enhanced-status.ts';
import { messageIdHash } from '../mail/message-id.ts';
import type { ParsedMessage } from '../mail/parsed-message.ts';
import type { ReportSubject } from '../mail/report.ts';
import { reportRecipients, reportSubject } from '../mail/report.ts';
import type { MailKind } from '../mail/signs.ts';
import type { ReportOnMail } from '../notifications/report-store.ts';
import { readReplyToken, readThreadToken } from '../tickets/thread-token.ts';

const MAX_SAID = 500;

/** Complaints that take one back, or are about signatures and not about us. RFC 5965 7.3, RFC 6591. */
const NO_COMPLAINTS: ReadonlySet<string> = new Set(['not-spam', 'auth-failure', 'dmarc']);

/** What a report says, whatever mail it is about. */
type Said = Omit<ReportOnMail, 'publicId'>;

/** A report on mail without a mark of ours: it is about ours if its way out gave one of our mails that Message-ID. */
export interface ReportUnderAlias extends Said {
  /** `messageIdHash` in hex of the ids that the returned message has, the surest first. */
  readonly hashes: readonly string[];
}

/**
 * What a report means for a mail of ours. Only mail that is provably ours: anybody can write a report about anything
 * (RELIABILITY SM8).
 *
 * @returns null when the message is no report, or names no mail that might be ours
 */
export function readReport(kind: MailKind, parsed: ParsedMessage, keys: Keys): ReportOnMail | ReportUnderAlias | null {
  const about = (subject: ReportSubject, said: Said) => {
    const publicId = publicIdOf(subject, keys);
    if (publicId !== null) return { publicId, ...said };
    const hashes = subject.returnedMessageIds.map((id) => messageIdHash(id).toString('hex'));
    return hashes.length === 0 ? null : { hashes, ...said };
  };
  switch (kind) {
    case 'bounce': {
      const report = reportRecipients(parsed);
      const failed = report.recipients.filter(({ action }) => action === 'failed' || action === '');
      const [first] = failed;
      const said = `${first?.status ?? ''} ${first?.diagnostic ?? ''}`.trim().slice(0, MAX_SAID).toWellFormed();
      const dead = failed.flatMap(({ status, recipient }) => (saysAddressIsDead(status) ? (recipient ?? []) : []));
      return about(report, { outcome: 'bounced', said, deadAddresses: dead });
    }
    case 'complaint': {
      const complaint = complaintAbout(parsed);
      if (NO_COMPLAINTS.has(complaint.feedbackType)) return null;
      return about(complaint, { outcome: 'complained', said: complaint.feedbackType, deadAddresses: [] });
    }
    case 'delay':
    case 'delivered_report':
    case 'receipt': {
      const said = parsed.subject.slice(0, MAX_SAID).toWellFormed();
      return about(reportSubject(parsed), { outcome: OUTCOMES[kind], said, deadAddresses: [] });
    }
    default:
      return null;
  }
}

const OUTCOMES = { delay: 'delayed', delivered_report: 'delivered', receipt: 'read' } as const;

/** The surest id is the one it is about; those behind it are the rest of the thread. */
function publicIdOf({ aboutMessageIds, aboutTokens }: ReportSubject, keys: Keys): string | null {
  for (const id of aboutMessageIds) {
    const token = readThreadToken(keys, id);
    if (token !== null) return token.publicId;
  }
  return aboutTokens.map(({ token }) => readReplyToken(keys, token)).find((id) => id !== null) ?? null;
}
