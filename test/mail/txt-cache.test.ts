import { expect, test } from 'vitest';
import type { TxtAnswer } from '../../src/mail/dkim.ts';
import { MAX_CACHED_NAMES, cachedTxtResolver } from '../../src/mail/txt-cache.ts';
import { zoneOf } from './signed-mail.ts';

const TROUBLE: TxtAnswer = { is: 'trouble', says: 'late' };

function cached(records: Readonly<Record<string, string | TxtAnswer>>) {
  const { resolve, asked } = zoneOf(records);
  let nowMs = 0;
  const resolver = cachedTxtResolver(resolve, { now: () => new Date(nowMs), monotonicMs: () => nowMs });
  return { resolver, asked, pass: (ms: number) => (nowMs += ms) };
}

test.each<[string, string, number]>([
  ['a key for ten minutes', 'key.example', 600_000],
  ['its absence for one', 'none.example', 60_000],
  ['trouble for ten seconds', 'trouble.example', 10_000],
])('DNS is remembered: %s', async (_, name, lifetimeMs) => {
  const { resolver, asked, pass } = cached({ 'key.example': 'p=x', 'trouble.example': TROUBLE });
  const first = await resolver(name);
  pass(lifetimeMs - 1);
  expect(await resolver(name)).toEqual(first);
  expect(asked).toHaveLength(1);
  pass(1);
  await resolver(name);
  expect(asked).toHaveLength(2);
});

test('many who ask for a name at once ask one question', async () => {
  const { resolver, asked } = cached({ 'key.example': 'p=x' });
  await Promise.all([resolver('key.example'), resolver('key.example'), resolver('key.example')]);
  expect(asked).toEqual(['key.example']);
});

test('the names used longest ago are forgotten first', async () => {
  const { resolver, asked } = cached({});
  for (let index = 0; index < MAX_CACHED_NAMES; index += 1) await resolver(`n${index}.example`);
  await resolver('n0.example');
  await resolver('new.example');
  const before = asked.length;
  await resolver('n0.example');
  expect(asked).toHaveLength(before);
  await resolver('n1.example');
  expect(asked).toHaveLength(before + 1);
});
