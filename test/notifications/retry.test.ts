import { describe, expect, test } from 'vitest';
import { consequenceOf, GIVE_UP_AFTER_MS, RETRY_WAITS_MS } from '../../src/notifications/retry.ts';
import type { SendOutcome } from '../../src/notifications/transport-model.ts';

const now = new Date('2026-03-01T12:00:00Z');
const claimed = { attempts: 1, resends: 0, createdAt: now };
const refused = (more: Partial<Extract<SendOutcome, { is: 'refused' }>>): SendOutcome => ({
  is: 'refused',
  isPermanent: false,
  isRouteTrouble: false,
  isStopping: false,
  stage: 'rcpt',
  code: 451,
  enhanced: null,
  text: 'try again later',
  ...more,
});

describe('what an attempt means for a mail', () => {
  test.each<[string, SendOutcome, object]>([
    ['accepted: sent', { is: 'accepted', reply: '250 ok' }, { state: 'sent', suppress: false }],
    [
      'no answer after the dot: uncertain, and it rests',
      { is: 'uncertain', text: 'lost' },
      { state: 'uncertain', delayMs: 900_000 },
    ],
    ['4xx: later', refused({}), { state: 'deferred', delayMs: RETRY_WAITS_MS[0], countsAsAttempt: true }],
    ['5xx: failed', refused({ isPermanent: true, code: 554 }), { state: 'failed', suppress: false }],
    [
      '5.1.1: failed, and the address is not mailed again',
      refused({ isPermanent: true, code: 550, enhanced: '5.1.1' }),
      { state: 'failed', suppress: true },
    ],
    [
      '5.1.8 at RCPT speaks of us, not of the recipient',
      refused({ isPermanent: true, code: 550, enhanced: '5.1.8' }),
      { state: 'failed', suppress: false },
    ],
    [
      '5.1.1 to our sender address is not the recipient’s fault',
      refused({ isPermanent: true, enhanced: '5.1.8', stage: 'mail' }),
      { state: 'failed', suppress: false },
    ],
    [
      'trouble of the route costs no attempt',
      refused({ isRouteTrouble: true, code: 421 }),
      { state: 'deferred', delayMs: 0, countsAsAttempt: false },
    ],
  ])('%s', (_, outcome, expected) => {
    expect(consequenceOf(outcome, claimed, now, 900_000)).toMatchObject(expected);
  });

  test('the waits grow and the last repeats', () => {
    const waits = [1, 2, 3, 7, 8, 40].map(
      (attempts) => consequenceOf(refused({}), { ...claimed, attempts }, now, 0).delayMs,
    );
    expect(waits).toEqual([60_000, 300_000, 900_000, 14_400_000, 14_400_000, 14_400_000]);
  });

  test('after 72 hours it is given up', () => {
    const createdAt = new Date(now.getTime() - GIVE_UP_AFTER_MS - 1);
    expect(consequenceOf(refused({}), { attempts: 20, resends: 0, createdAt }, now, 0).state).toBe('failed');
  });

  test('what an operator hands out again long after that has as many attempts as fit into that time', () => {
    const createdAt = new Date(now.getTime() - 10 * GIVE_UP_AFTER_MS);
    const after = (attempts: number) => consequenceOf(refused({}), { attempts, resends: 1, createdAt }, now, 0).state;
    expect([1, 24, 25].map(after)).toEqual(['deferred', 'deferred', 'failed']);
  });
});
