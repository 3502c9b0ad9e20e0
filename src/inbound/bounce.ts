import { saysAddressIsDead } from '../mail/enhanced-status.ts';
import type { Bounce } from '../notifications/store.ts';
import type { Understood } from './understand.ts';

const MAX_SAID = 500;

/** What a report means for our own mail. Only mail that is provably ours: anybody can write a report about anything (RELIABILITY SM8). */
export function bounceOf({ report, reportsOn }: Pick<Understood, 'report' | 'reportsOn'>): readonly Bounce[] {
  if (report === null || reportsOn === null) return [];
  const failed = report.recipients.filter(({ action }) => action === 'failed' || action === '');
  const [first] = failed;
  const said = `${first?.status ?? ''} ${first?.diagnostic ?? ''}`.trim().slice(0, MAX_SAID).toWellFormed();
  const deadAddresses = failed.flatMap(({ status, recipient }) => (saysAddressIsDead(status) ? (recipient ?? []) : []));
  return [{ publicId: reportsOn, deadAddresses, reason: `bounced: ${said}` }];
}
