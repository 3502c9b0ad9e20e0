import { saysAddressIsDead } from '../mail/enhanced-status.ts';
import type { AttemptOutcome, ClaimedNotification } from './outbox-store.ts';
import { softRefusal } from './soft-refusal.ts';
import type { SendOutcome } from './transport-model.ts';

const MINUTE = 60_000;

/** RELIABILITY SM1: waits after the first, second, ... refused attempt; the last one repeats. */
export const RETRY_WAITS_MS: readonly number[] = [1, 5, 15, 30, 60, 120, 240].map((minutes) => minutes * MINUTE);

/** After so long nobody expects the mail any more. */
export const GIVE_UP_AFTER_MS = 72 * 60 * MINUTE;

/** As many attempts as fit into that time: for mail that an operator hands out again when its time is long over. */
const GIVE_UP_ATTEMPTS = 25;

type Consequence = Omit<AttemptOutcome, 'id' | 'claimToken'>;

/**
 * What an attempt's outcome means for the message. Pure.
 *
 * @param uncertainWaitMs how long an unknown fate rests before its kind's policy is asked
 */
export function consequenceOf(
  outcome: SendOutcome,
  claimed: Pick<ClaimedNotification, 'attempts' | 'resends' | 'createdAt'>,
  now: Date,
  uncertainWaitMs: number,
): Consequence {
  const calm = { suppress: false, softBounce: null, countsAsAttempt: true, stage: null, code: null, reason: null };
  const base = { ...calm, delayMs: 0 };
  if (outcome.is === 'accepted') return { ...base, state: 'sent', reply: outcome.reply };
  if (outcome.is === 'uncertain') {
    return {
      ...base,
      state: 'uncertain',
      delayMs: uncertainWaitMs,
      reason: `the server may have taken it: ${outcome.text}`,
      stage: 'content',
      reply: outcome.text,
    };
  }
  const said = { stage: outcome.stage, code: outcome.code, reply: outcome.text };
  if (outcome.isPermanent) {
    const isAddressDead = outcome.stage === 'rcpt' && saysAddressIsDead(outcome.enhanced ?? '');
    const softBounce = isAddressDead ? null : softRefusal(outcome);
    return {
      ...base,
      ...said,
      state: 'failed',
      suppress: isAddressDead,
      softBounce,
      reason: `refused: ${outcome.text}`,
    };
  }
  const isOld = now.getTime() - claimed.createdAt.getTime() > GIVE_UP_AFTER_MS;
  if (isOld && (claimed.resends === 0 || claimed.attempts >= GIVE_UP_ATTEMPTS)) {
    const reason = `given up after 72 hours: ${outcome.text}`;
    return { ...base, ...said, state: 'failed', softBounce: softRefusal(outcome), reason };
  }
  const wait = RETRY_WAITS_MS[Math.min(claimed.attempts, RETRY_WAITS_MS.length) - 1] ?? MINUTE;
  return {
    ...base,
    ...said,
    state: 'deferred',
    // The route's trouble is not the message's: the pause of the route decides when it is tried again.
    delayMs: outcome.isRouteTrouble ? 0 : wait,
    countsAsAttempt: !outcome.isRouteTrouble,
    reason: `not yet: ${outcome.text}`,
  };
}

/** Nothing of it was sent, and nobody is to blame: it is due again after a while. */
export const handBack = (why: string, delayMs: number): Consequence => ({
  state: 'queued',
  reason: null,
  delayMs,
  suppress: false,
  softBounce: null,
  countsAsAttempt: false,
  stage: null,
  code: null,
  reply: `not sent, handed back: ${why}`,
});

/** It could not be made, for the reason given. */
export const notWritten = (why: string): Consequence => ({
  state: 'failed',
  reason: why,
  delayMs: 0,
  suppress: false,
  softBounce: null,
  countsAsAttempt: true,
  stage: null,
  code: null,
  reply: '',
});
