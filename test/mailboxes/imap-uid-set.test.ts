import { expect, test } from 'vitest';
import { isLoopback } from '../../src/mailboxes/imap-security.ts';
import { uidSets } from '../../src/mailboxes/imap-uid-set.ts';

test.each([
  ['nothing is no command', [], []],
  ['one UID stands alone', [7], ['7']],
  ['neighbours are a range', [1, 2, 3, 5, 7, 8], ['1:3,5,7:8']],
  ['the last UID there can be', [4_294_967_294, 4_294_967_295], ['4294967294:4294967295']],
])('%s', (_, uids, sets) => {
  expect(uidSets(uids)).toEqual(sets);
});

test('many scattered UIDs make several sets, each short enough, which hold them all in order', () => {
  const uids = Array.from({ length: 1000 }, (_, i) => 4_000_000_000 + 2 * i);
  const sets = uidSets(uids);
  expect(Math.max(...sets.map((set) => set.length))).toBeLessThanOrEqual(900);
  expect(sets.flatMap((set) => set.split(',')).map(Number)).toEqual(uids);
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['[::1]', true],
  ['LOCALHOST', true],
  ['localhost.desk.example', false],
  ['127.0.0.1.desk.example', false],
  ['::ffff:192.0.2.1', false],
  ['0.0.0.0', false],
  ['10.0.0.1', false],
  ['', false],
])('plain text to %s: %s', (host, isAllowed) => {
  expect(isLoopback(host)).toBe(isAllowed);
});
