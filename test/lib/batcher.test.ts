import { expect, test } from 'vitest';
import { createBatcher } from '../../src/lib/batcher.ts';

const HOUR_MS = 3_600_000;

/** Notes what each call got; the first call, after which the spacing counts, has been made. */
async function open(maxItems: number, spacingMs: number, comers?: () => number) {
  const calls: (readonly number[])[] = [];
  const run = async (items: readonly number[]) => (calls.push(items), items.map((item) => item * 10));
  const ask = createBatcher(run, maxItems, spacingMs, comers);
  expect(await ask(0)).toBe(0);
  return { ask, calls };
}

test('what is asked for at once is one call, and each gets its own answer', async () => {
  const { ask, calls } = await open(10, 0);
  expect(await Promise.all([1, 2, 3].map(ask))).toEqual([10, 20, 30]);
  expect(calls).toEqual([[0], [1, 2, 3]]);
});

test('a call gets no more than the most', async () => {
  const { ask, calls } = await open(2, 0);
  expect(await Promise.all([1, 2, 3].map(ask))).toEqual([10, 20, 30]);
  expect(calls).toEqual([[0], [1, 2], [3]]);
});

test('nobody waits out the spacing once all wait who can come', async () => {
  const { ask, calls } = await open(10, HOUR_MS, () => 3);
  const first = ask(1);
  // A turn of the event loop: it waits for the others by now.
  await new Promise(setImmediate);
  expect(await Promise.all([first, ask(2), ask(3)])).toEqual([10, 20, 30]);
  expect(calls).toEqual([[0], [1, 2, 3]]);
});

test('nor once there are as many as a call takes', async () => {
  const { ask, calls } = await open(2, HOUR_MS);
  const first = ask(1);
  await new Promise(setImmediate);
  expect(await Promise.all([first, ask(2)])).toEqual([10, 20]);
  expect(calls).toEqual([[0], [1, 2]]);
});

test('what fails fails for all of its call, and the next goes on', async () => {
  let isBroken = true;
  const ask = createBatcher(async (items: readonly number[]) => {
    if (isBroken) throw new Error('away');
    return items;
  }, 10);
  expect(await Promise.allSettled([ask(1), ask(2)])).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  isBroken = false;
  expect(await ask(3)).toBe(3);
});
