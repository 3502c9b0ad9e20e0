import { expect, test } from 'vitest';
import { MAX_HEADER_BYTES, MAX_HEADER_FIELDS } from '../../src/mail/header-scan.ts';
import { allHeaders, firstHeader, splitMessage } from '../../src/mail/headers.ts';
import { mailFixture, mailOf } from './fixture.ts';

const split = (text: string) => splitMessage(Buffer.from(text, 'latin1'));

test.each([
  ['CRLF', 'A: 1\r\nB: 2\r\n\r\nbody', 'body'],
  ['LF', 'A: 1\nB: 2\n\nbody', 'body'],
  ['CR alone', 'A: 1\rB: 2\r\rbody', 'body'],
  ['a byte order mark', '\xef\xbb\xbfA: 1\r\nB: 2\r\n\r\nbody', 'body'],
  ['an mbox line', 'From ana Tue May 12 09:14:03 2026\nA: 1\nB: 2\n\nbody', 'body'],
  ['blank lines before the header', '\r\n   \r\nA: 1\r\nB: 2\r\n\r\nbody', 'body'],
  ['a line that is no field', 'A: 1\r\nnonsense\r\nB: 2\r\n\r\nbody', 'body'],
  ['a space before the colon', 'A : 1\r\nB : 2\r\n\r\nbody', 'body'],
  ['no body', 'A: 1\r\nB: 2', ''],
])('a header is split from its body: %s', (_, text, body) => {
  const { fields, bodyOffset } = split(text);
  expect(fields).toEqual([
    { name: 'a', value: '1' },
    { name: 'b', value: '2' },
  ]);
  expect(text.slice(bodyOffset)).toBe(body);
});

test('a message that begins with an empty line has no header', () => {
  expect(split('\r\njust text: yes\r\n').fields).toEqual([]);
});

test('fields are unfolded, found by name and kept in wire order', () => {
  const { fields } = split('Received: b\r\nSubject: one\r\n two\r\n\tthree\r\nReceived: a\r\n\r\n');
  expect(firstHeader(fields, 'subject')).toBe('one two\tthree');
  expect(allHeaders(fields, 'received')).toEqual(['b', 'a']);
  expect(firstHeader(fields, 'from')).toBeNull();
});

test.each([
  ['UTF-8', Buffer.from('Subject: Größe\r\n\r\n'), 'Größe', false],
  [
    'the charset of the body',
    Buffer.from('Content-Type: text/plain; charset=koi8-r\r\nSubject: \xf0\xf2\r\n\r\n', 'latin1'),
    'ПР',
    true,
  ],
  ['windows-1252 without one', Buffer.from('Subject: \x80 5\r\n\r\n', 'latin1'), '€ 5', true],
  [
    'windows-1252 for an unknown one',
    Buffer.from('Content-Type: text/plain; charset=x\r\nSubject: \xfc\r\n\r\n', 'latin1'),
    'ü',
    true,
  ],
])('bytes beyond ASCII are read as %s', (_, bytes, subject, isUndecodable) => {
  const { fields, hasUndecodableBytes } = splitMessage(bytes);
  expect(firstHeader(fields, 'subject')).toBe(subject);
  expect(hasUndecodableBytes).toBe(isUndecodable);
});

test('each field is decoded by itself', () => {
  const { fields } = splitMessage(mailFixture('header-raw-latin1'));
  expect(firstHeader(fields, 'subject')).toBe('Größe der Anlage');
});

test('a giant field does not hide the others, nor where the body begins', () => {
  const { fields, bodyOffset, isTruncated } = splitMessage(
    mailOf([`To: ${'a@x.example, '.repeat(100_000)}`, 'Subject: small'], 'body'),
  );
  expect(fields).toEqual([{ name: 'subject', value: 'small' }]);
  expect(isTruncated).toBe(true);
  expect(bodyOffset).toBeGreaterThan(1_000_000);
});

test('at most 1,000 fields and 256 KiB are kept', () => {
  const many = splitMessage(mailOf(Array.from({ length: 1_500 }, (_, index) => `X-${index}: v`)));
  expect(many.fields).toHaveLength(MAX_HEADER_FIELDS);
  const large = splitMessage(mailOf(Array.from({ length: 30 }, () => `X: ${'v'.repeat(10_000)}`)));
  expect(large.fields).toHaveLength(26);
  expect(large.headerBytes).toHaveLength(MAX_HEADER_BYTES);
  expect([many.isTruncated, large.isTruncated]).toEqual([true, true]);
});
