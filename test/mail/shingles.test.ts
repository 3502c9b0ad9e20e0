import { expect, test } from 'vitest';
import { sentRuns, shinglesOf } from '../../src/mail/shingles.ts';

const OURS =
  'Hello Ana, please see https://help.example/printer, switch the printer off and on again, then print a page.';

const found = (text: string, ...sent: readonly string[]): readonly string[] =>
  sentRuns(text, shinglesOf(sent)).map(([start, end]) => text.slice(start, end));

test.each([
  ['as we sent it', OURS],
  ['in capitals', OURS.toUpperCase()],
  [
    'with quote marks and other line ends',
    '> Hello Ana, please see\r\n>> switch the printer off and on\n> again, then print a page',
  ],
  ['with the links written anew', OURS.replace('https://help.example/printer', '<https://safe.example/?u=1>')],
  ['with an added link', OURS.replace('printer off', 'printer<https://safe.example/?u=1> off')],
  ['with character references', OURS.replaceAll(' ', '&nbsp; ')],
  ['with wide letters', OURS.replace('printer', 'ｐｒｉｎｔｅｒ')],
])('what we sent is known again: %s', (_, text) => {
  const [run = '', ...others] = found(text, OURS);
  expect(run).toMatch(/^hello/i);
  expect(run).toMatch(/page$/i);
  expect(others).toEqual([]);
});

test.each([
  ['a few words of ours', 'You said: please switch the printer off and on. I did.'],
  ['our words in another order', 'again on and off printer the switch please Ana Hello page a print then'],
  ['what we never sent', 'The printer on the second floor makes a noise like a train in a tunnel.'],
  ['nothing', ''],
])('what the customer wrote is theirs: %s', (_, text) => expect(found(text, OURS)).toEqual([]));

test('a link of ours at the end belongs to it, another does not', () => {
  const ours = 'one two three four five six seven eight nine ten https://help.example/a';
  expect(found(`${ours}\nhttps://shop.example/b`, ours)).toEqual([ours]);
});

test("the customer's words in the middle of ours divide them", () => {
  const first = 'one two three four five six seven eight nine ten eleven';
  const second = 'red orange yellow green blue indigo violet black white grey brown';
  expect(found(`${first} it did not work ${second}`, `${first} ${second}`)).toEqual([first, second]);
});

test('a script without spaces has words too', () => {
  const ours = '您好，请先关闭打印机电源，然后重新打开并打印一页。';
  expect(found(`谢谢！\n> ${ours}`, ours)).toEqual([ours.slice(0, -1)]);
});

test('not more is compared than the limit says', () => {
  const { shingles } = shinglesOf(Array.from({ length: 300 }, (_, n) => `w${n} `.repeat(5_000) + OURS));
  expect(shingles.size).toBeLessThan(500);
  const letters = Array.from({ length: 400_000 }, (_, n) => n.toString(36)).join(' ');
  expect(shinglesOf([letters]).shingles.size).toBeLessThan(256 * 1024);
  expect(sentRuns(`${'x '.repeat(200_000)}${OURS}`, shinglesOf([OURS]))).toEqual([]);
});
