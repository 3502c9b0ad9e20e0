import { expect, test } from 'vitest';
import { createFetchTroubles } from '../../src/worker/fetch-troubles.ts';

test('a batch that failed is fetched one by one, and what comes then is suspect no more', () => {
  const troubles = createFetchTroubles(() => 0);
  expect(troubles.failed([1, 2, 3])).toBeNull();
  expect([1, 2, 3, 4].filter((uid) => troubles.isSuspect(uid))).toEqual([1, 2, 3]);
  troubles.succeeded([1]);
  expect([1, 2, 3].filter((uid) => troubles.isSuspect(uid))).toEqual([2, 3]);
});

test('a message that fails alone three times is let be for a quarter of an hour', () => {
  let now = 0;
  const troubles = createFetchTroubles(() => now);
  troubles.failed([1, 2]);
  expect([troubles.failed([2]), troubles.failed([2]), troubles.failed([2])]).toEqual([null, null, 2]);
  expect(troubles.isLetBe(2)).toBe(true);
  expect(troubles.isLetBe(1)).toBe(false);
  now = 16 * 60_000;
  expect(troubles.isLetBe(2)).toBe(false);
});

test('failing in company costs a message nothing', () => {
  const troubles = createFetchTroubles(() => 0);
  for (let times = 0; times < 10; times += 1) troubles.failed([1, 2]);
  expect(troubles.isLetBe(1)).toBe(false);
});
