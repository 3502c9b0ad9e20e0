import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentKey, contentKeyHasher } from '../../src/mail/content-key.ts';
import { mailFixture } from './fixture.ts';

const received = mailFixture('personal-plain');
const text = received.toString('latin1');
const keyOf = (message: string) => contentKey(Buffer.from(message, 'latin1')).toString('hex');

test.each([
  [
    'other trace fields',
    text.replace(/^Received: [^]*?\r\n(?! |\t)/m, 'Received: from elsewhere\r\nX-Spam: no\r\nDKIM-Signature: v=1\r\n'),
  ],
  ['another Return-Path and Delivered-To', `Delivered-To: x@y.example\r\n${text.replace(/^Return-Path: .*\r\n/, '')}`],
  ['another order of the fields', `MIME-Version: 1.0\r\n${text.replace('MIME-Version: 1.0\r\n', '')}`],
  ['LF line ends', text.replaceAll('\r\n', '\n')],
  ['field names in other case', text.replace('Subject:', 'SUBJECT:')],
  ['an mbox line', mailFixture('mbox-from-line').toString('latin1')],
])('copies of a message have one key: %s', (_, copy) => expect(keyOf(copy)).toBe(keyOf(text)));

test.each([
  ['the body', `${text}.`],
  ['the subject', text.replace('crane log will', 'crane log  will')],
  ['the Message-ID', text.replace('crane-1', 'crane-2')],
  ['the references', text.replace('<zero@', '<nought@')],
  ['a Content field', text.replace('8bit', '7bit')],
  ['a second From field', text.replace('From: ', 'From: x@y.example\r\nFrom: ')],
  ['the bounds between fields', text.replace('Subject: The crane', 'Subject: The\r\nSubject: crane')],
  ['text moved between two fields', text.replace('\r\nTo: Support', ' To: Support')],
])('another message has another key: %s', (_, other) => expect(keyOf(other)).not.toBe(keyOf(text)));

test('the key is 32 bytes and does not change between releases', () => {
  expect(contentKey(Buffer.from('Message-ID: <a@x>\r\n\r\nbody\r\n')).toString('hex')).toMatchInlineSnapshot(
    `"88a94a01eca9e933443faaca704649d3a618a45b402cc9695aa2d4378d97f710"`,
  );
});

test('a message in chunks has the key of the whole', () => {
  const line = fc.constantFrom(
    'Subject: a\r\n',
    'From: b\n',
    ' folded\r\n',
    '\r\n',
    '\n',
    '\r',
    'text\n',
    'x'.repeat(5_000),
    '\0',
  );
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 30 }),
      fc.array(fc.nat({ max: 9_000 }), { maxLength: 20 }),
      (lines, cuts) => {
        const bytes = Buffer.from(lines.join(''), 'latin1');
        const hasher = contentKeyHasher();
        let start = 0;
        for (const cut of cuts.toSorted((a, b) => a - b)) {
          hasher.update(bytes.subarray(start, cut));
          start = Math.max(start, Math.min(cut, bytes.length));
        }
        hasher.update(bytes.subarray(start));
        expect(hasher.digest()).toEqual(contentKey(bytes));
      },
    ),
    { numRuns: 300 },
  );
});

test('a header beyond every limit still gives the key of the whole, in chunks too', () => {
  const bytes = Buffer.from(`Subject: a\r\n${'X: v\r\n'.repeat(100_000)}\r\nbody\n`);
  const hasher = contentKeyHasher();
  for (let start = 0; start < bytes.length; start += 50_000) hasher.update(bytes.subarray(start, start + 50_000));
  expect(hasher.digest()).toEqual(contentKey(bytes));
});

describe('messages that hardly say which they are', () => {
  const trace = 'Return-Path: <a@x.example>\r\nReceived: by mx.example; Sat, 21 Nov 2026 10:00:00 +0000\r\n';
  const long = `"${'('.repeat(130 * 1024)}`;

  test.each([
    ['two texts without any header', 'The server is down', 'The cellar is flooded'],
    ['a text and nothing', 'The server is down', ''],
    [
      'two mails whose lines end with CR alone',
      'From: a@x.example\rSubject: 1\r\rOne',
      'From: a@x.example\rSubject: 2\r\rTwo',
    ],
    ['two headers that never end', 'Subject: x\r\nfirst line', 'Subject: x\r\nsecond line'],
    ['two From fields too long to read', `From: ${long}1\r\nDate: x\r\n\r\nb`, `From: ${long}2\r\nDate: x\r\n\r\nb`],
    [
      'two alarms with neither Message-ID nor Date',
      'From: pump@x.example\r\nSubject: Alarm 1\r\n\r\n!',
      'From: pump@x.example\r\nSubject: Alarm 2\r\n\r\n!',
    ],
  ])('%s have two keys', (_, one, other) => {
    expect(contentKey(Buffer.from(trace + one)).equals(contentKey(Buffer.from(trace + other)))).toBe(false);
  });

  test('the same alarm an hour later is another message: only its trace fields say so', () => {
    const alarm = 'From: pump@x.example\r\nSubject: Alarm\r\n\r\nPump 1 has failed.\r\n';
    const later = trace.replace('10:00:00', '11:00:00');
    expect(contentKey(Buffer.from(trace + alarm)).equals(contentKey(Buffer.from(later + alarm)))).toBe(false);
    expect(contentKey(Buffer.from(trace + alarm)).equals(contentKey(Buffer.from(trace + alarm)))).toBe(true);
  });
});
