import { statusOf } from '../mail/enhanced-status.ts';
import type { SmtpRefused } from './smtp-refusal.ts';
import { isVague, saysItIsUs } from './suppression.ts';
import type { SmtpStage } from './transport-model.ts';

/** By where the dialogue stood, the codes of RFC 3463 that speak of the recipient; elsewhere none does. */
const OF_RECIPIENT: Partial<Record<SmtpStage, RegExp>> = {
  // x.1.7 and x.1.8 are our address, x.2.3 is the size of our mail.
  rcpt: /^[45]\.(?:1\.(?![078]$)|2\.(?!3$))/,
  // Behind the content all else may be about what is in it.
  content: /^[45]\.2\.(?!3$)/,
};

/** RFC 5321 4.2.3: the mailbox is not available, is not here, has no room. 451 is the server's trouble, 554 anything. */
const CODES_OF_RECIPIENT: ReadonlySet<number> = new Set([450, 452, 550, 551, 552, 553]);

/** Some servers greylist under codes of the mailbox (postgrey: 450 4.2.0), and some refuse us so. */
const OF_POLICY = /gr[ae]y-?list|black-?list|block-?list|\bspam|\bpolicy|\breputation|\brelay/i;

/**
 * What a refusal says of the recipient's mailbox; null where it is about the route, our mail or the policy of the day.
 *
 * @returns the server's words behind their enhanced status code, if there is one
 */
export function softRefusal({ stage, code, enhanced, isRouteTrouble, text }: SmtpRefused): string | null {
  const pattern = OF_RECIPIENT[stage];
  if (pattern === undefined || code === null || isRouteTrouble || OF_POLICY.test(text)) return null;
  const status = statusOf(enhanced ?? '', text).replace(/^\d/, String(Math.floor(code / 100)));
  if (saysItIsUs(status, text)) return null;
  const isTheirs = isVague(status) ? stage === 'rcpt' && CODES_OF_RECIPIENT.has(code) : pattern.test(status);
  const words = text.replace(/^\d{3}[ -](?:\d\.\d{1,3}\.\d{1,3} )?/, '');
  return isTheirs ? `${status} ${words}`.trim() : null;
}
