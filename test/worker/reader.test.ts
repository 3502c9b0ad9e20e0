import { expect, test } from 'vitest';
import type { MessageSize } from '../../src/mailboxes/source.ts';
import { inBatches } from '../../src/worker/reader.ts';

const MiB = 1024 * 1024;
const sizes = (...all: readonly number[]): readonly MessageSize[] =>
  all.map((sizeBytes, index) => ({ uid: index + 1, sizeBytes, internalDate: new Date(0) }));
const uids = (all: readonly number[], suspect = 0) =>
  inBatches(sizes(...all), ({ uid }) => uid === suspect).map((batch) => batch.map(({ uid }) => uid));

test.each<[string, readonly number[], readonly (readonly number[])[]]>([
  ['nothing is no batch', [], []],
  ['small mail goes together', [10, 10, 10], [[1, 2, 3]]],
  ['a large one goes alone, and the order stays', [10, 3 * MiB, 10, 10], [[1], [2], [3, 4]]],
  ['two large ones go one by one', [3 * MiB, 3 * MiB], [[1], [2]]],
  ['a batch holds 8 MiB at most', Array.from({ length: 5 }, () => 2 * MiB), [[1, 2, 3, 4], [5]]],
])('%s', (_, all, expected) => expect(uids(all)).toEqual(expected));

test('a batch holds 50 messages at most', () => {
  expect(uids(Array.from({ length: 120 }, () => 1)).map(({ length }) => length)).toEqual([50, 50, 20]);
});

test('a suspect message goes alone', () => {
  const all = Array.from({ length: 79 }, () => 1);
  expect(uids(all, 77).slice(1)).toEqual([Array.from({ length: 26 }, (_, n) => n + 51), [77], [78, 79]]);
});
