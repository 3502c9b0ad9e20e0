import { expect, test } from 'vitest';
import { block, facts, table } from '../../src/cli/table.ts';

const columns = [
  { title: 'NO', of: (row: { no: number; name: string | null }) => row.no },
  { title: 'NAME', of: (row: { no: number; name: string | null }) => row.name },
  { title: 'NOTE', of: () => 'a note that is rather long' },
];

test('columns are as wide as their widest cell, and what is absent is a dash', () => {
  const rows = [
    { no: 7, name: 'Ana' },
    { no: 1042, name: null },
  ];
  expect(table(rows, columns, 100, 'none')).toBe(
    ['NO    NAME  NOTE', '7     Ana   a note that is rather long', '1042  -     a note that is rather long'].join('\n'),
  );
});

test('the widest column is cut first', () => {
  expect(table([{ no: 7, name: 'Ana' }], columns, 24, 'none')).toBe('NO  NAME  NOTE\n7   Ana   a note that i…');
});

test('East Asian letters and pictures take two columns, combining marks none', () => {
  const rows = [
    { no: 1, name: '山田' },
    { no: 2, name: '🔔 Zoe\u0301' },
    { no: 3, name: 'abcdef' },
  ];
  const lines = table(rows, columns.slice(0, 2).concat(columns.slice(2)), 100, 'none').split('\n');
  expect(lines.slice(1)).toEqual([
    '1   山田    a note that is rather long',
    '2   🔔 Zoe\u0301  a note that is rather long',
    '3   abcdef  a note that is rather long',
  ]);
});

test('without a row, a sentence', () => {
  expect(table([], columns, 80, 'Nothing here.')).toBe('Nothing here.');
});

test('a cell is one line without control characters', () => {
  expect(table([{ no: 1, name: 'a\u001b[2J\nb\u202e' }], columns.slice(0, 2), 80, '')).toBe('NO  NAME\n1   a[2J b');
});

test('facts leave out what is absent; a block is set in', () => {
  expect(
    facts([
      ['name', 'Ana'],
      ['closed', null],
      ['at', new Date('2030-01-31T09:05:00Z')],
    ]),
  ).toBe('name  Ana\nat    2030-01-31 09:05Z');
  expect(block('a\r\n\r\nb\u0007\n')).toBe('    a\n\n    b');
});
