import { expect, test } from 'vitest';
import type { InboundMessageId } from '../../src/db/ids.ts';
import { createFreshBytes } from '../../src/worker/fresh-bytes.ts';

const never = new AbortController().signal;
const idOf = (id: number) => id as InboundMessageId;
const FULL = 120;

test('what was accepted is taken once', () => {
  const fresh = createFreshBytes({ bytesHeld: 0 });
  fresh.put(idOf(1), Buffer.from('a'));
  expect(fresh.take(idOf(1))?.toString()).toBe('a');
  expect(fresh.take(idOf(1))).toBeNull();
});

test('a bell of an earlier round is no room: what is held stays until it is taken', async () => {
  const fresh = createFreshBytes({ bytesHeld: 0 });
  fresh.put(idOf(1), Buffer.from('a'));
  fresh.take(idOf(1));
  for (let id = 2; id < 2 + FULL; id += 1) fresh.put(idOf(id), Buffer.from('b'));
  let hasRoom = false;
  const waiting = fresh.waitForRoom(never).then(() => (hasRoom = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(hasRoom).toBe(false);
  expect(fresh.take(idOf(2))?.toString()).toBe('b');
  await waiting;
  expect(fresh.take(idOf(3))?.toString()).toBe('b');
});

test('what was read back from the database before it came here takes no room for ever', async () => {
  const fresh = createFreshBytes({ bytesHeld: 0 });
  expect(fresh.take(idOf(1))).toBeNull();
  for (let id = 1; id <= FULL; id += 1) fresh.put(idOf(id), Buffer.from('late'));
  expect(fresh.take(idOf(FULL + 1))).toBeNull();
  await fresh.waitForRoom(never);
  expect(fresh.take(idOf(5))).toBeNull();
});

test('an abort ends the wait', async () => {
  const fresh = createFreshBytes({ bytesHeld: 0 });
  for (let id = 1; id <= FULL; id += 1) fresh.put(idOf(id), Buffer.from('b'));
  const stop = new AbortController();
  const waiting = fresh.waitForRoom(stop.signal);
  stop.abort();
  await waiting;
  expect(fresh.take(idOf(1))).not.toBeNull();
});
