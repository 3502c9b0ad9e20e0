import type { Keys } from '../lib/crypto.ts';
import { complaintAbout } from '../mail/complaint.ts';
import type { MailKind } from '../mail/signs.ts';
import { saysAddressIsDead } from '../mail/enhanced-status.ts';
import type { ParsedMessage } from '../mail/parsed-message.ts';
import type { ReportSubject } from '../mail/report.ts';
import { reportRecipients, reportSubject } from '../mail/report.ts';
import type { ReportOnMail } from '../notifications/report-store.ts';
import { readReplyToken, readThreadToken } from '../tickets/thread-token.ts';

const MAX_SAID = 500;

/** Complaints that take one back, or are about signatures and not about us. RFC 5965 7.3, RFC 6591. */
const NO_COMPLAINTS: ReadonlySet<string> = new Set(['not-spam', 'auth-failure', 'dmarc']);

/**
 * What a report means for a mail of ours. Only mail that is provably ours: anybody can write a report about anything
 * (RELIABILITY SM8).
 *
 * @returns null when the message is no report, or reports about nothing of ours
 */
export function readReport(kind: MailKind, parsed: ParsedMessage, keys: Keys): ReportOnMail | null {
  const on = (subject: ReportSubject) => publicIdOf(subject, keys);
  const about = (subject: ReportSubject, what: Pick<ReportOnMail, 'outcome' | 'said' | 'deadAddresses'>) => {
    const publicId = on(subject);
    return publicId === null ? null : { publicId, ...what };
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
