import { expect, test } from 'vitest';
import { countOpened, oneMoreOpened } from '../../src/inbound/flood.ts';

// RELIABILITY G10, G34: too much mail of one sender is held, and a clock that was wrong holds nobody for days.
const now = new Date('2026-03-02T12:00:00Z');
const minutes = (count: number) => new Date(now.getTime() + count * 60_000);

test.each([
  ['count for an hour', -59, 20],
  ['count no more when it is over', -60, 0],
  ['count where another host is a little ahead', 1.5, 20],
  ['count no more where a host was days ahead', 2 * 24 * 60, 0],
])('tickets of a sender %s', (_, since, count) => {
  const opened = { count: 20, since: minutes(since) };
  expect(countOpened(opened, now)).toBe(count);
  expect(oneMoreOpened(opened, now)).toEqual(count === 0 ? { count: 1, since: now } : { ...opened, count: 21 });
});
