import { describe, expect, test } from 'vitest';
import { takeUuencoded } from '../../src/mail/uuencode.ts';

const CAT = '#0V%T';
const LINE = `M${'0V%T'.repeat(15)}`;
const take = (...lines: string[]) => {
  const { text, files } = takeUuencoded(lines.join('\n'));
  return { text, files: files.map(({ name, content, isWhole }) => [name, content.toString(), isWhole]) };
};

describe('a uuencoded file', () => {
  test.each([
    ['as POSIX has it', ['begin 644 cat.txt', CAT, '`', 'end'], ['cat.txt', 'Cat', true]],
    ['with a blank for nothing', ['begin 644 cat.txt', CAT, ' ', 'end'], ['cat.txt', 'Cat', true]],
    ['without the line of nothing', ['begin 644 cat.txt', CAT, 'end'], ['cat.txt', 'Cat', true]],
    ['with blanks lost at the end of a line', ['begin 644 nul', '#', '`', 'end'], ['nul', '\0\0\0', true]],
    ['of several lines', ['begin 644 cats', LINE, CAT, '`', 'end'], ['cats', 'Cat'.repeat(16), true]],
    ['with a name of several words', ['begin 755 my cat.txt', CAT, 'end'], ['my cat.txt', 'Cat', true]],
    ['without a name', ['begin 644', CAT, 'end'], ['', 'Cat', true]],
    ['in base64', ['begin-base64 644 cat.txt', 'Q2F0', '===='], ['cat.txt', 'Cat', true]],
    ['that was cut off', ['begin 644 cats', LINE], ['cats', 'Cat'.repeat(15), false]],
  ])('%s is taken out', (_, lines, file) => {
    expect(take('before', ...lines)).toEqual({ text: 'before', files: [file] });
    if (file[2] === true) expect(take(...lines, 'behind').text).toBe('behind');
  });

  test('several are taken out in order', () =>
    expect(take('a', 'begin 644 1', CAT, 'end', 'b', 'begin 644 2', CAT, 'end', 'c')).toEqual({
      text: 'a\nb\nc',
      files: [
        ['1', 'Cat', true],
        ['2', 'Cat', true],
      ],
    }));
});

test.each([
  ['words that begin so', ['begin 644 cats is how it starts', 'and then I am lost']],
  ['capitals behind it', ['begin 644 cats', 'HELLO', 'WORLD']],
  ['another mode', ['begin the day', CAT, 'end']],
  ['nothing in it', ['begin 644 cats', '`', 'end of it']],
])('%s: it stays text', (_, lines) => expect(take(...lines)).toEqual({ text: lines.join('\n'), files: [] }));
