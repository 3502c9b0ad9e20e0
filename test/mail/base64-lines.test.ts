import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decodePlainBase64 } from '../../src/mail/base64-lines.ts';

const BYTES = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 31 + (index >> 8)) % 256));
const inLines = (bytes: Buffer, digits: number, end: string) =>
  (bytes.toString('base64').match(new RegExp(`.{1,${digits}}`, 'g')) ?? []).join(end);
const decode = (text: string) => decodePlainBase64(Buffer.from(text, 'latin1'));

describe('plain Base64', () => {
  test.each([
    ['lines of 76', inLines(BYTES, 76, '\r\n')],
    ['lines of 60', inLines(BYTES, 60, '\r\n')],
    ['lines of four', inLines(BYTES, 4, '\r\n')],
    ['a bare LF at each end', inLines(BYTES, 76, '\n')],
    ['line ends behind it', `${inLines(BYTES, 76, '\r\n')}\r\n\r\n`],
    ['one line', BYTES.toString('base64')],
  ])('of %s is decoded', (_, text) => expect(decode(text)?.equals(BYTES)).toBe(true));

  test.each([0, 1, 2, 3, 56, 57, 58, 113, 114, 115])('of %i bytes more than a round number', (more) => {
    const bytes = randomBytes(57 * 600 + more);
    expect(decode(inLines(bytes, 76, '\r\n'))?.equals(bytes)).toBe(true);
  });
});

const TEXT = inLines(BYTES, 76, '\r\n');
const LINE = TEXT.slice(0, 78);
const put = (at: number, what: string) => `${TEXT.slice(0, at)}${what}${TEXT.slice(at + what.length)}`;

test.each([
  ['nothing', ''],
  ['only line ends', '\r\n\r\n'],
  ['lines of several lengths', `${TEXT.slice(0, 780)}QUJD\r\n${TEXT.slice(780)}`],
  ['lines that are no whole groups', inLines(BYTES, 75, '\r\n')],
  ['a line end of another kind', `${LINE}${LINE.slice(0, 76)}\n\n${LINE}`],
  ['an empty line before it', `\r\n${TEXT}`],
  ['a character that is no digit', put(1000, '*')],
  ['a blank', put(1000, ' ')],
  ['a digit of the other alphabet', put(1000, '-')],
  ['its other one', put(1000, '_')],
  ['a pad in the middle', put(1000, '=')],
  ['pads at the end of a line', put(74, '==')],
  ['a pad too many', `${LINE}QUI===`],
  ['a digit too few', TEXT.slice(0, 153)],
  ['words behind the end', `${LINE}QUI=\r\nSent from my telephone`],
  ['a NUL', put(1000, '\0')],
  ['a byte of eight bits', put(1000, '\xe4')],
])('what is not quite plain is left to others: %s', (_, text) => expect(decode(text)).toBeNull());
